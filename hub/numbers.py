"""What is dialled or typed on a phone: a colleague, a queue, or a number outside."""

from collections.abc import Callable, Container

from acd.ids import AgentId, QueueName
from hub.accounts import Accounts
from hub.desktop.commands import NUMBER_MAX, Target
from hub.desktop.refusals import CommandRefused, Refusal
from hub.errors import DatabaseUnavailable
from hub.feature_conf import PhoneSettings


class Numbers:
    """Finds whom a number means. `queues` has the names of all queues."""

    def __init__(self, accounts: Accounts, queues: Callable[[], Container[QueueName]]) -> None:
        self._accounts, self._queues = accounts, queues
        self.settings = PhoneSettings()

    async def find(self, typed: str) -> Target:
        """Return whom digits or, from a phone with letters, a name mean; whether there is one is not said.

        What is nobody's extension and no queue's number is a number outside, as far as it can be known.
        Raises `CommandRefused` for what is nothing at all.
        """
        if not 1 <= len(typed) <= NUMBER_MAX:
            raise CommandRefused(Refusal.UNKNOWN_TARGET)
        if typed[:1].isalpha():
            name = QueueName(typed)
            return Target(queue=name) if name in self._queues() else Target(agent=AgentId(typed))
        if (queue := self.settings.queue_numbers.get(typed)) is not None:
            return Target(queue=queue)
        try:
            account = await self._accounts.by_extension(typed)
        except DatabaseUnavailable:
            account = None
        return Target(agent=account.id) if account is not None else Target(number=typed)
