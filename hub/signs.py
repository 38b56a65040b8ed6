"""What need not last: that somebody types, or has read; from customers to agents, and back."""

from collections.abc import Mapping
from typing import Protocol

from acd.contact import Channel
from gateways.protocol import Gateway, Sign
from hub.board import Board, LiveContact


class SignView(Protocol):
    """Where an agent sees what the customer does."""

    def sign(self, contact: LiveContact, *, is_typing: bool, read_ms: int | None) -> None: ...


class Signs:
    """Passes signs on; one of nobody who is there is lost, and harms nothing."""

    def __init__(self, board: Board, gateways: Mapping[Channel, Gateway]) -> None:
        self._board, self._gateways = board, gateways
        self.view: SignView | None = None

    def heard(self, sign: Sign) -> None:
        """A customer types, or has read. Never waits."""
        contact = self._board.thread(sign.channel, sign.address)
        if contact is not None and self.view is not None:
            self.view.sign(contact, is_typing=sign.is_typing, read_ms=sign.read_ms)

    async def typing(self, contact: LiveContact) -> None:
        """An agent types."""
        if contact.address is not None and contact.channel in self._gateways:
            await self._gateways[contact.channel].show(contact.address, is_typing=True)

    async def read(self, contact: LiveContact, message: str) -> None:
        """An agent has read up to a message of the customer, whose id is `CHANNEL:EVENT`."""
        channel, _, event = message.partition(":")
        if contact.address is not None and channel == contact.channel and contact.channel in self._gateways:
            await self._gateways[contact.channel].show(contact.address, read=event)
