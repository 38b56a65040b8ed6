"""Agents by name, for those who speak of one another."""

from collections.abc import Awaitable, Callable, Sequence

import structlog

from acd.ids import AgentId
from hub.accounts import Account
from hub.clock import now_ms
from hub.errors import DatabaseUnavailable

log = structlog.get_logger()

_KEPT_MS = 30_000


class People:
    """Accounts as the database has them, at most half a minute old; with it away, as they were last."""

    def __init__(self, all_accounts: Callable[[], Awaitable[Sequence[Account]]]) -> None:
        self._all_accounts = all_accounts
        self._known: dict[AgentId, Account] = {}
        self._read_ms = 0

    async def find(self, agent: AgentId) -> Account | None:
        """Return an account that may be used; None if there is none."""
        if agent not in self._known or now_ms() - self._read_ms > _KEPT_MS:
            await self._read()
        return self._known.get(agent)

    async def name(self, agent: AgentId) -> str:
        """Return an agent's name, the id of one who has none here."""
        account = await self.find(agent)
        return account.name if account is not None else agent

    async def language(self, agent: AgentId) -> str:
        """Return in which language an agent is spoken to; "": his account says none."""
        account = await self.find(agent)
        return account.language if account is not None else ""

    async def _read(self) -> None:
        try:
            accounts = await self._all_accounts()
        except DatabaseUnavailable as error:
            log.warning("people.not_read", reason=str(error))
            return
        self._known = {each.id: each for each in accounts if each.disabled_ms is None}
        self._read_ms = now_ms()
