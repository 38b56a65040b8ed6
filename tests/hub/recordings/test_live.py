"""Calls are recorded as their queues say, on the hub's parts with an Asterisk that is none."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from acd.ids import ContactId
from acd.policy import RecordPolicy, RecordRules, RoutingSettings
from cti.ari import ChannelKey
from cti.dialogue import Wanted
from cti.errors import CallGone, CallRefused, CtiError, NodeUnavailable
from cti.recording import sides
from hub.call import Call
from hub.desktop import protocol as shown
from hub.desktop.refusals import CommandRefused, Refusal
from hub.lines import Lines
from hub.recordings.announcements import RecordAnnouncements
from hub.recordings.draft import Draft, Drafts, Kind, Why
from hub.recordings.live import LiveRecordings, is_chosen
from hub.voice_settings import VoiceSettings
from hub.waiting_calls import WaitingCalls
from tests.hub.doubles import SATO, TANAKA, Control, Router
from tests.hub.fakes import until
from tests.hub.stage import NODE, ROUTING, SUPPORT, Stage, build, command, crm_engine, flow_in, running
from tests.support.tones import write_tone

ON, OFF, PAUSED = shown.RecordingState.ON, shown.RecordingState.OFF, shown.RecordingState.PAUSED
ALWAYS = RecordRules(policy=RecordPolicy.ALWAYS, key_pause_s=0)
ON_DEMAND = RecordRules(policy=RecordPolicy.ON_DEMAND)
NEVER = RecordRules()


@dataclass(slots=True)
class Scene:
    """The stage, and the folder that Asterisk records into."""

    stage: Stage
    drafts: Drafts
    stored: list[str]

    @property
    def live(self) -> LiveRecordings:
        return self.stage.calls.recordings

    def draft(self) -> Draft:
        (draft,) = self.drafts.all()
        return draft

    async def talk(self, keys: str = "1") -> ContactId:
        """Let a call reach sato."""
        contact = await self.stage.arrives(keys=keys)
        await self.stage.talks(contact)
        return contact

    async def caller(self) -> Call:
        """Return a caller who waits."""
        return self.stage.calls.lines.calls[await self.stage.arrives()]

    async def record(self, contact: ContactId, action: str) -> None:
        await self.stage.desk.command(SATO, command("record", contact=contact, action=action))

    async def is_shown(self, contact: ContactId, state: shown.RecordingState) -> None:
        def holds() -> bool:
            events = [each for each in self.stage.screens.of(SATO, shown.ContactShown) if each.id == contact]
            return bool(events) and events[-1].recording is state

        await until(holds)


Open = Callable[..., AbstractAsyncContextManager[Scene]]


def _routing(rules: RecordRules) -> RoutingSettings:
    """Return settings in which all queues have these rules."""
    queues = {
        name: msgspec.structs.replace(queue, recording=rules, max_waiting=0)
        for name, queue in ROUTING.queues.items()
    }
    return msgspec.structs.replace(ROUTING, queues=queues)


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Open]:
    engine = await crm_engine(tmp_path)
    drafts = Drafts(tmp_path / "recording")
    drafts.folder.mkdir()

    @asynccontextmanager
    async def opened(
        rules: RecordRules, why_not: str = "", control: Control | None = None, *, linked: bool = True
    ) -> AsyncIterator[Scene]:
        stored: list[str] = []

        def make(
            lines: Lines, waiting: WaitingCalls, settings: Callable[[], VoiceSettings]
        ) -> LiveRecordings:
            return LiveRecordings(
                settings,
                lines,
                drafts,
                RecordAnnouncements(waiting, settings),
                stored=lambda: stored.append("stir"),
                why_not=why_not,
            )

        stage = build(
            engine,
            flow_in(tmp_path),
            Router(),
            control or Control(),
            recordings=make,
            routing=_routing(rules),
        )
        async with running(stage, linked=linked):
            await stage.presence(SATO)
            yield Scene(stage, drafts, stored)
            await stage.calls.recordings.close()

    yield opened
    await engine.dispose()


async def test_always_records_from_the_connection_to_the_end(scene: Open) -> None:
    async with scene(ALWAYS) as here:
        contact = await here.talk()
        draft = here.draft()
        assert (draft.contact, draft.queue, draft.agents, draft.kind) == (
            contact,
            SUPPORT,
            (SATO,),
            Kind.CALL,
        )
        assert here.stage.control.orders("record") == [(contact, draft.id)]
        await here.is_shown(contact, ON)
        here.stored.clear()
        await here.stage.hangs_up(contact)
        await until(lambda: bool(here.stored))
        ended = here.draft()
        assert ended.ended_ms is not None
        assert ended.ended_ms >= draft.started_ms
        assert here.stage.control.orders("stop_recording") == [(draft.id,)]


@pytest.mark.parametrize("is_whole", [True, False])
async def test_numbers_that_are_heard_after_the_end_are_silenced_first(scene: Open, is_whole: bool) -> None:
    async with scene(msgspec.structs.replace(ALWAYS, mask=True)) as here:
        may_go_on, waits = asyncio.Event(), asyncio.Event()

        async def listened(contact: ContactId) -> bool:
            waits.set()
            await may_go_on.wait()
            return is_whole

        here.live.listened = listened
        contact = await here.talk()
        draft = here.draft()
        assert (draft.to_hear, draft.language) == (SUPPORT, "ja")
        await here.stage.hangs_up(contact)
        async with asyncio.timeout(5):
            await waits.wait()
        assert here.draft().ended_ms is None
        assert here.live.state(contact) is OFF
        await here.live.settle()
        assert here.draft().ended_ms is None, "it is no other hub's"
        here.live.silence(contact, draft.started_ms + 100, draft.started_ms + 300)
        may_go_on.set()
        await until(lambda: here.draft().ended_ms is not None)
        ended = here.draft()
        assert [(each.from_ms, each.to_ms, each.why) for each in ended.pauses] == [(100, 300, Why.NUMBER)]
        assert ended.to_hear == (None if is_whole else SUPPORT)


async def test_a_recording_that_is_just_being_ended_is_handed_over_once(scene: Open) -> None:
    async with scene(ALWAYS) as here:
        contact = await here.talk()
        stops, may_go_on = asyncio.Event(), asyncio.Event()

        async def stop_recording(name: str) -> None:
            stops.set()
            await may_go_on.wait()

        here.stage.control.stop_recording = stop_recording  # type: ignore[method-assign]
        here.stored.clear()
        await here.stage.hangs_up(contact)
        async with asyncio.timeout(5):
            await stops.wait()
        await here.live.settle()
        assert here.draft().ended_ms is None
        may_go_on.set()
        await until(lambda: here.draft().ended_ms is not None)


async def test_what_was_handed_over_meanwhile_is_not_settled(scene: Open) -> None:
    async with scene(ALWAYS) as here:
        contact = await here.talk()
        looks, may_go_on = asyncio.Event(), asyncio.Event()
        here.live.forget_all()  # as where another hub began it

        async def writes(file: str) -> bool:
            looks.set()
            await may_go_on.wait()
            return False

        here.stage.control.writes = writes  # type: ignore[method-assign]
        settling = asyncio.create_task(here.live.settle())
        async with asyncio.timeout(5):
            await looks.wait()
        here.drafts.clear(here.draft())  # stored
        may_go_on.set()
        await settling
        assert here.drafts.all() == []
        await here.stage.hangs_up(contact)


async def test_a_transfer_to_a_queue_that_wants_numbers_silent_is_kept_in_mind(scene: Open) -> None:
    async with scene(ALWAYS) as here:
        contact = await here.talk()
        assert here.draft().to_hear is None
        here.stage.voice.go_by(_routing(msgspec.structs.replace(ALWAYS, mask=True)), here.stage.voice.flow)
        await here.live.talk_began(here.stage.calls.lines.calls[contact])
        assert here.draft().to_hear == SUPPORT


async def test_never_records_nothing_and_allows_nothing(scene: Open) -> None:
    async with scene(NEVER) as here:
        contact = await here.talk()
        assert not here.drafts.all()
        for action in ("start", "pause", "resume", "stop"):
            await _refused(here.record(contact, action), Refusal.NOT_ALLOWED)


async def test_always_may_be_paused_but_not_stopped(scene: Open) -> None:
    async with scene(ALWAYS) as here:
        contact = await here.talk()
        for action in ("start", "stop"):
            await _refused(here.record(contact, action), Refusal.NOT_ALLOWED)
        await here.record(contact, "pause")
        await here.record(contact, "pause")
        await here.is_shown(contact, PAUSED)
        (pause,) = here.draft().pauses
        assert (pause.why, pause.to_ms) == (Why.AGENT, None)
        await here.record(contact, "resume")
        await here.record(contact, "resume")
        await here.is_shown(contact, ON)
        (pause,) = here.draft().pauses
        assert pause.to_ms is not None
        id_ = here.draft().id
        assert here.stage.control.orders("silence_recording") == [(id_, True), (id_, False)]


async def test_on_demand_begins_and_ends_by_the_agent(scene: Open) -> None:
    async with scene(ON_DEMAND) as here:
        contact = await here.talk()
        await _refused(here.record(contact, "pause"), Refusal.WRONG_STATE)
        for _ in range(2):
            await here.record(contact, "start")
            await here.is_shown(contact, ON)
            await _refused(here.record(contact, "start"), Refusal.WRONG_STATE)
            await here.record(contact, "stop")
            await here.is_shown(contact, OFF)
        assert len([each for each in here.drafts.all() if each.ended_ms]) == 2


async def test_a_command_that_asterisk_does_not_carry_out_is_told(scene: Open) -> None:
    async with scene(ALWAYS) as here:
        contact = await here.talk()
        here.stage.control.fails["silence_recording"] = NodeUnavailable("stopped by the test")
        await _refused(here.record(contact, "pause"), Refusal.UNAVAILABLE)


async def test_a_pause_that_failed_is_noted_and_tried_again(scene: Open) -> None:
    async with scene(ALWAYS) as here:
        contact = await here.talk()
        for _ in range(2):
            here.stage.control.fails["silence_recording"] = NodeUnavailable("stopped by the test")
            await _refused(here.record(contact, "pause"), Refusal.UNAVAILABLE)
            assert here.draft().paused is Why.AGENT, "a hub that goes on with it finds it paused"
        assert here.stage.live(contact).recording is ON, "nobody is told that it is silent"
        await here.stage.link_down()
        here.stage.control.fails.clear()
        await here.stage.link_up(known=[contact])
        await here.is_shown(contact, PAUSED)
        id_ = here.draft().id
        assert here.stage.control.orders("silence_recording") == [(id_, True)] * 3
        assert len(here.draft().pauses) == 1
        await here.record(contact, "resume")
        await here.is_shown(contact, ON)


async def test_a_pause_that_failed_is_tried_again_without_anybody_asking(
    scene: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.recordings.running._AGAIN_S", 0.01)
    async with scene(ALWAYS) as here:
        contact = await here.talk()
        here.stage.control.fails["silence_recording"] = CallRefused("stopped by the test")
        await _refused(here.record(contact, "pause"), Refusal.UNAVAILABLE)
        await until(lambda: len(here.stage.control.orders("silence_recording")) >= 3)
        here.stage.control.fails.clear()
        await here.is_shown(contact, PAUSED)
        await here.record(contact, "pause")
        tries = here.stage.control.orders("silence_recording")
        await here.record(contact, "resume")
        assert here.stage.control.orders("silence_recording")[:-1] == tries


async def test_keys_pause_for_a_while_and_the_agent_s_pause_stays(scene: Open) -> None:
    async with scene(ALWAYS) as here:
        contact = await here.talk()
        key = ChannelKey(NODE, contact)
        here.stage.control.key_pressed(key)
        here.stage.control.key_pressed(key)
        await until(lambda: here.draft().pauses != () and here.draft().paused is None)
        assert {pause.why for pause in here.draft().pauses} == {Why.KEYS}
        await here.is_shown(contact, ON)
        await here.record(contact, "pause")
        here.stage.control.key_pressed(key)
        assert here.draft().paused is Why.AGENT
        here.stage.control.key_pressed(ChannelKey(NODE, "nobody's"))


async def test_without_a_key_nothing_is_recorded_and_calls_go_on(scene: Open) -> None:
    async with scene(ALWAYS, why_not="no key") as here:
        contact = await here.talk()
        assert not here.drafts.all()
        assert not here.stage.control.orders("record")
        await here.is_shown(contact, OFF)


@pytest.mark.parametrize("is_full", [True, False])
async def test_a_call_goes_on_when_it_cannot_be_recorded(scene: Open, is_full: bool) -> None:
    async with scene(ALWAYS) as here:
        if is_full:
            here.drafts.folder.rmdir()
        else:
            here.stage.control.fails["record"] = CallRefused("stopped by the test")
        contact = await here.talk()
        await here.is_shown(contact, OFF)
        assert not here.drafts.all()


async def test_a_transfer_needs_no_new_recording(scene: Open) -> None:
    async with scene(ALWAYS) as here:
        contact = await here.talk()
        here.stage.screens.present.add(TANAKA)
        await here.stage.presence(TANAKA)
        await here.stage.desk.command(SATO, command("transfer", contact=contact, to={"agent": TANAKA}))
        await here.stage.answers(await here.stage.is_offered(contact, TANAKA))
        await until(lambda: here.draft().agents == (SATO, TANAKA))
        assert len(here.stage.control.orders("record")) == 1
        await until(lambda: here.stage.live(contact).recording is ON)
        await here.stage.hangs_up(contact)
        await until(lambda: here.draft().ended_ms is not None)


async def test_who_is_consulted_is_not_on_it_until_he_has_the_call(scene: Open) -> None:
    async with scene(ALWAYS) as here:
        contact = await here.talk()
        here.stage.screens.present.add(TANAKA)
        await here.stage.presence(TANAKA)
        await here.stage.desk.command(SATO, command("consult", contact=contact, to={"agent": TANAKA}))
        await until(lambda: bool(here.stage.board.offers_to(TANAKA)))
        (offer,) = here.stage.board.offers_to(TANAKA)
        await here.stage.answers(offer.offer)
        await here.stage.sees(TANAKA, offer.contact, shown.ShownState.CONNECTED)
        assert here.draft().agents == (SATO,)
        await here.stage.desk.command(SATO, command("complete_transfer", contact=contact))
        await until(lambda: here.draft().agents == (SATO, TANAKA))
        assert here.draft().ended_ms is None
        assert len(here.stage.control.orders("record")) == 1


# --- the announcement ----------------------------------------------------------------------------


async def test_a_caller_is_told_while_he_waits_and_again_by_nobody(scene: Open) -> None:
    rules = msgspec.structs.replace(ALWAYS, announce_ja="録音します。", announce_en="Recorded.")
    async with scene(rules) as here:
        await here.talk()
        assert here.stage.control.played.count("support-record") == 1
        names = [order[0] for order in here.stage.control.log]
        assert names.index("connect") > max(i for i, name in enumerate(names) if name == "play")
        assert here.draft()


async def test_an_agent_who_is_there_at_once_waits_for_its_end(scene: Open) -> None:
    control = _Slow()
    rules = msgspec.structs.replace(ALWAYS, announce_ja="録音します。", announce_en="Recorded.")
    async with scene(rules, control=control) as here:
        contact = await here.stage.arrives()
        await here.stage.answers(await here.stage.is_offered(contact))
        await until(lambda: control.is_playing)
        assert not control.orders("connect")
        control.end()
        await here.is_shown(contact, ON)
        assert control.orders("connect")


async def test_what_was_not_heard_to_its_end_is_not_recorded(scene: Open) -> None:
    control = _Slow()
    rules = msgspec.structs.replace(ALWAYS, announce_ja="録音します。", announce_en="Recorded.")
    async with scene(rules, control=control) as here:
        contact = await here.stage.arrives()
        offer = await here.stage.is_offered(contact)
        for _ in range(2):  # it is begun once more for who is to be connected
            await until(lambda: control.is_playing)
            control.end(CallRefused("stopped by the test"))
            await until(lambda: not here.stage.calls.waiting.is_talking(contact))
            if not here.stage.control.legs:
                await here.stage.answers(offer)
        await here.is_shown(contact, OFF)
        assert not here.drafts.all()


# --- after the hub was away ------------------------------------------------------------------------


async def test_a_new_hub_goes_on_with_what_is_recorded(scene: Open) -> None:
    async with scene(ALWAYS) as here:
        contact = await here.talk()
        await here.record(contact, "pause")
        draft = here.draft()
    control = Control()
    control.writing = set(sides(draft.id))
    async with scene(ALWAYS, control=control, linked=False) as here:
        await here.stage.link_up(here.stage.found(contact, leg="o1"))
        await until(lambda: here.live.state(contact) is PAUSED)
        assert here.draft().id == draft.id
        await here.stage.hangs_up(contact)
        await until(lambda: here.draft().ended_ms is not None)


async def test_what_was_said_while_no_hub_listened_is_still_to_be_heard(scene: Open) -> None:
    async def listened(contact: ContactId) -> bool:
        return True

    rules = msgspec.structs.replace(ALWAYS, mask=True)
    async with scene(rules) as here:
        contact = await here.talk()
        draft = here.draft()
    control = Control()
    control.writing = set(sides(draft.id))
    async with scene(rules, control=control, linked=False) as here:
        here.live.listened = listened
        await here.stage.link_up(here.stage.found(contact, leg="o1"))
        await until(lambda: here.live.state(contact) is ON)
        await here.stage.hangs_up(contact)
        await until(lambda: here.draft().ended_ms is not None)
        assert here.draft().to_hear == SUPPORT


async def test_a_new_hub_stores_what_ended_meanwhile(scene: Open) -> None:
    async with scene(ALWAYS) as here:
        await here.talk()
        draft = here.draft()
        path = write_tone(here.drafts.paths(draft)[0], 500, 1)
    async with scene(ALWAYS) as here:
        await until(lambda: here.draft().ended_ms is not None)
        assert here.draft().ended_ms == round(path.stat().st_mtime * 1000)
        await until(lambda: bool(here.stored))


async def test_what_runs_without_a_call_is_ended(scene: Open) -> None:
    async with scene(ALWAYS) as here:
        await here.talk()
        draft = here.draft()
    control = Control()
    control.writing = set(sides(draft.id))
    async with scene(ALWAYS, control=control) as here:
        await until(lambda: here.draft().ended_ms is not None)
        assert not control.writing


async def test_an_agent_may_begin_after_another_hub_connected_him(scene: Open) -> None:
    rules = msgspec.structs.replace(ON_DEMAND, announce_ja="録音します。", announce_en="Recorded.")
    async with scene(rules, linked=False) as here:
        found = here.stage.found(ContactId("c1"), leg="o1")
        await here.stage.link_up(found)
        assert await here.live.start(ContactId("c1"))
        assert here.draft().contact == "c1"


# --- messages ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_empty", [True, False])
async def test_a_message_is_stored_unless_nothing_was_said(scene: Open, is_empty: bool) -> None:
    async with scene(NEVER) as here:
        name = await here.live.message_begins(await here.caller())
        assert name is not None
        draft = here.draft()
        assert (draft.kind, draft.sides, draft.ended_ms) == (Kind.VOICEMAIL, (name,), None)
        here.stored.clear()
        await here.live.message_ended(name, is_empty=is_empty)
        assert [each.ended_ms is not None for each in here.drafts.all()] == ([] if is_empty else [True])
        assert bool(here.stored) is not is_empty


@pytest.mark.parametrize("seconds", [2.0, 0.4, None])
async def test_a_message_that_was_left_without_a_hub_is_stored_if_something_was_said(
    scene: Open, seconds: float | None
) -> None:
    async with scene(NEVER) as here:
        assert await here.live.message_begins(await here.caller()) is not None
        draft = here.draft()
        assert draft.ended_ms is None
        if seconds is not None:
            write_tone(here.drafts.paths(draft)[0], 500, seconds)
    async with scene(NEVER) as here:
        is_kept = seconds == 2.0
        await until(lambda: [each.ended_ms is not None for each in here.drafts.all()] == [True] * is_kept)


@pytest.mark.parametrize(
    ("is_second", "error"),
    [
        (False, NodeUnavailable("no link")),
        (True, NodeUnavailable("no link")),
        (True, CallGone("he hung up")),
    ],
)
async def test_a_message_whose_end_is_not_seen_is_stored_all_the_same(
    scene: Open, is_second: bool, error: CtiError
) -> None:
    control = Control()
    async with scene(NEVER, control=control) as here:

        async def lost(key: ChannelKey, name: str, max_s: int, *, goes_on: bool = False) -> int:
            write_tone(here.drafts.folder / f"{name}.wav", 500)
            if goes_on is is_second:
                raise error
            return 5

        control.take_message = lost  # type: ignore[method-assign]
        call = await here.caller()
        here.stage.calls.diversions.take_message(call)
        await until(lambda: any(each.ended_ms for each in here.drafts.all()))
        draft = here.draft()
        assert (draft.kind, draft.contact) == (Kind.VOICEMAIL, call.contact.id)


async def test_what_is_settled_is_not_a_message_that_is_being_taken(scene: Open) -> None:
    async with scene(NEVER) as here:
        name = await here.live.message_begins(await here.caller())
        await here.live.settle()
        assert [each.id for each in here.drafts.all()] == [name]


async def test_a_message_stays_with_asterisk_where_nothing_can_be_stored(scene: Open) -> None:
    async with scene(NEVER, why_not="no key") as here:
        assert await here.live.message_begins(await here.caller()) is None


# --- which --------------------------------------------------------------------------------------------


def test_a_percentage_is_that_of_many_and_the_same_for_each() -> None:
    ids = [ContactId(f"pbx1-1764115200.{number}") for number in range(20_000)]
    chosen = [each for each in ids if is_chosen(each, 25)]
    assert len(chosen) == pytest.approx(5000, rel=0.05)
    assert chosen == [each for each in ids if is_chosen(each, 25)]
    assert set(chosen) < {each for each in ids if is_chosen(each, 30)}
    assert not any(is_chosen(each, 0) for each in ids)
    assert all(is_chosen(each, 100) for each in ids)


async def test_who_is_not_among_the_percentage_is_as_with_never(scene: Open) -> None:
    async with scene(RecordRules(policy=RecordPolicy.ALWAYS, percent=0)) as here:
        contact = await here.talk()
        assert not here.drafts.all()
        await _refused(here.record(contact, "pause"), Refusal.NOT_ALLOWED)


async def _refused(command: Awaitable[None], refusal: Refusal) -> None:
    with pytest.raises(CommandRefused) as caught:
        await command
    assert caught.value.code is refusal


class _Slow(Control):
    """Plays announcements until it is told that they are over."""

    def __init__(self) -> None:
        super().__init__()
        self._over: asyncio.Future[None] | None = None

    @property
    def is_playing(self) -> bool:
        return self._over is not None and not self._over.done()

    def end(self, error: Exception | None = None) -> None:
        assert self._over is not None
        if error is None:
            self._over.set_result(None)
        else:
            self._over.set_exception(error)

    async def play_and_collect(self, key: ChannelKey, sounds: Sequence[str], wanted: Wanted) -> str:
        found = await super().play_and_collect(key, sounds, wanted)
        if not wanted.digits_max:
            self._over = asyncio.get_running_loop().create_future()
            await self._over
        return found
