"""An agent's phone that vanishes while others are in the call: he has it again, with all who were in it."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from acd.events import ContactReturned
from acd.ids import AgentId, ContactId
from cti.ami_events import ContactStatus, ContactStatusChanged
from cti.errors import LegGone
from cti.listener import GoneCause, LegFailure
from hub.board import LiveContact
from hub.call import LOST
from hub.desktop.protocol import PartyState
from hub.desktop.refusals import Refusal
from tests.hub.doubles import SATO, SUZUKI, TANAKA
from tests.hub.fakes import until
from tests.hub.stage import SALES, SUPPORT, Stage, sato_talks, staff
from tests.hub.test_talks import calls_outside, consults, does, hangs_up, own_leg, refused, states


@pytest.fixture
async def stage(stage: Stage) -> AsyncIterator[Stage]:
    stage.calls.lost_phones.qualify = _qualify
    await staff(stage)
    yield stage
    await stage.calls.lost_phones.close()


async def _qualify(agent: AgentId) -> None:
    pass


@pytest.fixture
async def call(stage: Stage) -> ContactId:
    return await sato_talks(stage)


async def vanishes(stage: Stage, call: ContactId) -> None:
    """Let sato's phone vanish in a call."""
    leg = own_leg(stage, call)
    stage.control.legs.discard(leg)
    stage.control.log.clear()
    await stage.voice.leg_gone(leg, GoneCause.PHONE_LOST)
    assert own_leg(stage, call) == LOST


def registers(stage: Stage) -> None:
    """Let sato's phone register, some time after its call began."""
    stage.live(stage.board.of_agent(SATO)[0].id).since_ms -= 1
    stage.calls.lost_phones.received(
        ContactStatusChanged("sato", "sip:sato@192.0.2.1:2", ContactStatus.NOT_QUALIFIED, None)
    )


async def rung_again(stage: Stage) -> str:
    """Wait until sato's phone rings once more; returns the leg."""
    await until(lambda: bool(stage.control.orders("ring")))
    ((_, ref, endpoint),) = stage.control.orders("ring")
    assert endpoint == "PJSIP/sato"
    return str(ref)


async def answers(stage: Stage, call: ContactId, ref: str) -> None:
    stage.control.legs.add(ref)
    await stage.voice.leg_answered(ref)
    await until(lambda: own_leg(stage, call) == ref)


async def has_it_offered(stage: Stage, call: ContactId) -> None:
    """Let sato take the call that is offered to him, to nobody else, once more."""
    offer = await stage.is_offered(call)
    await stage.answers(offer)
    found = stage.voice.call_of(call)
    await until(lambda: found is not None and found.leg == offer)
    assert stage.live(call).agent == SATO


def still_with(stage: Stage, call: ContactId, agent: AgentId = SATO) -> LiveContact:
    """Assert that router and board have a call with an agent, and that nobody gave it away."""
    record = stage.record(call)
    assert record is not None
    assert record.agent == agent == stage.live(call).agent
    assert not [event for event in stage.router.events if isinstance(event, ContactReturned)]
    return stage.live(call)


@pytest.mark.parametrize("is_swapped", [False, True])
async def test_who_consults_has_the_call_again_and_the_other_waits(
    stage: Stage, call: ContactId, is_swapped: bool
) -> None:
    contact, _ = await consults(stage, call)
    if is_swapped:
        await does(stage, "swap", call)
    await vanishes(stage, call)
    assert states(stage, call) == [(SUZUKI, PartyState.HELD)]
    assert stage.control.orders("keep_waiting") == [(call,)]
    assert stage.control.orders("hand_over") == []
    registers(stage)
    ref = await rung_again(stage)
    await answers(stage, call, ref)
    assert stage.control.orders("hand_over") == [(call, ref)]
    assert states(stage, call) == [(SUZUKI, PartyState.HELD)]
    assert not still_with(stage, call).held
    await stage.agrees()
    await does(stage, "swap", call)
    assert states(stage, call) == [(SUZUKI, PartyState.TALKING)]
    await hangs_up(stage, ref)
    await until(lambda: stage.live(call).agent == SUZUKI)
    await stage.gone(contact)


async def test_a_conference_goes_on_until_its_agent_is_back(stage: Stage, call: ContactId) -> None:
    await consults(stage, call)
    await does(stage, "conference", call)
    await vanishes(stage, call)
    assert states(stage, call) == [(SUZUKI, PartyState.JOINED)]
    assert not stage.live(call).held
    registers(stage)
    await answers(stage, call, await rung_again(stage))
    assert states(stage, call) == [(SUZUKI, PartyState.JOINED)]
    still_with(stage, call)


async def test_who_is_only_rung_is_let_go_and_the_call_stays_with_its_agent(
    stage: Stage, call: ContactId
) -> None:
    await does(stage, "consult", call, to={"agent": SUZUKI})
    await until(lambda: bool(stage.board.offers_to(SUZUKI)))
    contact = stage.board.offers_to(SUZUKI)[0].contact
    await vanishes(stage, call)
    await stage.gone(contact)
    still_with(stage, call)
    registers(stage)
    await has_it_offered(stage, call)


async def test_one_who_does_not_answer_leaves_the_call_to_whom_he_consulted(
    stage: Stage, call: ContactId
) -> None:
    contact, ref = await consults(stage, call)
    await vanishes(stage, call)
    registers(stage)
    await stage.voice.leg_failed(await rung_again(stage), LegFailure.NO_ANSWER)
    await until(lambda: stage.live(call).agent == SUZUKI)
    await stage.gone(contact)
    assert own_leg(stage, call) == ref


async def test_the_caller_hears_music_once_the_last_other_one_hangs_up(stage: Stage, call: ContactId) -> None:
    outside = await calls_outside(stage, call)
    await does(stage, "conference", call)
    await vanishes(stage, call)
    await hangs_up(stage, outside)
    assert stage.control.orders("keep_waiting") == [(call,), (call,)]
    assert (states(stage, call), own_leg(stage, call)) == ([], LOST)
    registers(stage)
    await has_it_offered(stage, call)


async def test_nothing_is_done_with_a_phone_that_is_not_there(stage: Stage, call: ContactId) -> None:
    await consults(stage, call)
    await vanishes(stage, call)
    for kind in ("hold", "resume", "swap", "conference", "mute"):
        await refused(stage, Refusal.WRONG_STATE, kind, call)
    await refused(stage, Refusal.WRONG_STATE, "consult", call, to={"agent": TANAKA})
    await refused(stage, Refusal.WRONG_STATE, "send_digits", call, digits="1")
    assert states(stage, call) == [(SUZUKI, PartyState.HELD)]
    await does(stage, "hang_up", call)
    await until(lambda: stage.live(call).agent == SUZUKI)


@pytest.mark.parametrize("kind", ["transfer", "park"])
async def test_a_call_may_be_passed_on_while_the_phone_is_away(
    stage: Stage, call: ContactId, kind: str
) -> None:
    await vanishes(stage, call)
    stage.control.fails["park"] = LegGone("the call has no leg")
    if kind == "transfer":
        await does(stage, "transfer", call, to={"queue": SALES})
    else:
        await does(stage, "park", call)
    queue = SALES if kind == "transfer" else SUPPORT
    await until(lambda: (call, queue, None) in stage.control.orders("keep_place"))
    await until(lambda: stage.control.orders("start_music") == [(call,)])
    found = stage.voice.call_of(call)
    assert found is not None
    assert found.leg is None
    record = stage.record(call)
    assert record is not None
    assert (record.contact.queue, record.agent) == (queue, None)


async def test_an_agreement_meanwhile_changes_nothing(stage: Stage, call: ContactId) -> None:
    await vanishes(stage, call)
    await stage.agrees()
    await asyncio.sleep(0)
    still_with(stage, call)
    assert own_leg(stage, call) == LOST


# --- who was brought into a call ----------------------------------------------------------------------


async def consulted_vanishes(stage: Stage, ref: str) -> None:
    """Let suzuki's phone vanish, who is in a call by a leg."""
    stage.control.legs.discard(ref)
    stage.control.log.clear()
    await stage.voice.leg_gone(ref, GoneCause.PHONE_LOST)


async def consulted_is_rung(stage: Stage, contact: ContactId) -> str:
    """Let suzuki's phone register anew; returns the leg by which it rings."""
    stage.live(contact).since_ms -= 1
    stage.calls.lost_phones.received(
        ContactStatusChanged("suzuki", "sip:suzuki@192.0.2.1:2", ContactStatus.NOT_QUALIFIED, None)
    )
    await until(lambda: bool(stage.control.orders("ring")))
    ((_, ref, endpoint),) = stage.control.orders("ring")
    assert endpoint == "PJSIP/suzuki"
    return str(ref)


async def consulted_answers(stage: Stage, call: ContactId, ref: str, state: PartyState) -> None:
    stage.control.legs.add(ref)
    await stage.voice.leg_answered(ref)
    await until(lambda: states(stage, call) == [(SUZUKI, state)])


async def test_who_is_consulted_is_waited_for_and_consulted_again(stage: Stage, call: ContactId) -> None:
    contact, leg = await consults(stage, call)
    await consulted_vanishes(stage, leg)
    assert stage.control.orders("wait_apart") == [(call, own_leg(stage, call))]
    assert states(stage, call) == [(SUZUKI, PartyState.RINGING)]
    await stage.agrees()
    assert stage.control.orders("hang_up_leg") == []
    ref = await consulted_is_rung(stage, contact)
    await consulted_answers(stage, call, ref, PartyState.TALKING)
    assert stage.control.orders("consult") == [(call, ref)]
    await stage.agrees()
    await does(stage, "complete_transfer", call)
    await until(lambda: stage.live(call).agent == SUZUKI)
    assert own_leg(stage, call) == ref
    await stage.gone(contact)


async def test_one_who_waited_waits_again(stage: Stage, call: ContactId) -> None:
    contact, leg = await consults(stage, call)
    await does(stage, "swap", call)
    await consulted_vanishes(stage, leg)
    assert stage.control.orders("wait_apart") == []
    assert not stage.live(call).held
    ref = await consulted_is_rung(stage, contact)
    await consulted_answers(stage, call, ref, PartyState.HELD)
    assert stage.control.orders("wait_apart") == [(call, ref)]
    assert stage.control.orders("consult") == []
    assert not stage.live(call).held


async def test_one_in_a_conference_is_in_it_again(stage: Stage, call: ContactId) -> None:
    contact, leg = await consults(stage, call)
    await does(stage, "conference", call)
    await consulted_vanishes(stage, leg)
    assert not stage.live(call).held
    ref = await consulted_is_rung(stage, contact)
    await consulted_answers(stage, call, ref, PartyState.JOINED)
    assert stage.control.orders("enter") == [(call, ref)]


async def test_a_customer_hears_music_until_the_one_in_the_conference_is_in_it_again(
    stage: Stage, call: ContactId
) -> None:
    contact, leg = await consults(stage, call)
    await does(stage, "conference", call)
    await calls_outside(stage, call)
    assert not stage.live(call).held
    await consulted_vanishes(stage, leg)
    assert stage.control.orders("keep_waiting") == [(call,)]
    assert stage.live(call).held
    ref = await consulted_is_rung(stage, contact)
    stage.control.legs.add(ref)
    await stage.voice.leg_answered(ref)
    await until(lambda: stage.control.orders("enter") == [(call, ref)])
    assert not stage.live(call).held
    assert PartyState.TALKING in [state for _, state in states(stage, call)]


async def test_an_agent_who_goes_back_meanwhile_stays_with_the_customer(
    stage: Stage, call: ContactId
) -> None:
    contact, leg = await consults(stage, call)
    await consulted_vanishes(stage, leg)
    await does(stage, "swap", call)
    assert stage.control.orders("go_back") == [(call,)]
    ref = await consulted_is_rung(stage, contact)
    await consulted_answers(stage, call, ref, PartyState.HELD)
    assert stage.control.orders("consult") == []


async def test_one_who_does_not_come_back_is_let_go(stage: Stage, call: ContactId) -> None:
    contact, leg = await consults(stage, call)
    await consulted_vanishes(stage, leg)
    await stage.voice.leg_failed(await consulted_is_rung(stage, contact), LegFailure.NO_ANSWER)
    await stage.gone(contact)
    assert states(stage, call) == []
    assert stage.control.orders("go_back") == [(call,)]
    still_with(stage, call)


async def test_one_who_is_gone_before_he_is_back_in_is_let_go(stage: Stage, call: ContactId) -> None:
    contact, leg = await consults(stage, call)
    await consulted_vanishes(stage, leg)
    ref = await consulted_is_rung(stage, contact)
    await stage.voice.leg_answered(ref)  # and is no more
    await stage.gone(contact)
    assert states(stage, call) == []
    assert stage.control.orders("go_back") == [(call,)]


@pytest.mark.parametrize("by", ["remove", "hang_up"])
@pytest.mark.parametrize("is_rung", [False, True])
async def test_one_who_is_waited_for_can_be_let_go(
    stage: Stage, call: ContactId, by: str, is_rung: bool
) -> None:
    contact, leg = await consults(stage, call)
    await consulted_vanishes(stage, leg)
    ref = await consulted_is_rung(stage, contact) if is_rung else ""
    if by == "remove":
        await does(stage, "remove_party", call, party=contact)
    else:
        await does(stage, "hang_up", contact, SUZUKI)
    await stage.gone(contact)
    assert states(stage, call) == []
    assert (not ref) or (ref,) in stage.control.orders("hang_up_leg")
    still_with(stage, call)


async def test_the_customer_who_hangs_up_meanwhile_ends_it_all(stage: Stage, call: ContactId) -> None:
    contact, leg = await consults(stage, call)
    await consulted_vanishes(stage, leg)
    await stage.hangs_up(call)
    await stage.gone(contact)


async def test_both_phones_vanish_and_come_back(stage: Stage, call: ContactId) -> None:
    contact, leg = await consults(stage, call)
    await consulted_vanishes(stage, leg)
    await vanishes(stage, call)
    assert states(stage, call) == [(SUZUKI, PartyState.RINGING)]
    ref = await consulted_is_rung(stage, contact)
    await consulted_answers(stage, call, ref, PartyState.HELD)
    stage.control.log.clear()
    registers(stage)
    own = await rung_again(stage)
    await answers(stage, call, own)
    assert states(stage, call) == [(SUZUKI, PartyState.HELD)]
    assert own_leg(stage, call) == own
    still_with(stage, call)


async def test_a_phone_of_one_consulted_is_listened_to_when_its_registration_changes(
    stage: Stage, call: ContactId
) -> None:
    _, leg = await consults(stage, call)
    assert list(stage.calls.lost_phones._legs_of(SUZUKI)) == [leg]
    assert list(stage.calls.lost_phones._legs_of(SATO)) == [own_leg(stage, call)]
