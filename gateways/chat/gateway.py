"""Web chat as a channel: what is said goes to whichever hub holds the customer's sockets."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from acd.contact import Channel
from gateways.account import Surroundings
from gateways.addresses import Network
from gateways.chat.codec import incoming_of, line_of
from gateways.chat.frames import AgentRead, AgentTypes, Lines, ToWidget
from gateways.chat.limits import ChatLimits
from gateways.chat.tokens import Tokens
from gateways.errors import GatewayError, SendFailed
from gateways.job import wall_ms
from gateways.protocol import Gateway, Incoming, Outbound, Part, RawEvent


class RoomsAway(GatewayError):
    """What was said reached no other hub: sockets there may not know of it yet."""


class Rooms(Protocol):
    """The sockets of all sessions, at all hubs."""

    async def tell(self, session: str, frame: ToWidget) -> None:
        """Tell all sockets of a session; whether there is any does not matter. Raises `RoomsAway`."""


class UploadReader(Protocol):
    """`gateways.chat.uploads.Uploads` serves."""

    def read(self, session: str, upload: str) -> AsyncIterator[bytes]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRules:
    """`origins`: sites whose pages may hold the widget, beside the hub's own.

    `proxies` are ours, whose `X-Forwarded-For` is believed; `file_max` is in bytes.
    """

    origins: frozenset[str]
    limits: ChatLimits
    proxies: tuple[Network, ...] = ()
    file_max: int = 10 * 1024 * 1024


class ChatGateway(Gateway):
    """A message is sent once sockets were told: who is away reads it in the history.

    `rooms` and `uploads` are told later, by who has sockets and a database.
    """

    channel = Channel.CHAT

    def __init__(self, rules: ChatRules, around: Surroundings) -> None:
        self.rules, self.files, self.signed = rules, around.files, around.signed
        self.tokens = Tokens(around.secret)
        self.rooms: Rooms
        self.uploads: UploadReader

    def decode(self, event: RawEvent) -> Incoming:
        return incoming_of(event)

    def fetch(self, event: RawEvent, part: Part) -> AsyncIterator[bytes]:
        return self.uploads.read(event.address, part.source)

    async def send(self, message: Outbound, *, in_doubt: bool = False) -> str:
        """Tell the sockets; told twice, a widget knows it by its key."""
        line = line_of(message, wall_ms(), self.files)
        try:
            await self.rooms.tell(message.address, Lines(lines=(line,)))
        except RoomsAway as error:
            raise SendFailed(str(error), retryable=True, in_doubt=True) from None
        return message.key

    async def show(self, address: str, *, is_typing: bool = False, read: str | None = None) -> None:
        """Show typing and read marks to whoever looks now."""
        try:
            if is_typing:
                await self.rooms.tell(address, AgentTypes())
            if read is not None:
                await self.rooms.tell(address, AgentRead(id=read.removeprefix(f"{address}:")))
        except RoomsAway:
            return
