"""A customer's call, as it arrives on a trunk, is answered by one whom we called, or is found again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cti.ari import ChannelKey
from cti.ari.models import Channel
from cti.caller_name import caller_name

CALLBACK: Final = "callback"
"""The first argument of our application for a channel to a customer whom we called."""

CALLED_INFIX: Final = f".{CALLBACK}."
"""What stands between the application and what the callback is for in the id of such a channel."""

_WITHHELD = frozenset(
    {"", "anonymous", "restricted", "unavailable", "unknown", "withheld", "private", "p", "o", "c", "s"}
)
"""What carriers and Asterisk put where a number would stand; `anonymous` is RFC 3323 §4.1.1.3.

Single letters are Japanese carriers' reasons: withheld, out of area, from a payphone, another service.
"""


@dataclass(frozen=True, slots=True)
class IncomingCall:
    """A customer's call that waits for what we do. `caller_number` is as it came, `None` if withheld.

    `at_ms` (Unix time) is when Asterisk took the call. `queue` is what it waited in while Asterisk served
    it by its own `Queue()`, `None` for one that is new. `callback` is what we called the customer for
    (`cti.callbacks`), empty when it was the customer who called; then nothing else is known but the number.
    `again` is what the call is known by since it came back from a number outside, empty before.
    """

    key: ChannelKey
    caller_number: str | None
    caller_name: str
    dialled: str
    trunk: str
    at_ms: int
    queue: str | None = None
    callback: str = ""
    again: str = ""


def known_number(text: str) -> str | None:
    """Return a caller's number as it came, `None` for what stands there when it is withheld."""
    number = text.strip()
    return None if number.casefold() in _WITHHELD else number


def incoming_call(node: str, channel: Channel, arguments: Sequence[str]) -> IncomingCall | None:
    """Read the arguments of `Stasis(<app>,in,<trunk>,<number dialled>)`; `None` for another's arguments.

    A call that comes back from `Queue()`, or from a number outside, says `back`, then as the others, its
    queue, and what it is known by now.
    """
    if len(arguments) == 3 and arguments[0] == CALLBACK:
        return _called(node, channel, arguments[1], arguments[2])
    if not arguments or arguments[0] not in ("in", "back"):
        return None
    is_back = arguments[0] == "back"
    return IncomingCall(
        key=ChannelKey(node, channel.id),
        caller_number=known_number(channel.caller.number),
        caller_name=caller_name(channel.caller.name),
        dialled=arguments[2] if len(arguments) > 2 else channel.dialplan.exten,
        trunk=arguments[1] if len(arguments) > 1 else "",
        at_ms=int(channel.creationtime.timestamp() * 1000),
        queue=(arguments[3] if len(arguments) > 3 else "") if is_back else None,
        again=arguments[4] if is_back and len(arguments) > 4 else "",
    )


def _called(node: str, channel: Channel, callback: str, number: str) -> IncomingCall:
    return IncomingCall(
        key=ChannelKey(node, channel.id),
        caller_number=number,
        caller_name="",
        dialled="",
        trunk="",
        at_ms=int(channel.creationtime.timestamp() * 1000),
        callback=callback,
    )


def stasis_arguments(channel: Channel, app: str) -> Sequence[str] | None:
    """Return with what arguments a channel is in our application, `None` if it is not in it.

    Asterisk keeps them in the channel's place in the dialplan: `Stasis(<app>,<arguments>)`.
    """
    place = channel.dialplan
    name, *arguments = place.app_data.split(",")
    return arguments if place.app_name == "Stasis" and name == app else None
