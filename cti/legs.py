"""Legs: the Asterisk channels that we originate for calls, from ringing to their end.

    ringing -> answered -> gone         leg_answered, then leg_gone
    ringing -> gone                     leg_failed
    ringing -> unwanted -> gone         leg_failed(cancelled), also when the answer comes too late

The name of a leg's channel is made of the application and the leg's `ref`, so that a leg is known by
its name alone, before it exists and after we were away.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from cti.ari import ChannelKey
from cti.listener import CallListener, GoneCause, LegFailure, Place
from cti.notices import Notices

SUPERVISOR: Final = "supervisor-"
"""What the `ref` of a leg begins with that is rung for a supervisor."""
_BUSY = frozenset({17, 21})
_NO_ANSWER = frozenset({18, 19})
"""Q.850 causes: 17 user busy, 21 call rejected, 18 no user responding, 19 no answer from user."""


@dataclass(slots=True, eq=False)
class Leg:
    """A channel that we originated for the call `call`. `place` is where it is once it was answered.

    `is_unwanted`: told to go, though it may not have gone yet. `has_aside`: there is a bridge named after
    it, in which it talks apart. `is_held`: the phone itself holds; `is_lost`: nothing is heard of it.
    `is_referring`: the phone asked for a transfer and waits for what comes of it. `is_apart`: it is a
    supervisor's, who is no party of the call.
    """

    ref: str
    channel: str
    call: ChannelKey
    is_answered: bool = False
    is_unwanted: bool = False
    is_held: bool = False
    is_lost: bool = False
    is_referring: bool = False
    place: Place = Place.ALONE
    has_aside: bool = False
    is_apart: bool = False

    @property
    def is_there(self) -> bool:
        """Whether somebody is on the phone."""
        return self.is_answered and not self.is_unwanted


class Legs:
    """All legs of a node by `ref`. Tells each transition once, however often it is heard of."""

    def __init__(self, app: str, listener: CallListener, notices: Notices) -> None:
        self._prefix = f"{app}.leg."
        self._listener, self._notices = listener, notices
        self._legs: dict[str, Leg] = {}

    def __iter__(self) -> Iterator[Leg]:
        return iter(tuple(self._legs.values()))

    def add(self, ref: str, call: ChannelKey, *, is_answered: bool = False) -> Leg:
        assert ref not in self._legs, f"{ref} rings already"
        leg = Leg(ref, self._prefix + ref, call, is_answered, is_apart=is_supervisors(ref))
        self._legs[ref] = leg
        return leg

    def get(self, ref: str) -> Leg | None:
        return self._legs.get(ref)

    def of(self, call: ChannelKey) -> list[Leg]:
        return [leg for leg in self._legs.values() if leg.call == call]

    def there(self, call: ChannelKey) -> list[Leg]:
        """Return the legs of a call that were answered and are to stay, oldest first; no supervisors'."""
        return [leg for leg in self.of(call) if leg.is_there and not leg.is_apart]

    def ref_of(self, channel: str) -> str | None:
        """Return the `ref` that a channel's name says, `None` when it is none of our legs.

        `;2` is the far half of a Local channel, which Asterisk names after ours.
        """
        is_ours = channel.startswith(self._prefix) and not channel.endswith(";2")
        return channel.removeprefix(self._prefix) if is_ours else None

    def by_channel(self, channel: str) -> Leg | None:
        ref = self.ref_of(channel)
        return None if ref is None else self._legs.get(ref)

    def answered(self, channel: str) -> bool:
        """The phone was picked up; whether the leg is wanted (otherwise it must be hung up)."""
        leg = self.by_channel(channel)
        if leg is None or leg.is_unwanted:
            return False
        if not leg.is_answered:
            leg.is_answered = True
            self._notices.put(leg.call.id, lambda: self._listener.leg_answered(leg.ref))
        return True

    def ended(self, leg: Leg, reason: LegFailure, cause: GoneCause) -> None:
        """The leg's channel is no more: a failure before the answer, an end after it."""
        if self._legs.get(leg.ref) is not leg:
            return
        del self._legs[leg.ref]
        if leg.is_answered:
            cause = GoneCause.PHONE_LOST if leg.is_lost else cause
            self._notices.put(leg.call.id, lambda: self._listener.leg_gone(leg.ref, cause))
        else:
            self.refused(leg.ref, leg.call, LegFailure.CANCELLED if leg.is_unwanted else reason)

    def refused(self, ref: str, call: ChannelKey, reason: LegFailure) -> None:
        """A leg that was asked for came to nothing before it was one."""
        self._notices.put(call.id, lambda: self._listener.leg_failed(ref, reason))


def is_supervisors(ref: str) -> bool:
    """Whether a leg was rung for a supervisor, who may have taken the call over meanwhile."""
    return ref.startswith(SUPERVISOR)


def failure(cause: int, *, rang: bool) -> LegFailure:
    """Return what the end of an unanswered leg means. `cause` is of Q.850.

    Asterisk reports a phone that never answered the INVITE as 19 like one that rang in vain.
    """
    if cause in _BUSY:
        return LegFailure.BUSY
    return LegFailure.NO_ANSWER if cause in _NO_ANSWER and rang else LegFailure.UNREACHABLE
