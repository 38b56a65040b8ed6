"""What call control tells the hub."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from cti.ari import ChannelKey
from cti.incoming import IncomingCall


class GoneCause(StrEnum):
    """How a call or an answered leg ended. `LEFT`: on in the dialplan; `LOST`: while the link was down.
    `FAX`: it was a fax machine that called, and its fax is received.

    `PHONE_LOST`: nobody hung up, but nothing was heard of the leg's phone any more.
    """

    HUNG_UP = "hung_up"
    LEFT = "left"
    LOST = "lost"
    FAX = "fax"
    PHONE_LOST = "phone_lost"


class LegFailure(StrEnum):
    """Why a leg was not answered. `UNREACHABLE`: the phone gave no sign; `CANCELLED`: we let it go."""

    BUSY = "busy"
    NO_ANSWER = "no_answer"
    UNREACHABLE = "unreachable"
    CANCELLED = "cancelled"


class Place(StrEnum):
    """Where an answered leg is: with the customer, with the call's own leg apart from him, or by itself."""

    CALL = "call"
    ASIDE = "aside"
    ALONE = "alone"


@dataclass(frozen=True, slots=True)
class FoundLeg:
    """An answered leg whose call was found: `ref` and `label` as once given to `ring`.

    `endpoint` is what was rung (`PJSIP/sato`).
    """

    ref: str
    endpoint: str
    place: Place = Place.CALL
    label: str = ""


@dataclass(frozen=True, slots=True)
class FoundCall:
    """A call in our application that we did not know: it arrived, or was connected, while we were away.

    It is under control like any other: treat it as arrived, or let it go to the dialplan. `leg` is
    the agent it talks to, `parties` are further legs that were answered for it, oldest first.
    """

    call: IncomingCall
    leg: FoundLeg | None = None
    parties: tuple[FoundLeg, ...] = ()


@dataclass(frozen=True, slots=True)
class NodeSnapshot:
    """What a node has when the link to it stands: calls that we knew and that live, calls that we find."""

    node: str
    known: tuple[ChannelKey, ...]
    found: tuple[FoundCall, ...]


class CallListener(Protocol):
    """Each call's notices come one after the other, different calls' side by side.

    Every `ring` leads to exactly one of `leg_answered` and `leg_failed`, every answered leg to one
    `leg_gone`, every `call_customer` to one of `customer_answered` and `customer_failed`, every call to one
    `call_gone`. Notices about calls wait until `node_up` has returned.
    """

    async def call_arrived(self, call: IncomingCall) -> None: ...

    async def call_gone(self, key: ChannelKey, cause: GoneCause) -> None: ...

    async def customer_answered(self, call: IncomingCall) -> None:
        """A customer whom we called is on the line: a call like any other, but that it rang."""

    async def customer_failed(self, key: ChannelKey, reason: LegFailure) -> None: ...

    async def leg_answered(self, ref: str) -> None: ...

    async def leg_failed(self, ref: str, reason: LegFailure) -> None: ...

    async def leg_gone(self, ref: str, cause: GoneCause) -> None: ...

    async def node_up(self, snapshot: NodeSnapshot) -> None: ...

    async def node_down(self) -> None: ...
