"""What callers hear while they wait, what they are asked, and how they are let go."""

import asyncio
from dataclasses import replace as with_changes

import pytest
from msgspec.structs import replace

from acd.actions import ProposeWay, RefuseContact
from acd.contact import Channel, ContactState
from acd.events import CallbackRequested, ContactLeft, Event
from acd.ids import ContactId
from acd.policy import CALLBACK
from crm_bridge.identifiers import IdentifierKind, LinkedBy
from cti.errors import NodeUnavailable
from tests.hub.doubles import SATO
from tests.hub.fakes import settle, until
from tests.hub.stage import NUMBER, SALES, SUPPORT, Stage


def _events(stage: Stage, kind: type[Event]) -> list[Event]:
    return [event for event in stage.router.events if isinstance(event, kind)]


def _propose(stage: Stage, contact: ContactId, way: str = CALLBACK) -> None:
    stage.performer._take(ProposeWay(contact=contact, way=way))


async def _asked(stage: Stage, number: str = NUMBER) -> ContactId:
    """Bring a caller into the queue and ask whether to call back."""
    contact = await stage.arrives(number)
    _propose(stage, contact)
    await until(lambda: "propose-callback" in stage.control.played)
    return contact


def _order(stage: Stage, contact: ContactId) -> list[object]:
    """Return what was ordered about a call since the menus."""
    names = [order[0] for order in stage.control.log if order[1] == contact]
    return names[names.index("start_music") :]


# --- a callback is proposed ------------------------------------------------------------------------


async def test_who_presses_one_is_called_back_and_may_hang_up(stage: Stage) -> None:
    contact = await _asked(stage)
    stage.control.keys.put_nowait("1")
    await until(lambda: (contact,) in stage.control.orders("hang_up"))
    assert stage.control.played[-1] == "callback-arranged"
    await stage.hangs_up(contact)
    await settle()
    record, live = stage.record(contact), stage.live(contact)
    assert record is not None
    assert (record.contact.is_callback, record.state) == (True, ContactState.WAITING)
    assert (live.is_callback, live.address) == (True, NUMBER)
    assert _events(stage, ContactLeft) == []
    assert await stage.journal.flush(1)
    assert [each.id for each in await stage.crm.contacts.open_callbacks()] == [contact]


async def test_music_ends_for_the_question_and_goes_on_after_it(stage: Stage) -> None:
    contact = await _asked(stage)
    stage.control.keys.put_nowait("")
    await until(lambda: len(stage.control.orders("start_music")) == 2)
    assert _order(stage, contact) == [
        "start_music",
        "stop_music",
        "forget_typed",
        "play",
        "collect",
        "start_music",
    ]
    assert _events(stage, CallbackRequested) == []
    assert not stage.calls.waiting.is_talking(contact)


async def test_who_hangs_up_after_pressing_one_is_called_back_all_the_same(stage: Stage) -> None:
    contact = await _asked(stage)
    submit = stage.router.submit
    gate = asyncio.Event()

    async def late(event: Event) -> str:
        if isinstance(event, CallbackRequested):
            await gate.wait()
        return await submit(event)

    stage.calls.proposals._submit = late
    stage.control.keys.put_nowait("1")
    await until(lambda: stage.calls.proposals.is_asked(contact))
    await stage.hangs_up(contact)
    await stage.agrees()
    assert stage.record(contact) is not None, "neither the end of the call nor its absence ends the contact"


async def test_whose_request_is_refused_has_left_if_he_is_gone(stage: Stage) -> None:
    contact = await _asked(stage)
    stage.calls.proposals._requested.add(contact)
    await stage.hangs_up(contact)
    assert _events(stage, ContactLeft) == []
    await stage.calls.proposals.not_arranged(contact, "contact_connected")
    await stage.gone(contact)


async def test_who_is_to_be_called_already_hears_so(stage: Stage) -> None:
    await stage.crm.customers.ensure(IdentifierKind.PHONE, NUMBER, LinkedBy.SIGNED_LINK, at_ms=1)
    first = await _asked(stage)
    stage.control.keys.put_nowait("1")
    await until(lambda: (first,) in stage.control.orders("hang_up"))
    await stage.hangs_up(first)
    stage.control.played.clear()
    second = await stage.arrives(keys="2")  # in another queue the place that is kept is not his
    _propose(stage, second)
    stage.control.keys.put_nowait("1")
    await until(lambda: (second,) in stage.control.orders("hang_up"))
    assert stage.control.played[-1] == "callback-exists"
    await stage.gone(second)
    await stage.hangs_up(second)
    assert stage.record(first) is not None
    assert await stage.journal.flush(1)
    stored = await stage.crm.contacts.get(second)
    assert stored is not None
    assert stored.state is ContactState.ENDED


async def test_without_the_router_the_caller_waits_on(stage: Stage) -> None:
    contact = await _asked(stage)
    stage.router.is_away = True
    stage.control.keys.put_nowait("1")
    await until(lambda: len(stage.control.orders("start_music")) == 2)
    assert not stage.calls.proposals.is_asked(contact)


@pytest.mark.parametrize("way", [CALLBACK, "line"])
async def test_nothing_is_proposed_to_whom_nobody_could_reach(stage: Stage, way: str) -> None:
    contact = await stage.arrives(None)
    played = len(stage.control.played)
    _propose(stage, contact, way)
    await settle()
    assert len(stage.control.played) == played


async def test_nothing_is_proposed_in_a_text_channel(stage: Stage) -> None:
    await stage.text.handle(stage.inbound())
    (contact,) = stage.board.all()
    _propose(stage, contact.id)
    await settle()
    assert stage.post.sent == []


# --- LINE is proposed ------------------------------------------------------------------------------


async def test_who_goes_on_in_line_takes_his_place_along(stage: Stage) -> None:
    contact = await stage.arrives()
    arrived_ms = stage.live(contact).arrived_ms
    _propose(stage, contact, Channel.LINE)
    stage.control.keys.put_nowait("1")
    await until(lambda: (contact,) in stage.control.orders("hang_up"))
    assert stage.control.played[-2:] == ["propose-line", "line-sent"]
    await stage.gone(contact)
    assert ContactLeft(contact=contact, reason="deflected") in stage.router.events
    (sms,) = stage.post.sent
    await stage.hangs_up(contact)
    await stage.text.handle(stage.inbound(f"連携コード {sms.text.split()[-1]}"))
    (thread,) = stage.board.all()
    assert (thread.channel, thread.arrived_ms) == (Channel.LINE, arrived_ms)


async def test_who_cannot_be_sent_a_link_waits_on(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(_: object) -> bool:
        return False

    monkeypatch.setattr(stage.calls.proposals, "_invite", fails)
    contact = await stage.arrives()
    _propose(stage, contact, Channel.LINE)
    stage.control.keys.put_nowait("1")
    await until(lambda: stage.control.played[-1] == "line-failed")
    await until(lambda: len(stage.control.orders("start_music")) == 2)
    assert stage.record(contact) is not None


# --- whatever is said ------------------------------------------------------------------------------


async def test_an_agent_who_is_free_ends_the_question(stage: Stage) -> None:
    contact = await _asked(stage)
    await stage.presence(SATO)
    offer = await stage.talks(contact)
    assert (contact, offer) in stage.control.orders("connect")
    assert not stage.calls.waiting.is_talking(contact)
    await settle()
    assert len(stage.control.orders("start_music")) == 1, "no music sets in where two talk"


async def test_an_agent_s_pause_comes_before_the_caller_is_put_through(stage: Stage) -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        assert stage.control.orders("connect") == []

    stage.voice.connections.sleep = sleep
    queue = replace(stage.voice.settings.queue(SUPPORT), member_delay_s=3)
    routing = replace(stage.voice.settings.routing, queues={SUPPORT: queue})
    stage.voice.settings = with_changes(stage.voice.settings, routing=routing)
    await stage.presence(SATO)
    contact = await stage.arrives()
    await stage.talks(contact)
    assert pauses == [3]
    assert len(stage.control.orders("connect")) == 1


async def test_a_question_that_broke_off_with_the_link_leaves_nobody_in_silence(stage: Stage) -> None:
    await _asked(stage)
    stage.control.keys.put_nowait(NodeUnavailable("lost"))
    await until(lambda: len(stage.control.orders("start_music")) == 2)


async def test_talks_with_one_caller_are_bounded_and_one_after_the_other(stage: Stage) -> None:
    contact = await _asked(stage)
    for _ in range(9):
        _propose(stage, contact)
    await settle()
    assert stage.control.played.count("propose-callback") == 1
    for _ in range(9):
        stage.control.keys.put_nowait("")
    await until(lambda: not stage.calls.waiting.is_talking(contact))
    assert stage.control.played.count("propose-callback") == 5


# --- refusals --------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", ["queue_full", "closed", "nobody_there"])
async def test_who_cannot_wait_hears_why(stage: Stage, reason: str) -> None:
    contact = await stage.arrives()
    stage.router.state.drop_contact(contact)
    stage.performer._take(RefuseContact(contact=contact, reason=reason))
    await until(lambda: (contact,) in stage.control.orders("hang_up"))
    assert stage.control.played[-1] == reason.replace("_", "-")
    assert stage.board.get(contact) is None
    await stage.hangs_up(contact)
    assert await stage.journal.flush(1)
    stored = await stage.crm.contacts.get(contact)
    assert stored is not None
    assert stored.state is ContactState.ENDED


async def test_what_there_are_no_words_for_goes_to_asterisk_s_own_queue(stage: Stage) -> None:
    contact = await stage.arrives(keys="2")
    stage.performer._take(RefuseContact(contact=contact, reason="channel_not_served"))
    await until(lambda: stage.control.orders("leave") == [(contact, SALES)])


async def test_a_text_contact_is_told_why(stage: Stage) -> None:
    await stage.text.handle(stage.inbound())
    (contact,) = stage.board.all()
    stage.performer._take(RefuseContact(contact=contact.id, reason="closed"))
    await until(lambda: bool(stage.post.sent))
    assert "受付時間外" in stage.post.sent[0].text
