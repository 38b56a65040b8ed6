"""Call control on one Asterisk: what the hub can have done with a customer's call."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress

from cti.app_queue import queue_priority
from cti.ari import AriError, AriLink, ChannelKey, NotFound
from cti.dialogue import Wanted
from cti.errors import CallGone, CallRefused, LegGone, NodeUnavailable, failing_as
from cti.examiner import Examiner
from cti.incoming import IncomingCall
from cti.keys import Keys
from cti.listener import CallListener, LegFailure
from cti.media_stream import ConnectMedia, MediaStream
from cti.orders import Orders
from cti.outside import Way
from cti.phones import Phones
from cti.recording import Recording
from cti.supervision import SuperviseMode
from cti.talking import ChannelPlayer, Talking
from cti.tracker import Tracker
from cti.voicemail import take_message

__all__ = ["CallControl", "CallGone", "CallListener", "IncomingCall"]


_DRAIN_S = 2.0


class CallControl(Talking):
    """Calls of one node: orders go in here, what happens comes out at the listener.

    What calls and legs that talk can do together stands in `cti.talking`.

    Orders about a call raise `CallGone` when it is no more, `NodeUnavailable` when the link is down.
    `hush` is of `cti.hush`: without it, recordings may miss all agents but a call's first.

    control = CallControl(AriLink(websocket(...), node="pbx1", app="toritsugi"), listener)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(control.run())
    """

    def __init__(self, link: AriLink, listener: CallListener, *, hush: Sequence[str] = ()) -> None:
        tracker = Tracker(link, listener)
        super().__init__(link, tracker, Orders(link, tracker), hush=hush)
        self.examiner = Examiner(link, tracker)

    @property
    def phones(self) -> Phones:
        """The phones of answered legs."""
        return self._tracker.phones

    @property
    def keys(self) -> Keys:
        """What AMI says of keys is heard here."""
        return self._tracker.keys

    @property
    def link(self) -> AriLink:
        """The link to the node, for what is no call of ours (`cti.fax`)."""
        return self._link

    @property
    def is_up(self) -> bool:
        return self._link.is_up

    def talking(self) -> set[str]:
        """Return the ids of the calls that have an agent, on hold or not."""
        return {id_ for id_ in self._tracker.calls if self.talks(id_)}

    def alone(self) -> list[str]:
        """Return the ids of the calls that talk to nobody and are to stay, by their places."""
        calls = sorted(self._tracker.calls.values(), key=lambda call: call.place_ms)
        return [call.key.id for call in calls if self.is_alone(call.key.id)]

    def talks(self, call: str) -> bool:
        tracked = self._tracker.calls.get(call)
        return tracked is not None and tracked.leg is not None

    def is_alone(self, call: str) -> bool:
        tracked = self._tracker.calls.get(call)
        return tracked is not None and tracked.leg is None and not tracked.is_leaving

    async def set_deadline(self, call: str, stay_s: float) -> None:
        """Have a call stay so long (0: for ever) without us; one that is gone does not matter.

        It is sent before anything else can happen here. Raises `NodeUnavailable`.
        """
        with failing_as(NodeUnavailable):
            await self._deadline(call, stay_s)

    async def ping(self) -> None:
        """See that the application is ours; what was told before is then known. Raises `NodeUnavailable`."""
        with failing_as(NodeUnavailable):
            await self._ari.applications.get(self._link.app)

    async def up(self, timeout_s: float) -> None:
        """Wait until the link stands; raises `NodeUnavailable` when it does not in time."""
        with failing_as(NodeUnavailable):
            await self._link.up(timeout_s)

    async def run(self) -> None:
        """Keep the link and hear its events until `close`: the service."""
        try:
            await self._link.run(self._tracker)
        finally:
            await self._tracker.notices.drain(_DRAIN_S)

    async def close(self) -> None:
        """End `run`; calls stay as they are. May be called twice."""
        await self._tracker.cleared(_DRAIN_S)
        await self._link.close()

    async def answer(self, key: ChannelKey) -> None:
        async with self._orders.about(key) as call:
            await self._ari.channels.answer(key.id)
            call.is_answered = True

    async def play_and_collect(self, key: ChannelKey, sounds: Sequence[str], wanted: Wanted) -> str:
        """Play media URIs (`sound:/path/without/suffix`) one after the other and collect digits.

        Returns the digits without the terminator, `""` if none came in time. Digits typed before count.
        """
        async with self._orders.about(key) as call:
            return await call.dialogue.ask(ChannelPlayer(self._ari, key.id), sounds, wanted)

    async def forget_typed(self, key: ChannelKey) -> None:
        """Let the keys that were typed so far mean nothing: the next question is answered anew."""
        self._orders.call(key).dialogue.forget_typed()

    async def start_music(self, key: ChannelKey, music_class: str = "default") -> None:
        async with self._orders.about(key):
            await self._ari.channels.start_moh(key.id, moh_class=music_class)

    async def stop_music(self, key: ChannelKey) -> None:
        """Also where no music plays."""
        async with self._orders.about(key):
            await self._ari.channels.stop_moh(key.id)

    async def keep_place(self, key: ChannelKey, queue: str, place_ms: int | None = None) -> None:
        """Tell a call's channel what Asterisk's own `Queue()` is to go by if we die: not during a prompt.

        `place_ms` as in `queue_priority`; `None`: it has one from before, or arrival counts.
        """
        variables = {"TORITSUGI_QUEUE": queue}
        async with self._orders.about(key) as call:
            if place_ms is not None:
                call.place_ms = place_ms
                variables["QUEUE_PRIO"] = str(queue_priority(place_ms))
            await self._ari.channels.set_channel_vars(key.id, variables=variables)

    async def put_off(self, key: ChannelKey) -> None:
        """Let a call whose agent is gone stay for as long as one that waits (`cti.way_out`)."""
        async with self._orders.about(key):
            await self.with_deadline(key)

    async def ring(
        self,
        ref: str,
        key: ChannelKey,
        endpoint: str,
        *,
        caller_id: str,
        timeout_s: int,
        variables: Mapping[str, str] | None = None,
        label: str = "",
    ) -> None:
        """Ring a phone (`PJSIP/sato`) for a call. Never raises: the listener hears the outcome.

        `ref` names the leg; ringing one that rings already does nothing. `key` may be that of a callback
        (`callback_key`), whose customer is not on the line yet. `label` is told again when the leg is
        found later. Neither `ref` nor `label` may have a comma.
        """
        await self.ring_outside(
            ref, key, [Way(endpoint, caller_id, variables or {})], timeout_s=timeout_s, label=label
        )

    async def ring_outside(
        self, ref: str, key: ChannelKey, ways: Sequence[Way], *, timeout_s: int, label: str = ""
    ) -> None:
        """Ring a number outside for a call, as `ring` does a phone.

        `ways` lead there: the next is tried where a trunk fails, or gives no sign. `timeout_s` is of each.
        """
        legs, is_callback = self._tracker.legs, self._tracker.callbacks.is_key(key)
        if legs.get(ref) is not None:
            return
        if key.id not in self._tracker.calls and not is_callback:
            legs.refused(ref, key, LegFailure.CANCELLED)
            return
        leg = legs.add(ref, key)

        async def dial(way: Way) -> None:
            await self._ari.channels.originate_with_id(
                leg.channel,
                endpoint=way.endpoint,
                app=self._link.app,
                app_args=f"leg,{ref},{key.id},{label}",
                caller_id=way.caller_id or None,
                timeout=timeout_s,
                variables=way.variables or None,
                originator=None if is_callback else key.id,
            )

        await self._tracker.attempts.begin(
            leg.channel,
            ways,
            dial,
            is_wanted=lambda: not leg.is_unwanted,
            failed=lambda: self._tracker.failed(leg),
        )

    async def cancel(self, ref: str) -> None:
        """Stop ringing. Where the answer was faster, the answered leg is hung up."""
        await self.hang_up_leg(ref)

    async def hang_up_leg(self, ref: str) -> None:
        """Let a leg go, ringing or answered, now or when the link stands. Never raises."""
        if (leg := self._tracker.legs.get(ref)) is not None:
            self._tracker.drop(leg)

    async def lose_leg(self, ref: str) -> None:
        """Let a leg go of whose phone nothing is heard; `leg_gone` says `PHONE_LOST`. Never raises."""
        self._tracker.lose(ref)

    def callback_key(self, id_: str) -> ChannelKey:
        """Return the key of the call to a customer who is called back; `id_` (no commas) says for what."""
        return self._tracker.callbacks.key(id_)

    async def call_customer(
        self, key: ChannelKey, ref: str, ways: Sequence[Way], *, number: str, timeout_s: int
    ) -> None:
        """Call a customer for an agent whose phone was answered, and who hears it ring.

        `key` is of `callback_key`, `ref` the agent's leg, `ways` those to the public network in the order
        in which they are tried, `number` is told again when the customer is found later. `timeout_s` is of
        each way. Never raises: the listener hears the outcome. A customer is never called twice at a time.
        """
        leg = self._tracker.legs.get(ref)
        if leg is None or leg.is_unwanted or not leg.is_answered:
            self._tracker.callbacks.refused(key, LegFailure.CANCELLED)
            return
        await self._tracker.callbacks.begin(key, leg, ways, number=number, timeout_s=timeout_s)

    async def give_up(self, key: ChannelKey) -> None:
        """Stop calling a customer, now or when the link stands. Never raises."""
        self._tracker.give_up(key)

    async def headers(self, key: ChannelKey, name: str) -> tuple[str, ...]:
        """Return the values of a header of the INVITE by which a call came, two at most.

        A call that did not come by SIP has none.
        """
        found: list[str] = []
        async with self._orders.about(key):
            for at in (1, 2):
                with suppress(AriError):
                    variable = f"PJSIP_HEADER(read,{name},{at})"
                    found.append((await self._ari.channels.get_channel_var(key.id, variable=variable)).value)
        return tuple(value for value in found if value)

    async def record(self, key: ChannelKey, name: str) -> Recording:
        """Record a call, whoever it talks to: the customer's side and ours on files of their own."""
        recording = Recording(self._link, name)
        async with self._orders.about(key):
            await recording.start(key.id)
        return recording

    async def listen(
        self, key: ChannelKey, name: str, side: str, take: Callable[[bytes], None], connect: ConnectMedia
    ) -> MediaStream:
        """Hear what a call says (`in`) or is told (`out`) from now on; whoever asks for it also stops it."""
        stream = MediaStream(self._link, connect, name)
        async with self._orders.about(key):
            await stream.start(key.id, side, take)
        return stream

    def stop_prompt(self, key: ChannelKey) -> None:
        """Silence the prompt of a question that is being asked, if it sounds; the question stays."""
        if (call := self._tracker.calls.get(key.id)) is not None:
            call.dialogue.stop_prompt()

    def is_typing(self, key: ChannelKey) -> bool:
        """Whether the caller has begun to answer a question by keys."""
        call = self._tracker.calls.get(key.id)
        return call is not None and call.dialogue.is_typing

    async def silence_recording(self, name: str, *, is_silent: bool) -> None:
        """Have silence recorded on both sides, or what is said again. Raises `CallGone` if it ended."""
        recording = Recording(self._link, name)
        with failing_as(CallGone):
            await (recording.be_silent() if is_silent else recording.be_heard())

    async def writes(self, file: str) -> bool:
        """Whether Asterisk writes a recording into a file of this name; raises `NodeUnavailable`."""
        with failing_as(NodeUnavailable), suppress(NotFound):
            await self._ari.recordings.get_live(file)
            return True
        return False

    async def stop_recording(self, name: str) -> None:
        """End a recording; returns once its files are complete, or no more is heard of it. Never raises."""
        await Recording(self._link, name).stop()

    def hear_keys(self, heard: Callable[[ChannelKey], None]) -> None:
        """Be told of each key that a customer presses, at once and whatever is done with it."""
        self._tracker.key_pressed = heard

    async def supervise(self, key: ChannelKey, ref: str, mode: SuperviseMode) -> None:
        """Let a supervisor's answered leg be in a call, next to its agent, or change the mode.

        It is hung up at the latest with the agent's leg. Raises `LegGone` when one of the two is not there.
        """
        (_, agent), leg = self._talking(key), self._answered(ref)
        try:
            async with self._orders.about(key):
                await self._tracker.supervisions.enter(leg, agent, mode)
        except CallRefused as refusal:
            raise LegGone(str(refusal)) from refusal

    async def take_message(self, key: ChannelKey, name: str, max_s: int, *, goes_on: bool = False) -> int:
        """Record what a caller says into the file `name`; returns the seconds of speech (`cti.voicemail`)."""
        async with self._orders.about(key):
            return await take_message(self._link, key.id, name, max_s, goes_on=goes_on)

    async def hang_up(self, key: ChannelKey, reason: str = "normal") -> None:
        """End a call and its legs. `reason` (`normal`, `busy`, `congestion`) tells on one not answered."""
        with suppress(CallGone):
            async with self._orders.about(key) as call:
                self._tracker.strip(call)
                await self._ari.channels.hangup(key.id, reason=reason)

    async def leave_to_dialplan(
        self, key: ChannelKey, context: str, extension: str, variables: Mapping[str, str] | None = None
    ) -> None:
        """Let Asterisk go on with a call by itself; `call_gone` (left) follows, its legs are hung up."""
        channels, call = self._ari.channels, self._orders.call(key)
        call.is_leaving = True
        requests: list[Awaitable[object]] = [self.silence(call)]
        if variables:
            requests.append(channels.set_channel_vars(key.id, variables=variables))
        requests.append(
            channels.continue_in_dialplan(key.id, context=context, extension=extension, priority=1)
        )
        try:
            await self._orders.send(key, *requests)
        except CallRefused:
            call.is_leaving = False
            raise
