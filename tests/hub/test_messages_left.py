"""Voice messages become contacts that agents answer."""

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace

from acd.contact import Channel, ContactState
from acd.ids import AgentId, ContactId, QueueName
from crm_bridge.identifiers import IdentifierKind
from crm_bridge.model import JourneyKind
from hub.desktop import protocol as shown
from hub.desktop.refusals import CommandRefused, Refusal
from hub.messages_left import MessagesLeft, contact_of
from hub.recordings.catalogue import StoredRecording
from hub.recordings.draft import Draft, Drafts, Kind
from tests.hub.doubles import SATO, TANAKA
from tests.hub.fakes import settle, until
from tests.hub.recordings.made import ID, draft_in, vault_in
from tests.hub.stage import NUMBER, SALES, SUPPORT, Stage, command

NOBODY_S = ContactId("pbx1-never-written")


@pytest.fixture
def left(stage: Stage) -> MessagesLeft:
    return _messages(stage)


def _messages(stage: Stage) -> MessagesLeft:
    return MessagesLeft(
        crm=stage.crm,
        board=stage.board,
        report=stage.performer._report,
        mend=stage.performer.agree_soon,
        routed=stage.text.routed,
    )


async def _stored(folder: Path, call: ContactId, **more: object) -> tuple[Draft, StoredRecording]:
    """Return what the archivist has of a message that was left in a call."""
    drafts = Drafts(folder / "spool")
    made = draft_in(drafts, kind=Kind.VOICEMAIL, agents=(), contact=call)
    draft = replace(made, **more)
    return draft, await vault_in(folder).put(draft, drafts)


async def _called(stage: Stage, number: str | None = NUMBER) -> ContactId:
    """Let somebody call and leave, and all of it be written."""
    contact = await stage.arrives(number)
    await stage.hangs_up(contact)
    await stage.gone(contact)
    assert await stage.journal.flush(1)
    return contact


async def test_a_message_is_offered_answered_by_a_call_and_closed(
    stage: Stage, left: MessagesLeft, tmp_path: Path
) -> None:
    call = await _called(stage)
    draft, stored = await _stored(tmp_path, call)
    await stage.presence(SATO)
    await left.queue(draft, stored, "折り返してください")
    contact = await stage.takes()
    assert (contact.channel, contact.queue, contact.address) == (Channel.VOICEMAIL, SUPPORT, NUMBER)
    known = await stage.crm.customers.identify(IdentifierKind.PHONE, NUMBER)
    assert known is not None
    assert contact.customer == known.customer.id
    (*_, seen) = [each for each in stage.screens.of(SATO, shown.ContactShown) if each.id == contact.id]
    (message,) = seen.messages
    assert (message.kind, message.text) == ("voicemail", "折り返してください")
    assert (message.recording, message.length_ms) == (ID, 1000)
    await stage.desk.command(SATO, command("call_me", contact=contact.id))
    await until(lambda: any(each.outbound and each.address == NUMBER for each in stage.board.all()))
    await stage.desk.command(SATO, command("hang_up", contact=contact.id))
    await stage.sees(SATO, contact.id, shown.ShownState.WRAP_UP)
    await stage.desk.command(SATO, command("wrap_up", contact=contact.id, disposition="resolved"))
    await stage.gone(contact.id)
    assert await stage.journal.flush(1)
    items = await stage.crm.journey.timeline(known.customer.id)
    ours = [(item.kind, item.text) for item in items if item.contact == contact.id]
    assert (JourneyKind.MESSAGE_IN, "折り返してください") in ours
    assert (JourneyKind.DISPOSITION, "resolved") in ours


@pytest.mark.parametrize("kind", ["send", "send_call_code", "send_call_link", "hand_back"])
async def test_nobody_is_written_to_by_it(
    stage: Stage, left: MessagesLeft, tmp_path: Path, kind: str
) -> None:
    await left.queue(*await _stored(tmp_path, await _called(stage)), "")
    await stage.presence(SATO)
    contact = await stage.takes()
    more = {"send": {"message": "m1", "text": "はい"}, "send_call_code": {"message": "m1"}}.get(kind, {})
    with pytest.raises(CommandRefused) as refused:
        await stage.desk.command(SATO, command(kind, contact=contact.id, **more))
    assert refused.value.code is Refusal.NOT_A_THREAD
    assert stage.post.sent == []


async def test_a_caller_without_a_number_is_heard_but_not_called(
    stage: Stage, left: MessagesLeft, tmp_path: Path
) -> None:
    await left.queue(*await _stored(tmp_path, await _called(stage, None)), "")
    await stage.presence(SATO)
    contact = await stage.takes()
    assert (contact.address, contact.customer) == (None, None)
    with pytest.raises(CommandRefused) as refused:
        await stage.desk.command(SATO, command("call_me", contact=contact.id))
    assert refused.value.code is Refusal.NO_NUMBER


async def test_it_waits_as_its_call_did(stage: Stage, left: MessagesLeft, tmp_path: Path) -> None:
    call = await _called(stage)
    wanted = {"skills": {"english": 3}, "priority": 2, "preferred": TANAKA}
    await left.queue(*await _stored(tmp_path, call, **wanted), "")
    await until(lambda: stage.record(contact_of(call)) is not None)
    record = stage.record(contact_of(call))
    assert record is not None
    assert (record.contact.skills, record.contact.priority) == ({"english": 3}, 2)
    assert record.contact.preferred[0] == TANAKA
    assert stage.live(contact_of(call)).ivr == (("main", "1"),)


async def test_told_again_it_is_one_and_what_is_done_stays_so(
    stage: Stage, left: MessagesLeft, tmp_path: Path
) -> None:
    call = await _called(stage)
    message = await _stored(tmp_path, call)
    for again in (left, left, _messages(stage)):
        await again.queue(*message, "")
    assert [each.id for each in stage.board.all()] == [contact_of(call)]
    await stage.presence(SATO)
    contact = await stage.takes()
    await stage.desk.command(SATO, command("hang_up", contact=contact.id))
    await stage.sees(SATO, contact.id, shown.ShownState.WRAP_UP)
    await stage.desk.command(SATO, command("wrap_up", contact=contact.id, disposition="resolved"))
    await stage.gone(contact.id)
    assert await stage.journal.flush(1)
    await left.queue(*message, "")
    await settle()
    assert stage.board.all() == []


async def test_a_router_that_lost_it_hears_of_it_again(
    stage: Stage, left: MessagesLeft, tmp_path: Path
) -> None:
    call = await _called(stage)
    await left.queue(*await _stored(tmp_path, call), "")
    await until(lambda: stage.record(contact_of(call)) is not None)
    stage.router.state.drop_contact(contact_of(call))
    stage.board.drop(contact_of(call))
    await stage.agrees()
    await until(lambda: stage.record(contact_of(call)) is not None)
    assert stage.live(contact_of(call)).state is ContactState.WAITING


async def test_before_all_agree_the_router_is_not_told(
    stage: Stage, left: MessagesLeft, tmp_path: Path
) -> None:
    call, before = await _called(stage), stage.agreements
    stage.board.loaded.clear()
    await left.queue(*await _stored(tmp_path, call), "")
    await until(lambda: stage.agreements > before)
    await until(lambda: stage.record(contact_of(call)) is not None)


async def test_a_message_of_a_call_that_was_never_written_has_no_caller(
    stage: Stage, left: MessagesLeft, tmp_path: Path
) -> None:
    await left.queue(*await _stored(tmp_path, NOBODY_S), "")
    await until(lambda: stage.record(contact_of(NOBODY_S)) is not None)
    assert stage.live(contact_of(NOBODY_S)).address is None


async def test_a_queue_that_is_full_takes_it_and_has_room_for_a_call_all_the_same(
    stage: Stage, left: MessagesLeft, tmp_path: Path
) -> None:
    first = await stage.arrives(keys="2")  # one may wait there
    call = await _called(stage)
    await left.queue(*await _stored(tmp_path, call, queue=SALES), "")
    await until(lambda: stage.record(contact_of(call)) is not None)
    await stage.hangs_up(first)
    await stage.gone(first)
    second = await stage.arrives(number="+819011112222", keys="2")
    assert stage.record(second) is not None


async def test_a_queue_that_does_not_take_them_has_it_in_the_journey_only(
    stage: Stage, left: MessagesLeft, tmp_path: Path
) -> None:
    call = await _called(stage)
    await left.queue(*await _stored(tmp_path, call, queue=QueueName("nowhere")), "")
    await stage.gone(contact_of(call))
    async with asyncio.timeout(10):
        while not await _is_over(stage, contact_of(call)):  # noqa: ASYNC110 - it is written behind
            await asyncio.sleep(0.01)
    assert stage.post.sent == []


async def _is_over(stage: Stage, contact: ContactId) -> bool:
    record = await stage.crm.contacts.get(contact)
    return record is not None and record.state is ContactState.ENDED


async def test_who_has_the_message_may_hear_it(stage: Stage, left: MessagesLeft, tmp_path: Path) -> None:
    draft, stored = await _stored(tmp_path, await _called(stage))
    await left.queue(draft, stored, "")
    assert not await left.is_for(SATO, stored)
    await stage.presence(SATO)
    contact = await stage.takes()
    assert await left.is_for(SATO, stored)
    assert not await left.is_for(AgentId("tanaka"), stored)
    await stage.desk.command(SATO, command("hang_up", contact=contact.id))
    await stage.sees(SATO, contact.id, shown.ShownState.WRAP_UP)
    await stage.desk.command(SATO, command("wrap_up", contact=contact.id, disposition="resolved"))
    await stage.gone(contact.id)
    assert await stage.journal.flush(1)
    assert await left.is_for(SATO, stored)
    assert not await left.is_for(TANAKA, stored)
