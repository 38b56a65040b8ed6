"""Supervisors in other agents' calls, on the real routing core and a fake call control."""

from typing import NoReturn

import pytest

from acd.agent import Presence
from acd.ids import AgentId, ContactId
from crm_bridge.identifiers import IdentifierKind, LinkedBy
from crm_bridge.model import JourneyKind
from cti.errors import CallGone, LegGone, NodeUnavailable
from cti.legs import SUPERVISOR
from cti.listener import GoneCause, LegFailure
from hub.accounts import Account, Role
from hub.audit import Deed, Entry
from hub.desktop.protocol import ContactShown, ShownState, SupervisionShown
from hub.desktop.protocol import SupervisionState as State
from hub.desktop.refusals import CommandRefused, Refusal
from hub.errors import DatabaseUnavailable
from tests.hub.doubles import BOSS, SATO, TANAKA
from tests.hub.fakes import until
from tests.hub.stage import NUMBER, Stage, command


@pytest.fixture
async def talk(stage: Stage) -> tuple[ContactId, str]:
    """A call of SATO's; BOSS is signed in and has none. Returns contact and leg."""
    await stage.presence(SATO)
    await stage.desk.agent_joined(_boss())
    contact = await stage.arrives()
    return contact, await stage.talks(contact)


def _boss() -> Account:
    return Account(BOSS, "Boss", Role.SUPERVISOR, 0)


async def _commands(stage: Stage, kind: str, contact: str, agent: AgentId = BOSS, **fields: object) -> None:
    await stage.desk.command(agent, command(kind, contact=contact, **fields))


async def _rings(stage: Stage, contact: str, mode: str = "listen") -> str:
    """Have a supervisor's phone rung; returns its leg."""
    await _commands(stage, "supervise", contact, mode=mode)
    return _last_leg(stage)


def _last_leg(stage: Stage) -> str:
    _, ref, phone = stage.control.orders("ring")[-1]
    assert phone == f"PJSIP/{BOSS}"
    assert isinstance(ref, str)
    assert ref.startswith(SUPERVISOR)
    return ref


async def _listens(stage: Stage, contact: str, mode: str = "listen") -> str:
    ref = await _rings(stage, contact, mode)
    await stage.answers(ref)
    return ref


async def _refused(stage: Stage, kind: str, contact: str, agent: AgentId = BOSS, **fields: object) -> Refusal:
    with pytest.raises(CommandRefused) as refused:
        await _commands(stage, kind, contact, agent, **fields)
    return refused.value.code


def _shown(stage: Stage) -> list[tuple[str, State, str]]:
    return [(each.mode, each.state, each.reason) for each in stage.screens.of(BOSS, SupervisionShown)]


async def _audited(stage: Stage) -> list[Entry]:
    return await stage.audit.entries()


async def test_a_supervisor_listens_changes_the_mode_and_stops(
    stage: Stage, talk: tuple[ContactId, str]
) -> None:
    contact, _ = talk
    ref = await _listens(stage, contact)
    await _commands(stage, "supervise", contact, mode="listen")
    await _commands(stage, "supervise", contact, mode="whisper")
    await _commands(stage, "stop_supervising", contact)
    await stage.voice.leg_gone(ref, GoneCause.HUNG_UP)
    assert stage.control.orders("supervise") == [(contact, ref, "listen"), (contact, ref, "whisper")]
    assert _shown(stage) == [
        ("listen", State.RINGING, ""),
        ("listen", State.LISTENING, ""),
        ("whisper", State.LISTENING, ""),
        ("whisper", State.ENDED, "stopped"),
    ]
    assert not stage.control.orders("hang_up")
    assert stage.live(contact).agent == SATO
    assert stage.screens.of(BOSS, ContactShown) == []
    deeds = [(each.actor, each.deed, each.subject, each.detail) for each in await _audited(stage)]
    assert deeds == [
        (BOSS, Deed.SUPERVISE, contact, {"agent": SATO, "mode": mode}) for mode in ("whisper", "listen")
    ]


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        (LegFailure.BUSY, "busy"),
        (LegFailure.NO_ANSWER, "no_answer"),
        (LegFailure.UNREACHABLE, "unreachable"),
        (LegFailure.CANCELLED, "call_ended"),
    ],
)
async def test_a_phone_that_is_not_answered_says_why(
    stage: Stage, talk: tuple[ContactId, str], reason: LegFailure, told: str
) -> None:
    contact, _ = talk
    ref = await _rings(stage, contact)
    await stage.voice.leg_failed(ref, reason)
    assert _shown(stage)[-1] == ("listen", State.ENDED, told)
    await _rings(stage, contact)  # and may try again


async def test_a_mode_may_change_while_the_phone_rings(stage: Stage, talk: tuple[ContactId, str]) -> None:
    contact, _ = talk
    ref = await _rings(stage, contact)
    await _commands(stage, "supervise", contact, mode="barge")
    await stage.answers(ref)
    assert stage.control.orders("supervise") == [(contact, ref, "barge")]


async def test_a_phone_answered_after_stop_is_hung_up(stage: Stage, talk: tuple[ContactId, str]) -> None:
    contact, _ = talk
    ref = await _rings(stage, contact)
    await _commands(stage, "stop_supervising", contact)
    assert await _refused(stage, "supervise", contact, mode="listen") is Refusal.WRONG_STATE
    await stage.voice.leg_failed(ref, LegFailure.CANCELLED)
    assert _shown(stage)[-1] == ("listen", State.ENDED, "stopped")
    await stage.answers(ref)
    assert stage.control.orders("hang_up_leg")[-1] == (ref,)


@pytest.mark.parametrize("error", [CallGone("c"), LegGone("c"), NodeUnavailable("c")])
async def test_a_call_that_ended_meanwhile_ends_it(
    stage: Stage, talk: tuple[ContactId, str], error: Exception
) -> None:
    contact, _ = talk
    stage.control.fails["supervise"] = error  # type: ignore[assignment]
    ref = await _listens(stage, contact)
    assert stage.control.orders("hang_up_leg") == [(ref,)]
    await stage.voice.leg_gone(ref, GoneCause.HUNG_UP)
    assert _shown(stage)[-1] == ("listen", State.ENDED, "call_ended")


async def test_the_supervisor_hangs_up(stage: Stage, talk: tuple[ContactId, str]) -> None:
    contact, _ = talk
    ref = await _listens(stage, contact)
    await stage.voice.leg_gone(ref, GoneCause.HUNG_UP)
    assert _shown(stage)[-1] == ("listen", State.ENDED, "hung_up")
    assert not stage.control.orders("hang_up")


async def test_the_customer_hangs_up(stage: Stage, talk: tuple[ContactId, str]) -> None:
    contact, _ = talk
    ref = await _listens(stage, contact)
    await stage.hangs_up(contact)
    await stage.voice.leg_gone(ref, GoneCause.HUNG_UP)
    assert _shown(stage)[-1] == ("listen", State.ENDED, "call_ended")


async def test_the_agent_hangs_up(stage: Stage, talk: tuple[ContactId, str]) -> None:
    contact, leg = talk
    ref = await _listens(stage, contact)
    stage.control.legs.discard(leg)
    await stage.voice.leg_gone(leg, GoneCause.HUNG_UP)
    await stage.voice.leg_gone(ref, GoneCause.HUNG_UP)
    assert _shown(stage)[-1] == ("listen", State.ENDED, "call_ended")
    assert stage.control.orders("hang_up") == [(contact,)]


async def test_another_hub_that_takes_the_node_ends_it(stage: Stage, talk: tuple[ContactId, str]) -> None:
    contact, _ = talk
    await _listens(stage, contact)
    stage.voice.stand_by()
    assert _shown(stage)[-1] == ("listen", State.ENDED, "call_ended")


async def test_a_desktop_that_comes_back_is_shown_what_stands(
    stage: Stage, talk: tuple[ContactId, str]
) -> None:
    contact, _ = talk
    await _listens(stage, contact, "whisper")
    shown = [each for each in await stage.desk.agent_joined(_boss()) if isinstance(each, SupervisionShown)]
    assert [(each.contact, each.agent, each.mode, each.state) for each in shown] == [
        (contact, SATO, "whisper", State.LISTENING)
    ]


async def test_what_is_refused(stage: Stage, talk: tuple[ContactId, str]) -> None:
    contact, _ = talk
    await stage.text.handle(stage.inbound())
    text = next(each for each in stage.board.all() if each.id != contact)
    for kind, mode in (("supervise", "listen"), ("take_over", "")):
        for agent in (TANAKA, SATO):
            assert await _refused(stage, kind, contact, agent, mode=mode) is Refusal.NOT_ALLOWED
        assert await _refused(stage, kind, "nobody", mode=mode) is Refusal.UNKNOWN_CONTACT
        assert await _refused(stage, kind, text.id, mode=mode) is Refusal.NOT_A_CALL
    assert await _refused(stage, "stop_supervising", contact) is Refusal.WRONG_STATE
    assert not await _audited(stage)
    assert len(stage.control.orders("ring")) == 1


async def test_one_s_own_call_is_no_other_agent_s(stage: Stage, talk: tuple[ContactId, str]) -> None:
    contact, _ = talk
    stage.live(contact).agent = BOSS
    assert await _refused(stage, "supervise", contact, mode="listen") is Refusal.TO_ONESELF
    assert await _refused(stage, "take_over", contact) is Refusal.TO_ONESELF


async def test_a_call_that_waits_cannot_be_listened_to(stage: Stage, talk: tuple[ContactId, str]) -> None:
    waiting = await stage.arrives()
    assert await _refused(stage, "supervise", waiting, mode="listen") is Refusal.WRONG_STATE


async def test_one_call_at_a_time(stage: Stage, talk: tuple[ContactId, str]) -> None:
    contact, _ = talk
    await stage.presence(TANAKA)
    other = await stage.arrives()
    await stage.talks(other, TANAKA)
    await _listens(stage, contact)
    assert await _refused(stage, "supervise", other, mode="listen") is Refusal.WRONG_STATE
    assert await _refused(stage, "take_over", other) is Refusal.WRONG_STATE
    assert await _refused(stage, "stop_supervising", other) is Refusal.WRONG_STATE


async def test_without_a_database_nobody_listens(
    stage: Stage, talk: tuple[ContactId, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    contact, _ = talk

    async def away(*_: object, **__: object) -> NoReturn:
        raise DatabaseUnavailable("stopped by the test")

    ref = await _listens(stage, contact)
    monkeypatch.setattr(stage.audit, "note", away)
    with pytest.raises(DatabaseUnavailable):
        await _commands(stage, "supervise", contact, mode="barge")
    with pytest.raises(DatabaseUnavailable):
        await _commands(stage, "take_over", contact)
    await stage.voice.leg_gone(ref, GoneCause.HUNG_UP)
    with pytest.raises(DatabaseUnavailable):
        await _commands(stage, "supervise", contact, mode="listen")
    assert len(stage.control.orders("ring")) == 2
    assert [each[2] for each in stage.control.orders("supervise")] == ["listen"]


async def _is_taken_over(stage: Stage, contact: ContactId, ref: str) -> None:
    await stage.sees(BOSS, contact, ShownState.CONNECTED)
    await stage.sees(SATO, contact, ShownState.ENDED)
    record = stage.record(contact)
    assert record is not None
    assert record.agent == stage.live(contact).agent == BOSS
    assert stage.control.orders("hand_over") == [(contact, ref)]
    assert _shown(stage)[-1][1:] == (State.ENDED, "taken_over")
    (deed,) = (each for each in await _audited(stage) if each.deed is Deed.TAKE_OVER)
    assert (deed.actor, deed.subject, deed.detail) == (BOSS, contact, {"agent": SATO})


async def test_a_call_is_taken_over_by_who_listens(stage: Stage, talk: tuple[ContactId, str]) -> None:
    contact, leg = talk
    ref = await _listens(stage, contact)
    await _commands(stage, "take_over", contact)
    await _is_taken_over(stage, contact, ref)
    stage.control.legs.discard(leg)
    await stage.voice.leg_gone(leg, GoneCause.HUNG_UP)
    assert not stage.control.orders("hang_up"), "the end of the agent's leg is not the end of the call"
    await stage.agrees()
    assert stage.live(contact).agent == BOSS
    await stage.voice.leg_gone(ref, GoneCause.HUNG_UP)
    assert stage.control.orders("hang_up") == [(contact,)]
    await stage.hangs_up(contact)
    await stage.sees(BOSS, contact, ShownState.WRAP_UP)
    assert stage.board.of_agent(SATO) == []
    assert await stage.journal.flush(1)


async def test_a_call_is_taken_over_at_once(stage: Stage, talk: tuple[ContactId, str]) -> None:
    contact, _ = talk
    await _commands(stage, "take_over", contact)
    ref = _last_leg(stage)
    assert not stage.control.orders("hand_over")
    await stage.answers(ref)
    await _is_taken_over(stage, contact, ref)
    assert await stage.journal.flush(1)
    known = await stage.crm.customers.ensure(IdentifierKind.PHONE, NUMBER, LinkedBy.CALLER_ID, at_ms=1)
    await stage.crm.contacts.assign_customer(contact, known.id)
    items = await stage.crm.journey.timeline(known.id)
    item = next(each for each in items if each.kind is JourneyKind.TAKEN_OVER)
    assert (item.agent, item.contact, item.detail) == (BOSS, contact, {"from": SATO})


async def test_a_call_may_be_taken_over_while_the_phone_rings(
    stage: Stage, talk: tuple[ContactId, str]
) -> None:
    contact, _ = talk
    ref = await _rings(stage, contact)
    await _commands(stage, "take_over", contact)
    await _commands(stage, "take_over", contact)
    await stage.answers(ref)
    await _is_taken_over(stage, contact, ref)


async def test_who_has_no_room_takes_nothing_over(stage: Stage, talk: tuple[ContactId, str]) -> None:
    contact, leg = talk
    ref = await _listens(stage, contact)
    await stage.presence(BOSS, Presence.OFFLINE)
    assert await _refused(stage, "take_over", contact) is Refusal.WRONG_STATE
    assert not stage.control.orders("hand_over")
    assert _shown(stage)[-1] == ("listen", State.LISTENING, "")
    record = stage.record(contact)
    assert record is not None
    assert record.agent == SATO
    assert ref != leg


async def test_a_phone_that_goes_during_the_take_over_leaves_the_call_with_its_agent(
    stage: Stage, talk: tuple[ContactId, str]
) -> None:
    contact, leg = talk
    ref = await _listens(stage, contact)
    stage.control.legs.discard(ref)
    assert await _refused(stage, "take_over", contact) is Refusal.WRONG_STATE
    await until(lambda: stage.live(contact).agent == SATO)
    call = stage.voice.call_of(contact)
    assert call is not None
    assert call.leg == leg
