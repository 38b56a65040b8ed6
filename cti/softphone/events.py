"""What the pjsua2 thread tells the event loop. Only these values leave that thread, never its objects."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

AccountHandle = NewType("AccountHandle", int)
CallHandle = NewType("CallHandle", int)


class CallState(StrEnum):
    """Life of a call, in order; a call may end from any of them."""

    CALLING = "calling"
    RINGING = "ringing"
    ANSWERED = "answered"
    ENDED = "ended"

    @property
    def rank(self) -> int:
        """Place in the order of a call's life."""
        return list(CallState).index(self)


class MediaState(StrEnum):
    """Whether speech flows."""

    NONE = "none"
    ACTIVE = "active"
    HELD = "held"
    HELD_BY_PEER = "held_by_peer"


@dataclass(frozen=True, slots=True)
class RegistrationChanged:
    """The registrar answered, or did not; `code` is the SIP status, `expires_s` 0 when unregistered."""

    account: AccountHandle
    code: int
    reason: str
    expires_s: int


@dataclass(frozen=True, slots=True)
class CallReceived:
    """An INVITE came in; `message` is the whole of it."""

    account: AccountHandle
    call: CallHandle
    remote: str
    message: str


@dataclass(frozen=True, slots=True)
class CallProgressed:
    """A call came to another state; `code` and `reason` are those of the last SIP response."""

    account: AccountHandle
    call: CallHandle
    state: CallState
    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class MediaChanged:
    """Speech of a call began, was held or resumed."""

    account: AccountHandle
    call: CallHandle
    state: MediaState


@dataclass(frozen=True, slots=True)
class DigitReceived:
    """The far end sent a DTMF digit (RFC 4733)."""

    account: AccountHandle
    call: CallHandle
    digit: str


@dataclass(frozen=True, slots=True)
class TransferProgressed:
    """The far end reported how its own call to the transfer's target goes (RFC 3515 §2.4.4)."""

    account: AccountHandle
    call: CallHandle
    code: int
    reason: str
    final: bool


CallEvent = CallProgressed | MediaChanged | DigitReceived | TransferProgressed
SoftphoneEvent = RegistrationChanged | CallReceived | CallEvent
