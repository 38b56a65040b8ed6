"""Recordings of calls that are on the line: begun, paused, found again, ended."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager

import msgspec
import structlog

from acd.ids import ContactId, QueueName
from acd.policy import RecordPolicy, RecordRules
from cti.ari import ChannelKey
from cti.calls import CallControl
from cti.errors import CtiError, NodeUnavailable
from hub.board import LiveContact
from hub.call import Call
from hub.clock import now_ms
from hub.desktop.protocol import PartyState, RecordingState
from hub.lines import Lines
from hub.recordings.announcements import RecordAnnouncements
from hub.recordings.draft import Draft, Drafts, Kind, Why
from hub.recordings.keeper import DraftKeeper
from hub.recordings.running import Means, Running
from hub.voice_settings import VoiceSettings

log = structlog.get_logger()

_AGAIN_S = 5.0


class LiveRecordings:
    """Has calls recorded, as their queues say (`acd.policy.RecordRules`).

    A recording belongs to the customer's channel: it goes on while the call is held, transferred, or made a
    conference, until the call or its queue ends it. `stored` is called when one is to be stored, `why_not`
    says why none can be (empty: they can), `show` shows a contact whose recording changed. `talks` and
    `is_over` are told of all calls, recorded or not. `listened` waits until all is heard that was said in a
    call so far, and says whether it was: while numbers are to be silenced, a recording waits for that.
    """

    def __init__(
        self,
        settings: Callable[[], VoiceSettings],
        lines: Lines,
        drafts: Drafts,
        announcements: RecordAnnouncements,
        *,
        stored: Callable[[], None] = lambda: None,
        why_not: str = "",
        clock_ms: Callable[[], int] = now_ms,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._settings, self._lines, self._drafts = settings, lines, drafts
        self._announcements, self._why_not, self._sleep = announcements, why_not, sleep
        self._keeper = DraftKeeper(drafts, stored, clock_ms=clock_ms, sleep=sleep)
        self._running: dict[ContactId, Running] = {}
        self._ending: list[Running] = []
        self._taking: set[str] = set()
        self._chores: set[asyncio.Task[None]] = set()
        self.control: CallControl
        self.show: Callable[[LiveContact], Awaitable[None]]
        self.talks: Callable[[Call], None] = lambda _: None
        self.is_over: Callable[[ContactId], None] = lambda _: None
        self.listened: Callable[[ContactId], Awaitable[bool]] = _nobody_listens

    # --- the life of a call ----------------------------------------------------------------------

    def waits(self, call: Call) -> None:
        """A caller begins to wait: he is told that he may be recorded."""
        if self._may_be_recorded(call):
            self._announcements.tell(call)

    async def before_talk(self, call: Call) -> None:
        """Wait until a caller has heard that he may be recorded."""
        if self._may_be_recorded(call):
            await self._announcements.heard(call)

    async def talk_began(self, call: Call) -> None:
        """An agent talks to the customer, the first one or after another. Never raises what it fails by."""
        self.talks(call)
        running = self._running.get(call.contact.id)
        if running is not None and self._policy(call.contact) is RecordPolicy.NEVER:
            await self._end(running)
        elif running is not None:
            joined = (each.agent for each in call.parties if each.state is PartyState.JOINED)
            await running.heard_too(call.contact.agent, *joined)
        elif self._policy(call.contact) is RecordPolicy.ALWAYS:
            await self._begin(call)

    def found_talking(self, call: Call) -> None:
        """A call talks that another hub connected: its customer heard what was to be heard before."""
        self._announcements.was_heard(call)
        self.talks(call)

    def ended(self, contact: ContactId) -> None:
        """A call is over."""
        self._announcements.forget(contact)
        self.is_over(contact)
        if (running := self._running.get(contact)) is not None:
            self._do(self._end(running))

    def key_pressed(self, key: ChannelKey) -> None:
        """A customer pressed a key: what he types is nobody's to hear, and what he says while he does."""
        contact = self._lines.named.get(key, ContactId(key.id))
        if (running := self._running.get(contact)) is not None:
            self._do(running.pause_for_keys())

    async def settle(self) -> None:
        """The link to Asterisk stands: go on with what is being recorded there, store what ended."""
        for draft in await asyncio.to_thread(self._drafts.all):
            running = self._running.get(draft.contact)
            if running is not None and running.draft.id == draft.id:
                await running.mute_again()
            elif draft.ended_ms is None and not self._is_known(draft):
                await self._settle(draft)
        self._keeper.stored()  # what another hub left may be waiting

    def _is_known(self, draft: Draft) -> bool:
        """Whether something is being done with a draft, which needs no finding out."""
        running = (self._running.get(draft.contact), *self._ending)
        return draft.id in self._taking or any(each.draft.id == draft.id for each in running if each)

    def settle_soon(self) -> None:
        self._do(self._settle_all())

    def forget_all(self) -> None:
        """Another hub serves the node now, and finds these recordings."""
        for running in self._running.values():
            running.over()
        self._running.clear()

    async def close(self) -> None:
        """Let what is under way come to its end; recordings go on in Asterisk."""
        self.forget_all()
        if self._chores:
            await asyncio.wait(self._chores, timeout=2.0)
        for chore in self._chores:
            chore.cancel()

    # --- voicemail -------------------------------------------------------------------------------

    async def message_begins(self, call: Call) -> str | None:
        """Prepare for a message; returns the name of its file, None if it cannot be stored."""
        if self._why_not:
            return None
        routed = call.routed()
        draft = msgspec.structs.replace(
            self._keeper.new(Kind.VOICEMAIL, call.contact.id, call.contact.queue),
            language=call.language,
            preferred=next(iter(routed.preferred), None),
            priority=routed.priority,
            skills=routed.skills,
        )
        self._taking.add(draft.id)
        return draft.id if await self._keeper.write(draft) else None

    async def message_ended(self, name: str, *, is_empty: bool | None) -> None:
        """A message of that name is complete; None: nobody saw what became of it, `settle` finds out."""
        self._taking.discard(name)
        draft = await asyncio.to_thread(self._drafts.get, name)
        if draft is None:
            return
        if is_empty is None:
            self.settle_soon()
        elif is_empty:
            await self._keeper.clear(draft)
        else:
            await self._keeper.hand_over(draft, self._keeper.clock_ms())

    # --- what agents ask for ---------------------------------------------------------------------

    def policy(self, contact: LiveContact) -> RecordPolicy:
        """Return what holds for a contact: its queue's policy, and whether it is among the percentage."""
        return self._policy(contact)

    def state(self, contact: ContactId) -> RecordingState:
        """Return whether a call is recorded now."""
        running = self._running.get(contact)
        return RecordingState.OFF if running is None else running.state

    def is_paused(self, contact: ContactId) -> bool:
        """Whether what is said in a call is not recorded, or was not when its recording ended."""
        return any(each.draft.paused is not None for each in self._of(contact)[:1])

    async def start(self, contact: ContactId) -> bool:
        """Begin to record; False if that cannot be."""
        call = self._lines.calls.get(contact)
        if call is not None and contact not in self._running:
            await self._begin(call)
        return contact in self._running

    async def stop(self, contact: ContactId) -> None:
        """End a recording before its call ends."""
        if (running := self._running.get(contact)) is not None:
            await self._end(running)
            await self.show(running.contact)

    async def pause(self, contact: ContactId) -> None:
        """Record silence until `resume`. Raises `CtiError` if Asterisk does not, and has it tried again.

        What is said from now on is blanked all the same before it is stored.
        """
        if (running := self._running.get(contact)) is not None:
            await running.pause(Why.AGENT)

    async def resume(self, contact: ContactId) -> None:
        """End a pause, also one that keys began. Raises `CtiError` if Asterisk does not."""
        if (running := self._running.get(contact)) is not None:
            await running.resume()

    def silence(self, contact: ContactId, from_ms: int, to_ms: int) -> None:
        """Have a stretch (Unix time) blanked before the recording is stored: a secret number was said."""
        recordings = self._of(contact)
        for each in recordings:
            each.draft = each.draft.silent(from_ms, to_ms, Why.NUMBER)
            self._do(self._write_down(each))
        if not recordings:
            log.warning("recording.nothing_to_silence", contact=contact)

    # --- doing it --------------------------------------------------------------------------------

    async def _begin(self, call: Call) -> None:
        contact = call.contact
        if self._why_not:
            log.error("recording.impossible", contact=contact.id, reason=self._why_not)
            return
        if not self._announcements.is_done(call):
            log.error("recording.not_announced", contact=contact.id)
            return
        draft = msgspec.structs.replace(
            self._keeper.new(Kind.CALL, contact.id, contact.queue, contact.agent),
            language=call.language,
            to_hear=contact.queue if self._rules(contact.queue).mask else None,
        )
        if not await self._keeper.write(draft):
            return
        try:
            await self.control.record(call.key, draft.id)
        except NodeUnavailable:  # it may run: that is found out when the link stands
            log.warning("recording.in_doubt", contact=contact.id)
        except CtiError as error:
            log.warning("recording.not_begun", contact=contact.id, reason=str(error))
            await self._keeper.clear(draft)
        else:
            draft = msgspec.structs.replace(draft, started_ms=self._keeper.clock_ms())
            running = self._running[contact.id] = Running(draft, contact, self._means())
            await self._keeper.write(draft)
            await running.show()
            if call.gone.is_set():
                await self._end(running)

    async def _end(self, running: Running) -> None:
        async with running.lock:
            if self._running.get(running.draft.contact) is not running:
                return
            del self._running[running.draft.contact]
            running.over()
            running.contact.recording = RecordingState.OFF
            with self._takes(running.draft.id):
                await self.control.stop_recording(running.draft.id)
                ended_ms = self._keeper.clock_ms()
                if running.draft.to_hear is None:
                    await self._keeper.hand_over(running.draft, ended_ms)
                else:
                    self._ending.append(running)
                    self._do(self._hand_over_heard(running, ended_ms))

    @contextmanager
    def _takes(self, draft: str) -> Iterator[None]:
        """Keep `settle` from a draft meanwhile."""
        self._taking.add(draft)
        try:
            yield
        finally:
            self._taking.discard(draft)

    async def _hand_over_heard(self, running: Running, ended_ms: int) -> None:
        """Have a recording stored in which numbers are to be silenced, once they are known."""
        try:
            is_heard = await self.listened(running.draft.contact) and not running.is_found
            async with running.lock:
                draft = running.draft
                to_hear = None if is_heard else draft.to_hear
                await self._keeper.hand_over(msgspec.structs.replace(draft, to_hear=to_hear), ended_ms)
        finally:
            self._ending.remove(running)

    # --- after the hub was away ------------------------------------------------------------------

    async def _settle_all(self) -> None:
        try:
            await self.settle()
        except NodeUnavailable:
            pass  # it is settled when the link stands again
        except OSError as error:
            log.error("recording.folder_unreadable", reason=str(error))

    async def _settle(self, draft: Draft) -> None:
        live = [await self.control.writes(side) for side in draft.sides]
        call = self._lines.calls.get(draft.contact)
        if await asyncio.to_thread(self._drafts.get, draft.id) != draft or self._is_known(draft):
            return  # it went on meanwhile
        if draft.kind is Kind.VOICEMAIL and any(live):
            self._do(self._settle_later())
        elif all(live) and call is not None and draft.contact not in self._running:
            await self._adopt(draft, call)
        elif draft.kind is Kind.VOICEMAIL and await asyncio.to_thread(self._drafts.is_silent, draft):
            await self._keeper.clear(draft)
        else:
            if any(live):
                await self.control.stop_recording(draft.id)
            await self._keeper.hand_over(draft, await asyncio.to_thread(self._drafts.written_ms, draft))

    async def _settle_later(self) -> None:
        await self._sleep(_AGAIN_S)
        await self._settle_all()

    async def _adopt(self, draft: Draft, call: Call) -> None:
        """Go on with a recording that another hub began, or this one before its link was lost."""
        log.info("recording.found", recording=draft.id, contact=draft.contact)
        running = Running(draft, call.contact, self._means(), is_found=True)
        self._running[draft.contact] = running
        await running.go_on()

    async def _write_down(self, running: Running) -> None:
        async with running.lock:
            if running in self._of(running.draft.contact):  # handed over, it is kept with its end
                await self._keeper.write(running.draft)

    def _of(self, contact: ContactId) -> list[Running]:
        """Return the recordings of a call that are not handed over yet, the one that runs first."""
        running = self._running.get(contact)
        ending = [each for each in self._ending if each.draft.contact == contact]
        return ending if running is None else [running, *ending]

    def _means(self) -> Means:
        return Means(self.control, self._keeper, self._rules, self.show, self._do)

    # --- rules -----------------------------------------------------------------------------------

    def _rules(self, queue: QueueName) -> RecordRules:
        return self._settings().queue(queue).recording

    def _policy(self, contact: LiveContact) -> RecordPolicy:
        rules = self._rules(contact.queue)
        if rules.policy is RecordPolicy.ALWAYS and not is_chosen(contact.id, rules.percent):
            return RecordPolicy.NEVER
        return rules.policy

    def _may_be_recorded(self, call: Call) -> bool:
        return not self._why_not and self._policy(call.contact) is not RecordPolicy.NEVER

    def _do(self, chore: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(chore)
        self._chores.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._chores.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("recording.failed", exc_info=error)


async def _nobody_listens(contact: ContactId) -> bool:
    return False


def is_chosen(contact: ContactId, percent: int) -> bool:
    """Whether a contact is among so many of a hundred: the same at every time and in every hub."""
    number = int.from_bytes(hashlib.sha256(contact.encode()).digest()[:8], "big")
    return number % 100 < percent
