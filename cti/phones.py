"""What agents do on their phones during a call, beside answering and hanging up; and what they are told."""

import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Protocol

from cti.ari import AriFailure, AriLink
from cti.ari.models import (
    ChannelHangupRequest,
    ChannelHold,
    ChannelTransfer,
    ChannelUnhold,
    Event,
    StasisStart,
)
from cti.errors import LegGone, failing_as
from cti.legs import Leg, Legs

REFERABLE: Final = {"PJSIP_TRANSFER_HANDLING()": "ari-only", "TRANSFER_CONTEXT": "internal"}
"""Variables of a leg whose phone's REFERs come to us instead of being carried out by Asterisk.

Asterisk refuses by itself what the context does not have: to us anything may be said.
"""

_DEVICE_HANGUP: Final = 1
"""AST_SOFTHANGUP_DEV: nobody said BYE, the media ended (`rtp_timeout`)."""
_DONE, _DECLINED = "channel_answered", "channel_declined"


@dataclass(frozen=True, slots=True)
class Referral:
    """A phone's REFER (RFC 3515): the leg `ref` is to go on with `target`, the user part of Refer-To.

    `is_announced`: the phone talked to somebody in another call of its own (RFC 3891), whose channel is
    `other`, as in `DialledCall.name`; empty if that cannot be known.
    """

    ref: str
    target: str
    is_announced: bool = False
    other: str = ""


@dataclass(frozen=True, slots=True)
class DialledCall:
    """Something was dialled on a phone: `Stasis(<app>,phone,<endpoint>,<number>)`.

    `name` is the channel's name without its technology (`sato-00000012`).
    """

    channel: str
    name: str
    endpoint: str
    number: str


class PhoneListener(Protocol):
    """Called where events are read: return at once. `ref` is that of an answered leg."""

    def typed(self, ref: str, digit: str) -> None: ...

    def referred(self, referral: Referral) -> None: ...

    def dialled(self, call: DialledCall) -> None: ...


class Phones:
    """The phones of a node's answered legs. What is heard of them goes to `listener`."""

    def __init__(self, link: AriLink, legs: Legs) -> None:
        self._link, self._ari, self._legs = link, link.ari, legs
        self.listener: PhoneListener | None = None

    def received(self, event: Event) -> None:
        """Take note of what concerns a leg's phone."""
        match event:
            case StasisStart(channel=channel, args=["phone", endpoint, number]):
                if self.listener is not None:
                    name = channel.name.partition("/")[2]
                    self.listener.dialled(DialledCall(channel.id, name, endpoint, number))
            case ChannelTransfer():
                self._transferred(event)
            case ChannelHangupRequest():
                self._hanging_up(event)
            case ChannelHold(channel=channel) | ChannelUnhold(channel=channel):
                if (leg := self._legs.by_channel(channel.id)) is not None:
                    leg.is_held = isinstance(event, ChannelHold)
            case _:
                pass

    def typed(self, channel: str, digit: str) -> None:
        """A key was pressed on a channel."""
        leg = self._legs.by_channel(channel)
        if leg is not None and leg.is_answered and self.listener is not None:
            self.listener.typed(leg.ref, digit)

    def _transferred(self, event: ChannelTransfer) -> None:
        """A phone wants a transfer; Asterisk tells of how it goes by the same event, with a `state`."""
        leg = self._legs.by_channel(event.referred_by.source_channel.id)
        if leg is None or event.state is not None or self.listener is None:
            return
        leg.is_referring = True
        wanted, other = event.refer_to, event.refer_to.connected_channel
        self.listener.referred(
            Referral(
                leg.ref,
                wanted.requested_destination.destination or "",
                is_announced=wanted.destination_channel is not None,
                other=other.name.partition("/")[2] if other is not None else "",
            )
        )

    def _hanging_up(self, event: ChannelHangupRequest) -> None:
        """A leg is about to end: note if that is because nothing was heard of its phone any more."""
        leg = self._legs.by_channel(event.channel.id)
        if leg is not None and event.soft and event.cause == _DEVICE_HANGUP:
            leg.is_lost = True

    async def tell(self, ref: str, sounds: Sequence[str]) -> str:
        """Play media URIs to an agent alone; returns what `hush` ends.

        Raises `LegGone`, `NodeUnavailable`.
        """
        leg, playback = self._leg(ref), secrets.token_hex(8)
        with failing_as(LegGone):
            await self._ari.channels.play_with_id(leg.channel, playback, media=sounds)
        return playback

    async def hush(self, playback: str) -> None:
        """End what is played; nothing if it has ended. Never raises."""
        with suppress(AriFailure):
            await self._ari.playbacks.stop(playback)

    async def answer_referral(self, ref: str, *, is_done: bool) -> None:
        """Tell a phone how its REFER came out; one that hears it is done hangs up. Never raises."""
        leg = self._legs.get(ref)
        if leg is None or not leg.is_referring:
            return
        leg.is_referring = False
        with suppress(AriFailure):  # the leg ended with it
            await self._ari.channels.transfer_progress(leg.channel, states=_DONE if is_done else _DECLINED)

    async def talk_of(self, endpoint: str, other: str) -> str:
        """Return the channel by which a phone (`PJSIP/sato`) talks to another, as in `DialledCall.name`.

        `other` is the number that it shows; "" if there is none, or Asterisk does not say.
        """
        try:
            channels = await self._ari.channels.list_all()
        except AriFailure:
            return ""
        names = (
            each.name
            for each in channels
            if each.name.startswith(f"{endpoint}-") and each.connected.number == other
        )
        return next(names, "").partition("/")[2]

    async def send_on(
        self, call: DialledCall, context: str, extension: str, variables: Mapping[str, str] | None = None
    ) -> None:
        """Let a phone that dialled go on in the dialplan; raises `LegGone`, `NodeUnavailable`."""
        channels = self._ari.channels
        with failing_as(LegGone):
            if variables:
                await channels.set_channel_vars(call.channel, variables=variables)
            await channels.continue_in_dialplan(
                call.channel, context=context, extension=extension, priority=1
            )

    async def packets(self, ref: str) -> int | None:
        """Return how many RTP packets came from a phone so far; None while the phone itself holds.

        Raises `LegGone`, `NodeUnavailable`.
        """
        leg = self._leg(ref)
        if leg.is_held:
            return None
        with failing_as(LegGone):
            return (await self._ari.channels.rtpstatistics(leg.channel)).rxcount

    async def is_online(self, endpoint: str) -> bool:
        """Whether a phone (`PJSIP/sato`) is registered and answers, as far as Asterisk knows."""
        technology, _, resource = endpoint.partition("/")
        try:
            return (await self._ari.endpoints.get(technology, resource)).state == "online"
        except AriFailure:
            return False

    def _leg(self, ref: str) -> Leg:
        leg = self._legs.get(ref)
        if leg is None or leg.is_unwanted or not leg.is_answered:
            raise LegGone(f"no answered leg {ref}")
        return leg
