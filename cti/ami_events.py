"""The few events of AMI that the hub acts on, typed (Asterisk's names stand beside each)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class DeviceState(StrEnum):
    """What a phone is doing, in Asterisk's words."""

    UNKNOWN = "UNKNOWN"
    NOT_IN_USE = "NOT_INUSE"
    IN_USE = "INUSE"
    BUSY = "BUSY"
    INVALID = "INVALID"
    UNAVAILABLE = "UNAVAILABLE"
    RINGING = "RINGING"
    RINGING_IN_USE = "RINGINUSE"
    ON_HOLD = "ONHOLD"

    @classmethod
    def _missing_(cls, value: object) -> "DeviceState":
        return cls.UNKNOWN


class ContactStatus(StrEnum):
    """Whether a registered contact answers, in Asterisk's words."""

    UNKNOWN = "Unknown"
    REACHABLE = "Reachable"
    UNREACHABLE = "Unreachable"
    NOT_QUALIFIED = "NonQualified"
    UPDATED = "Updated"
    REMOVED = "Removed"

    @classmethod
    def _missing_(cls, value: object) -> "ContactStatus":
        return cls.UNKNOWN


@dataclass(frozen=True, slots=True)
class DeviceStateChanged:
    """`DeviceStateChange`: a device (`PJSIP/sato`) does something else now."""

    device: str
    state: DeviceState


@dataclass(frozen=True, slots=True)
class ContactStatusChanged:
    """`ContactStatus`: a contact came, went, or answers no more; `round_trip_us` of the last check."""

    aor: str
    uri: str
    status: ContactStatus
    round_trip_us: int | None


@dataclass(frozen=True, slots=True)
class QueueCallerJoined:
    """`QueueCallerJoin`: a caller waits in `Queue()`; `channel_id` is the same in ARI."""

    queue: str
    channel_id: str
    caller_number: str
    position: int
    waiting: int


@dataclass(frozen=True, slots=True)
class QueueCallerLeft:
    """`QueueCallerLeave`: a caller waits no more, for whatever reason."""

    queue: str
    channel_id: str
    waiting: int


@dataclass(frozen=True, slots=True)
class QueueCallerAbandoned:
    """`QueueCallerAbandon`: a caller hung up while waiting; `QueueCallerLeft` follows."""

    queue: str
    channel_id: str
    waited_s: int


@dataclass(frozen=True, slots=True)
class AgentCalled:
    """`AgentCalled`: a member's phone is being rung for a caller."""

    queue: str
    channel_id: str
    interface: str


@dataclass(frozen=True, slots=True)
class AgentConnected:
    """`AgentConnect`: a member answered; `rang_s` is how long the phone rang."""

    queue: str
    channel_id: str
    interface: str
    waited_s: int
    rang_s: int


@dataclass(frozen=True, slots=True)
class AgentCompleted:
    """`AgentComplete`: the talk is over; `ended_by` is `caller`, `agent` or `transfer`.

    Whoever hangs up, Asterisk sometimes says `caller`: both channels go, and it names the one that it
    hears of first. `channel_id` is `None` where the caller's channel was gone before the event was written.
    """

    queue: str
    channel_id: str | None
    interface: str
    talked_s: int
    ended_by: str


AmiEvent = (
    DeviceStateChanged
    | ContactStatusChanged
    | QueueCallerJoined
    | QueueCallerLeft
    | QueueCallerAbandoned
    | AgentCalled
    | AgentConnected
    | AgentCompleted
)


def parse_event(headers: Mapping[str, str]) -> AmiEvent | None:
    """Read an event from its headers (names in lower case); `None` for one that is not listed above.

    Raises `KeyError` or `ValueError` for one that lacks what its documentation promises.
    """
    parse = _PARSERS.get(headers["event"])
    return None if parse is None else parse(headers)


def _round_trip(headers: Mapping[str, str]) -> int | None:
    text = headers.get("roundtripusec", "")
    return int(text) if text.isdecimal() else None


_PARSERS: dict[str, Callable[[Mapping[str, str]], AmiEvent]] = {
    "DeviceStateChange": lambda h: DeviceStateChanged(h["device"], DeviceState(h["state"])),
    "ContactStatus": lambda h: ContactStatusChanged(
        h["aor"], h["uri"], ContactStatus(h["contactstatus"]), _round_trip(h)
    ),
    "QueueCallerJoin": lambda h: QueueCallerJoined(
        h["queue"], h["uniqueid"], h.get("calleridnum", ""), int(h["position"]), int(h["count"])
    ),
    "QueueCallerLeave": lambda h: QueueCallerLeft(h["queue"], h["uniqueid"], int(h["count"])),
    "QueueCallerAbandon": lambda h: QueueCallerAbandoned(h["queue"], h["uniqueid"], int(h["holdtime"])),
    "AgentCalled": lambda h: AgentCalled(h["queue"], h["uniqueid"], h["interface"]),
    "AgentConnect": lambda h: AgentConnected(
        h["queue"], h["uniqueid"], h["interface"], int(h["holdtime"]), int(h["ringtime"])
    ),
    "AgentComplete": lambda h: AgentCompleted(
        h["queue"], h.get("uniqueid"), h["interface"], int(h["talktime"]), h["reason"]
    ),
}

EVENT_NAMES = tuple(_PARSERS)
"""What Asterisk is asked to send; everything else stays there."""
