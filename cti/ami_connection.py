"""One connection to AMI, from login to loss, on panoramisk's protocol."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Self

import structlog
from panoramisk.actions import Action
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.message import Message

from cti.ami_errors import AmiLoginRefused, AmiRefused, AmiUnavailable
from cti.ami_events import EVENT_NAMES

log = structlog.get_logger(__name__)

Headers = Mapping[str, str]
"""One message: names in lower case; a header that was repeated is joined by line feeds."""

_END = b"\r\n\r\n"
_MESSAGE_BYTES_MAX = 4 * 1024 * 1024
_IN_FLIGHT_MAX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class AmiSettings:
    """Where AMI listens and who we are there (manager.conf); `node` names the Asterisk in logs."""

    node: str
    host: str
    port: int
    user: str
    password: str = field(repr=False)


class _Protocol(AMIProtocol):
    """panoramisk's, given whole messages only, since it drops what a segment's end cuts in two.

    At the end it has nothing to keep: it would send unanswered actions again on the next connection,
    though nobody knows whether they were carried out, and log them in full.
    """

    encoding = "utf8"

    def __init__(self, owner: "AmiConnection") -> None:
        self._owner = owner
        self._pending = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.factory = self._owner

    def data_received(self, data: bytes) -> None:
        self._pending += data
        end = self._pending.rfind(_END) + len(_END)
        if end >= len(_END):
            whole = bytes(self._pending[:end])
            del self._pending[:end]
            super().data_received(whole)
        if len(self._pending) > _MESSAGE_BYTES_MAX:
            log.error("AMI message too long", bytes_max=_MESSAGE_BYTES_MAX)
            self.close()

    def close(self) -> None:
        self.responses.clear()
        super().close()


class AmiConnection:
    """Sends actions and hands events on. `lost` is set once nothing more can come."""

    def __init__(self, on_event: Callable[[Headers], None], timeout_s: float) -> None:
        self.lost = asyncio.Event()
        self.on_event = on_event
        self._timeout_s = timeout_s
        self._protocol = _Protocol(self)
        self._waiting: set[asyncio.Future[Message | list[Message]]] = set()
        # what panoramisk's protocol looks for in its owner
        self.forgetable_actions: tuple[str, ...] = ()
        self.awaiting_actions: deque[Action] = deque(maxlen=0)

    @classmethod
    async def open(
        cls, settings: AmiSettings, on_event: Callable[[Headers], None], *, timeout_s: float
    ) -> Self:
        """Connect and log in; raises `AmiUnavailable`, `AmiLoginRefused`."""
        connection = cls(on_event, timeout_s)
        try:
            async with asyncio.timeout(timeout_s):
                loop = asyncio.get_running_loop()
                await loop.create_connection(lambda: connection._protocol, settings.host, settings.port)
        except OSError as error:  # TimeoutError is one
            raise AmiUnavailable(f"no connection to {settings.node}: {error or 'no answer'}") from error
        try:
            await connection._log_in(settings)
        except BaseException:
            connection.close()
            raise
        return connection

    async def request(self, action: str, fields: Headers | None = None) -> list[Headers]:
        """Carry out an action; return the messages of its answer, the response first.

        Raises `AmiRefused`, or `AmiUnavailable` if the link is lost or no answer comes in time.
        """
        headers = {"Action": action, **(fields or {})}
        if any(char in text for text in headers.values() for char in "\r\n"):
            raise ValueError("a header of AMI is one line")
        if self.lost.is_set() or len(self._waiting) >= _IN_FLIGHT_MAX:
            raise AmiUnavailable(
                f"{action} was not sent: {'no link' if self.lost.is_set() else 'too many wait'}"
            )
        asked = Action(headers)
        answer = self._protocol.send(asked, as_list=None)  # None: as the response says
        self._waiting.add(answer)
        try:
            async with asyncio.timeout(self._timeout_s):
                messages = await answer
        except TimeoutError:
            raise AmiUnavailable(f"no answer to {action} within {self._timeout_s:g} s") from None
        finally:
            self._waiting.discard(answer)
            self._protocol.responses.pop(asked.id, None)
        answers = [_headers(message) for message in (messages if isinstance(messages, list) else [messages])]
        if answers[0].get("response") not in ("Success", "Goodbye"):
            raise AmiRefused(action, answers[0].get("output") or answers[0].get("message", "no reason given"))
        return answers

    def close(self) -> None:
        """Close the socket; may be called twice."""
        self._protocol.close()
        self.connection_lost(None)

    def dispatch(self, message: Message) -> None:
        """Called by panoramisk for each event that answers no action."""
        self.on_event(_headers(message))

    def connection_lost(self, reason: object) -> None:
        """Called by panoramisk at the end, and when Asterisk says that it shuts down."""
        self.lost.set()
        for answer in self._waiting:
            if not answer.done():
                answer.set_exception(AmiUnavailable("the link was lost"))

    async def _log_in(self, settings: AmiSettings) -> None:
        """Log in, then let only those events pass that are of use."""
        try:
            await self.request("Login", {"Username": settings.user, "Secret": settings.password})
        except AmiRefused as error:
            raise AmiLoginRefused(
                f"{settings.node} refuses AMI user {settings.user!r}: {error.reason}"
            ) from None
        for name in EVENT_NAMES:
            await self.request(
                "Filter", {"Operation": "Add", "MatchCriteria": f"action(include),name({name})"}
            )


def _headers(message: Message) -> Headers:
    return {
        name.lower(): value if isinstance(value, str) else "\n".join(value) for name, value in message.items()
    }
