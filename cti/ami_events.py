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
    endpoint: str = ""


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


@dataclass(frozen=True, slots=True)
class RegistrationChanged:
    """`Registry`: a registration of ours at a carrier came about or ended; told by its URIs only."""

    client_uri: str
    server_uri: str
    status: str


@dataclass(frozen=True, slots=True)
class AccessRefused:
    """A security event of PJSIP: somebody was refused. `reason` is Asterisk's name of the event.

    `address` (IP) is where the request came from, by `transport` (`UDP`, `WS`...); `account` whom it named,
    `session` its Call-ID or what Asterisk made of it: one request may be refused under several names.
    """

    reason: str
    address: str
    transport: str
    account: str
    session: str


@dataclass(frozen=True, slots=True)
class ChannelEventLogged:
    """`CEL`: a line of Asterisk's own log of channel events. `at_ms` is Unix time.

    `name` is `CHAN_START`, `BRIDGE_ENTER`, `HANGUP`... The time is that of AMI's message: EventTime has
    whole seconds only.
    """

    name: str
    channel_id: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class KeyBegan:
    """`DTMFBegin`: a key went down at the far end of a channel."""

    channel_id: str
    digit: str


@dataclass(frozen=True, slots=True)
class KeyEnded:
    """`DTMFEnd`: it came up, after `duration_ms`; Asterisk may say so twice (`cti.keys`)."""

    channel_id: str
    digit: str
    duration_ms: int


AmiEvent = (
    DeviceStateChanged
    | ContactStatusChanged
    | RegistrationChanged
    | AccessRefused
    | ChannelEventLogged
    | QueueCallerJoined
    | QueueCallerLeft
    | QueueCallerAbandoned
    | AgentCalled
    | AgentConnected
    | AgentCompleted
    | KeyBegan
    | KeyEnded
)


def parse_event(headers: Mapping[str, str]) -> AmiEvent | None:
    """Read an event from its headers (names in lower case); `None` for one that is not listed above.

    Raises `KeyError` or `ValueError` for one that lacks what its documentation promises.
    """
    name = headers["event"]
    if name in _REFUSALS:
        return _refusal(name, headers)
    if name in _KEYS:
        return _key(name, headers)
    parse = _PARSERS.get(name)
    return None if parse is None else parse(headers)


def _refusal(name: str, headers: Mapping[str, str]) -> AccessRefused | None:
    """Read a security event; `None` for one of another service than SIP."""
    if headers["service"] != "PJSIP":
        return None
    _family, transport, rest = headers["remoteaddress"].split("/", 2)
    address, _, _port = rest.rpartition("/")
    return AccessRefused(name, address, transport, headers.get("accountid", ""), headers.get("sessionid", ""))


def _key(name: str, headers: Mapping[str, str]) -> KeyBegan | KeyEnded | None:
    """Read what is told of a key; `None` for one that Asterisk sends itself."""
    if headers["direction"] != "Received":
        return None
    if name == "DTMFBegin":
        return KeyBegan(headers["uniqueid"], headers["digit"])
    return KeyEnded(headers["uniqueid"], headers["digit"], int(headers["durationms"]))


def _round_trip(headers: Mapping[str, str]) -> int | None:
    text = headers.get("roundtripusec", "")
    return int(text) if text.isdecimal() else None


def _logged(headers: Mapping[str, str]) -> ChannelEventLogged:
    at_ms = round(float(headers["timestamp"]) * 1000)
    return ChannelEventLogged(headers["eventname"], headers["uniqueid"], at_ms)


_REFUSALS = (
    "InvalidAccountID",
    "InvalidPassword",
    "ChallengeResponseFailed",
    "FailedACL",
    "AuthMethodNotAllowed",
    "RequestNotAllowed",
    "RequestBadFormat",
)
_KEYS = ("DTMFBegin", "DTMFEnd")
_PARSERS: dict[str, Callable[[Mapping[str, str]], AmiEvent]] = {
    "DeviceStateChange": lambda h: DeviceStateChanged(h["device"], DeviceState(h["state"])),
    "ContactStatus": lambda h: ContactStatusChanged(
        h["aor"], h["uri"], ContactStatus(h["contactstatus"]), _round_trip(h), h.get("endpointname", "")
    ),
    "Registry": lambda h: RegistrationChanged(h["username"], h["domain"], h["status"]),
    "CEL": _logged,
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

EVENT_NAMES = (*_PARSERS, *_REFUSALS, *_KEYS)
"""What Asterisk is asked to send; everything else stays there."""
