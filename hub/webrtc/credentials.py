"""What a page is given to call with, or a browser to be a phone with; and why it is not."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from hub.errors import HubError

SOCKET_PATH: Final = "/sip"
Cut = Callable[[str], Awaitable[None]]
"""Ends the sockets of a call or phone."""
DIAL_S: Final = 120
"""So long a page may take from its credentials to its call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fallback:
    """What a page offers to who cannot call by it: a number to call, and whether we call back."""

    phone: str | None = None
    callback: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Fields as in docs/webrtc.md. `key` proves that one may use them."""

    call: str
    key: str = field(repr=False)
    websocket: str = field(repr=False)
    uri: str
    user: str
    password: str = field(repr=False)
    dial: str
    expires_s: int
    ice_servers: tuple[dict[str, object], ...] = field(repr=False)
    ice_transport_policy: str
    video: bool
    queue_name: str
    fallback: Fallback


class WebCallRefused(HubError):
    """Root of what keeps a page from calling."""


class TokenRefused(WebCallRefused):
    """The token is not ours, or too old."""


class CallExists(WebCallRefused):
    """A call by this token is going on."""


class AsteriskAway(WebCallRefused):
    """Nobody can call by a page now. `call` and `key` are for asking to be called back."""

    def __init__(self, fallback: Fallback, call: str, key: str) -> None:
        super().__init__("Asterisk is away")
        self.fallback, self.call, self.key = fallback, call, key


async def nothing_to_cut(_: str) -> None:
    """Where there are no sockets."""
