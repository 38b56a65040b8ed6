"""What agents do with calls, and what becomes of a call when one of those in it goes."""

import asyncio
from dataclasses import replace

import pytest

from acd.contact import ContactState
from acd.events import ContactHandedOver
from acd.ids import AgentId, ContactId
from crm_bridge.identifiers import IdentifierKind
from crm_bridge.model import JourneyKind
from cti.errors import CallRefused
from cti.incoming import IncomingCall
from cti.listener import FoundCall, FoundLeg, GoneCause, LegFailure, Place
from hub.board import LiveContact
from hub.call import Call
from hub.desktop import protocol as shown
from hub.desktop.protocol import PartyState, ShownState
from hub.desktop.refusals import CommandRefused, Refusal
from hub.parties import Party
from tests.hub.doubles import SATO, SUZUKI, TANAKA
from tests.hub.fakes import until
from tests.hub.stage import NODE, NUMBER, SALES, SUPPORT, Stage, command, sato_talks, staff

OUTSIDE = "03-1234-5678"
ENDED, WRAP_UP, CONNECTED = shown.ShownState.ENDED, shown.ShownState.WRAP_UP, shown.ShownState.CONNECTED


@pytest.fixture
async def stage(stage: Stage) -> Stage:
    await staff(stage)
    return stage


@pytest.fixture
async def call(stage: Stage) -> ContactId:
    return await sato_talks(stage)


async def does(stage: Stage, kind: str, contact: str, agent: AgentId = SATO, **fields: object) -> None:
    await stage.desk.command(agent, command(kind, contact=contact, **fields))


async def refused(stage: Stage, code: Refusal, kind: str, contact: str, **fields: object) -> None:
    """Let sato ask for what is not done."""
    with pytest.raises(CommandRefused) as refusal:
        await does(stage, kind, contact, SATO, **fields)
    assert refusal.value.code is code


def own_leg(stage: Stage, call: ContactId) -> str:
    found = stage.voice.call_of(call)
    assert found is not None
    assert found.leg is not None
    return found.leg


def states(stage: Stage, contact: str) -> list[tuple[str | None, PartyState]]:
    parties = stage.live(ContactId(contact)).parties
    return [(party.agent or party.number, party.state) for party in parties]


async def rings_about(stage: Stage, agent: AgentId = SUZUKI) -> LiveContact:
    """Wait until an agent's phone rings for a consultation; returns its contact."""

    def found() -> bool:
        return any(order[2] == f"PJSIP/{agent}" for order in stage.control.orders("ring"))

    await until(found)
    (offer,) = stage.board.offers_to(agent)
    return stage.live(offer.contact)


async def consults(stage: Stage, call: ContactId, agent: AgentId = SUZUKI) -> tuple[ContactId, str]:
    """Let sato consult an agent, who answers; returns contact and leg of the one consulted."""
    await does(stage, "consult", call, to={"agent": agent})
    contact = await rings_about(stage, agent)
    (offer,) = contact.offers
    await stage.answers(offer.offer)
    await stage.sees(agent, contact.id, CONNECTED)
    await until(lambda: (agent, PartyState.TALKING) in states(stage, call))
    return contact.id, offer.offer


async def calls_outside(stage: Stage, call: ContactId) -> str:
    """Let sato consult a number outside, which answers; returns its leg."""
    await does(stage, "consult", call, to={"number": OUTSIDE})
    _, ref, endpoint = stage.control.orders("ring")[-1]
    assert endpoint == "PJSIP/0312345678@carrier"
    stage.control.legs.add(str(ref))
    await stage.voice.leg_answered(str(ref))
    return str(ref)


async def hangs_up(stage: Stage, ref: str) -> None:
    """Let who is on a leg hang up."""
    stage.control.legs.discard(ref)
    await stage.voice.leg_gone(ref, GoneCause.HUNG_UP)


async def kinds(stage: Stage) -> list[JourneyKind]:
    await stage.journal.flush(5)
    known = await stage.crm.customers.identify(IdentifierKind.PHONE, NUMBER)
    assert known is not None
    return [item.kind for item in await stage.crm.journey.timeline(known.customer.id, 50)]


# --- hold, mute, digits ------------------------------------------------------------------------------


async def test_a_call_is_held_and_resumed(stage: Stage, call: ContactId) -> None:
    await does(stage, "hold", call)
    assert stage.live(call).held
    await does(stage, "resume", call)
    assert not stage.live(call).held
    stage.control.fails["hold"] = CallRefused("no")
    await refused(stage, Refusal.WRONG_STATE, "hold", call)
    assert not stage.live(call).held


async def test_an_agent_is_muted(stage: Stage, call: ContactId) -> None:
    await does(stage, "mute", call)
    assert stage.live(call).muted
    await does(stage, "unmute", call)
    leg = own_leg(stage, call)
    assert [stage.control.orders(each) for each in ("mute", "unmute")] == [[(leg,)], [(leg,)]]
    assert [each.muted for each in stage.screens.of(SATO, shown.ContactShown)[-2:]] == [True, False]


async def test_digits_are_sent(stage: Stage, call: ContactId) -> None:
    await does(stage, "send_digits", call, digits="12#")
    assert stage.control.orders("send_digits") == [(call, "12#")]


# --- consultation ------------------------------------------------------------------------------------


async def test_who_is_consulted_sees_the_customer_and_who_asks_before_it_rings(
    stage: Stage, call: ContactId
) -> None:
    await does(stage, "consult", call, to={"agent": SUZUKI})
    contact = await rings_about(stage)
    (pop,) = stage.screens.of(SUZUKI, shown.ScreenPopped)
    assert (pop.contact, pop.address, pop.by) == (contact.id, NUMBER, "Sato")
    assert (contact.about, contact.customer) == (call, stage.live(call).customer)
    assert stage.live(call).held
    assert states(stage, call) == [(SUZUKI, PartyState.RINGING)]
    assert stage.control.orders("set_aside") == [(call,)]


async def test_both_desktops_show_a_consultation(stage: Stage, call: ContactId) -> None:
    contact, ref = await consults(stage, call)
    assert stage.control.orders("consult") == [(call, ref)]
    mine = stage.screens.of(SATO, shown.ContactShown)[-1]
    theirs = stage.screens.of(SUZUKI, shown.ContactShown)[-1]
    assert [(each.id, each.agent, each.name) for each in mine.parties] == [(contact, SUZUKI, "Suzuki")]
    assert (theirs.about, [each.agent for each in theirs.parties]) == (call, [SATO])
    await does(stage, "swap", call)
    assert (states(stage, call), stage.live(call).held) == ([(SUZUKI, PartyState.HELD)], False)
    await does(stage, "swap", call)
    assert (states(stage, call), stage.live(call).held) == ([(SUZUKI, PartyState.TALKING)], True)
    assert JourneyKind.CONSULTED in await kinds(stage)


async def test_a_completed_transfer_moves_the_call(stage: Stage, call: ContactId) -> None:
    contact, ref = await consults(stage, call)
    await does(stage, "complete_transfer", call)
    await until(lambda: stage.live(call).agent == SUZUKI)
    await stage.gone(contact)
    await stage.sees(SATO, call, ENDED)
    await stage.sees(SUZUKI, contact, ENDED)
    await stage.sees(SUZUKI, call, CONNECTED)
    assert own_leg(stage, call) == ref
    await does(stage, "hold", call, SUZUKI)
    await hangs_up(stage, ref)
    assert stage.control.orders("hang_up") == [(call,)]
    await stage.hangs_up(call)
    await stage.sees(SUZUKI, call, WRAP_UP)
    assert JourneyKind.TRANSFERRED in await kinds(stage)


@pytest.mark.parametrize("reason", [LegFailure.BUSY, LegFailure.NO_ANSWER, LegFailure.UNREACHABLE])
async def test_the_agent_is_back_with_the_customer_when_nobody_answers(
    stage: Stage, call: ContactId, reason: LegFailure
) -> None:
    await does(stage, "consult", call, to={"agent": SUZUKI})
    contact = await rings_about(stage)
    await stage.voice.leg_failed(contact.offers[0].offer, reason)
    await stage.gone(contact.id)
    await until(lambda: states(stage, call) == [])
    assert not stage.live(call).held
    assert stage.live(call).agent == SATO


async def test_a_consultation_is_called_off(stage: Stage, call: ContactId) -> None:
    await does(stage, "consult", call, to={"agent": SUZUKI})
    contact = await rings_about(stage)
    await does(stage, "remove_party", call, party=contact.id)
    await stage.gone(contact.id)
    assert (states(stage, call), stage.live(call).held) == ([], False)
    await refused(stage, Refusal.UNKNOWN_TARGET, "remove_party", call, party=contact.id)


async def test_who_is_consulted_hangs_up(stage: Stage, call: ContactId) -> None:
    contact, ref = await consults(stage, call)
    await does(stage, "hang_up", contact, SUZUKI)
    assert stage.control.orders("hang_up_leg")[-1] == (ref,)
    await hangs_up(stage, ref)
    await stage.gone(contact)
    assert (states(stage, call), stage.live(call).held) == ([], False)
    assert stage.router.state.agents[SUZUKI].cooling_until_ms == 0


@pytest.mark.parametrize("answers", [False, True])
async def test_the_customer_hangs_up_during_a_consultation(
    stage: Stage, call: ContactId, answers: bool
) -> None:
    if answers:
        contact, _ = await consults(stage, call)
    else:
        await does(stage, "consult", call, to={"agent": SUZUKI})
        contact = (await rings_about(stage)).id
    await stage.hangs_up(call)
    await stage.sees(SATO, call, WRAP_UP)
    await stage.gone(contact)


async def test_an_agent_who_hangs_up_leaves_the_call_to_whom_he_consults(
    stage: Stage, call: ContactId
) -> None:
    contact, ref = await consults(stage, call)
    await hangs_up(stage, own_leg(stage, call))
    await until(lambda: stage.live(call).agent == SUZUKI)
    await stage.gone(contact)
    assert stage.control.orders("hand_over") == [(call, ref)]
    assert stage.control.orders("hang_up") == []


async def test_the_desktop_s_hang_up_is_the_phone_s(stage: Stage, call: ContactId) -> None:
    await consults(stage, call)
    await does(stage, "hang_up", call)
    assert stage.control.orders("hang_up_leg")[-1] == (own_leg(stage, call),)


async def test_an_agent_who_hangs_up_while_it_rings_sends_the_caller_back(
    stage: Stage, call: ContactId
) -> None:
    await does(stage, "consult", call, to={"agent": SUZUKI})
    contact = await rings_about(stage)
    await hangs_up(stage, own_leg(stage, call))
    await stage.gone(contact.id)
    await until(lambda: (record := stage.record(call)) is not None and record.is_queued)
    assert stage.control.orders("start_music")[-1] == (call,)
    assert stage.control.orders("hang_up") == []


async def test_one_who_was_rung_too_late_is_let_go(stage: Stage, call: ContactId) -> None:
    await does(stage, "consult", call, to={"agent": SUZUKI})
    contact = await rings_about(stage)
    await stage.voice.leg_answered(contact.offers[0].offer)  # and is gone again: no leg is there
    await stage.gone(contact.id)
    assert (states(stage, call), stage.live(call).agent) == ([], SATO)


async def test_what_is_noted_is_seen_by_who_is_consulted_and_stands_in_the_journey(
    stage: Stage, call: ContactId
) -> None:
    await does(stage, "note", call, text="parcel is late")
    contact, _ = await consults(stage, call)
    (pop,) = stage.screens.of(SUZUKI, shown.ScreenPopped)
    assert [(each.agent, each.text) for each in pop.notes] == [(SATO, "parcel is late")]
    await does(stage, "note", contact, SUZUKI, text="send another")
    for agent in (SATO, SUZUKI):
        notes = stage.screens.of(agent, shown.ContactShown)[-1].notes
        assert [each.text for each in notes] == ["parcel is late", "send another"]
    await does(stage, "complete_transfer", call)
    await until(lambda: stage.live(call).agent == SUZUKI)
    assert len(stage.live(call).notes) == 2
    assert (await kinds(stage)).count(JourneyKind.NOTED) == 2
    await refused(stage, Refusal.NOT_YOURS, "note", call, text="too late")


# --- numbers outside ---------------------------------------------------------------------------------


async def test_a_number_outside_is_consulted_and_gets_the_call(stage: Stage, call: ContactId) -> None:
    ref = await calls_outside(stage, call)
    assert states(stage, call) == [("+81312345678", PartyState.TALKING)]
    await does(stage, "complete_transfer", call)
    await stage.sees(SATO, call, WRAP_UP)
    assert stage.control.orders("hand_over") == [(call, ref)]
    await hangs_up(stage, ref)
    assert stage.control.orders("hang_up") == [(call,)]


async def test_a_number_outside_is_not_reached(stage: Stage, call: ContactId) -> None:
    await does(stage, "consult", call, to={"number": OUTSIDE})
    ref = str(stage.control.orders("ring")[-1][1])
    await stage.voice.leg_failed(ref, LegFailure.BUSY)
    assert (states(stage, call), stage.live(call).held) == ([], False)


async def test_a_caller_is_passed_on_to_a_number_and_comes_back(stage: Stage, call: ContactId) -> None:
    await does(stage, "transfer", call, to={"number": OUTSIDE})
    await stage.sees(SATO, call, WRAP_UP)
    assert stage.control.left_at[call] == "transfer,s"
    key = stage.incoming(id_=call).key
    await stage.voice.call_gone(key, GoneCause.LEFT)
    back = _back(stage, call)
    await stage.voice.call_arrived(back)
    again = ContactId(back.again)
    await until(lambda: stage.record(again) is not None)
    record = stage.record(again)
    assert record is not None
    assert (record.contact.queue, record.contact.arrived_ms) == (SUPPORT, back.at_ms)
    assert record.contact.customer == stage.live(again).customer
    await stage.voice.call_gone(key, GoneCause.HUNG_UP)
    await stage.gone(again)


def _back(stage: Stage, call: ContactId) -> IncomingCall:
    """Return the call as it comes back from a number outside."""
    return replace(stage.incoming(id_=call), queue=SUPPORT, again=f"{call}-again-1")


# --- conference --------------------------------------------------------------------------------------


async def test_a_conference_of_four(stage: Stage, call: ContactId) -> None:
    contact, ref = await consults(stage, call)
    outside = await calls_outside(stage, call)
    assert [state for _, state in states(stage, call)] == [PartyState.HELD, PartyState.TALKING]
    await does(stage, "conference", call)
    assert {state for _, state in states(stage, call)} == {PartyState.JOINED}
    assert JourneyKind.CONFERENCE in await kinds(stage)
    await hangs_up(stage, outside)
    assert states(stage, call) == [(SUZUKI, PartyState.JOINED)]
    await hangs_up(stage, own_leg(stage, call))
    await until(lambda: stage.live(call).agent == SUZUKI)
    await stage.gone(contact)
    await hangs_up(stage, ref)
    assert stage.control.orders("hang_up") == [(call,)]


@pytest.mark.parametrize("is_rung", [False, True])
async def test_a_customer_left_alone_by_the_other_one_hears_music(
    stage: Stage, call: ContactId, is_rung: bool
) -> None:
    _, ref = await consults(stage, call)
    await does(stage, "conference", call)
    if is_rung:
        await does(stage, "consult", call, to={"number": OUTSIDE})
    else:
        await calls_outside(stage, call)
    assert not stage.live(call).held, "suzuki is with him"
    await hangs_up(stage, ref)
    assert stage.control.orders("keep_waiting") == [(call,)]
    assert stage.live(call).held
    assert [state for _, state in states(stage, call)] == [
        PartyState.RINGING if is_rung else PartyState.TALKING
    ]
    assert stage.control.orders("go_back") == []
    await does(stage, "swap", call)
    assert stage.control.orders("go_back") == [(call,)]
    assert not stage.live(call).held


async def test_a_conference_needs_somebody(stage: Stage, call: ContactId) -> None:
    await refused(stage, Refusal.WRONG_STATE, "conference", call)
    await refused(stage, Refusal.WRONG_STATE, "swap", call)
    await refused(stage, Refusal.WRONG_STATE, "complete_transfer", call)


# --- unannounced -------------------------------------------------------------------------------------


async def test_a_call_is_passed_on_to_an_agent(stage: Stage, call: ContactId) -> None:
    leg = own_leg(stage, call)
    await does(stage, "transfer", call, to={"agent": SUZUKI})
    await stage.sees(SATO, call, ENDED)
    offer = await stage.is_offered(call, SUZUKI)
    assert [order for order in stage.control.log if order[0] in ("park", "ring")][-2][0] == "park"
    (pop,) = stage.screens.of(SUZUKI, shown.ScreenPopped)
    assert pop.by == "Sato"
    await hangs_up(stage, leg)
    await stage.answers(offer)
    await stage.sees(SUZUKI, call, CONNECTED)
    assert stage.live(call).agent == SUZUKI


async def test_a_call_is_passed_on_to_a_queue(stage: Stage, call: ContactId) -> None:
    await does(stage, "transfer", call, to={"queue": SALES})
    await until(lambda: stage.live(call).queue == SALES)
    await stage.presence(TANAKA)
    await stage.is_offered(call, TANAKA)


@pytest.mark.parametrize("kind", ["transfer", "consult"])
@pytest.mark.parametrize(
    ("to", "code"),
    [
        ({"agent": SATO}, Refusal.TO_ONESELF),
        ({"agent": "nobody"}, Refusal.UNKNOWN_TARGET),
        ({"number": "12345"}, Refusal.UNKNOWN_TARGET),
    ],
)
async def test_targets_that_there_are_not(
    stage: Stage, call: ContactId, kind: str, to: dict[str, str], code: Refusal
) -> None:
    before = list(stage.control.log)
    await refused(stage, code, kind, call, to=to)
    assert stage.control.log == before
    assert (stage.live(call).agent, stage.live(call).parties) == (SATO, ())


async def test_queues_that_there_are_not(stage: Stage, call: ContactId) -> None:
    await refused(stage, Refusal.UNKNOWN_TARGET, "transfer", call, to={"queue": "nothing"})
    await refused(stage, Refusal.BAD_COMMAND, "consult", call, to={"queue": SALES})


@pytest.mark.parametrize("kind", ["transfer", "consult"])
async def test_who_is_away_gets_no_call(stage: Stage, call: ContactId, kind: str) -> None:
    await stage.desk.agent_gone(SUZUKI)
    await until(lambda: not stage.router.state.agents[SUZUKI].is_signed_in)
    await refused(stage, Refusal.TARGET_AWAY, kind, call, to={"agent": SUZUKI})
    assert (stage.live(call).agent, stage.live(call).parties) == (SATO, ())
    assert stage.control.orders("set_aside") == stage.control.orders("park") == []


async def test_somebody_else_s_call_is_not_touched(stage: Stage, call: ContactId) -> None:
    for kind in ("hold", "mute", "park", "swap", "conference"):
        with pytest.raises(CommandRefused) as refusal:
            await does(stage, kind, call, SUZUKI)
        assert refusal.value.code is Refusal.NOT_YOURS
    with pytest.raises(CommandRefused) as refusal:
        await does(stage, "hold", "nothing")
    assert refusal.value.code is Refusal.UNKNOWN_CONTACT


# --- parking -----------------------------------------------------------------------------------------


async def test_a_call_is_parked_and_picked_up(stage: Stage, call: ContactId) -> None:
    await does(stage, "park", call)
    await until(lambda: stage.control.orders("park") == [(call,)])
    await stage.sees(SATO, call, ENDED)
    await does(stage, "pick_up", call, SUZUKI)
    offer = await stage.is_offered(call, SUZUKI)
    await stage.answers(offer)
    await stage.sees(SUZUKI, call, CONNECTED)
    assert stage.live(call).parked_until_ms == 0
    assert {JourneyKind.PARKED, JourneyKind.PICKED_UP} <= {*await kinds(stage)}


async def test_what_is_not_parked_is_not_picked_up(stage: Stage, call: ContactId) -> None:
    await refused(stage, Refusal.WRONG_STATE, "pick_up", call)


# --- dialling ----------------------------------------------------------------------------------------


async def test_a_dialled_number_is_called_once_the_phone_was_answered(stage: Stage) -> None:
    await stage.desk.command(SATO, command("dial", number=OUTSIDE, queue=SALES))
    await until(lambda: bool(stage.board.offers_to(SATO)))
    (offer,) = stage.board.offers_to(SATO)
    await until(lambda: bool(stage.screens.of(SATO, shown.ScreenPopped)))
    (pop,) = stage.screens.of(SATO, shown.ScreenPopped)
    assert (pop.address, offer.is_callback, offer.queue) == ("+81312345678", True, SALES)
    await until(lambda: bool(stage.control.orders("ring")))
    await stage.answers(offer.offer)
    await until(lambda: bool(stage.control.orders("call_customer")))
    assert stage.control.orders("call_customer")[0][1:] == (offer.offer, "PJSIP/0312345678@carrier")
    await stage.sees(SATO, offer.contact, CONNECTED)
    assert stage.screens.of(SATO, shown.ContactShown)[-1].outbound


async def test_an_agent_who_hangs_up_as_whom_he_dialled_answers_leaves_nobody_on_the_line(
    stage: Stage,
) -> None:
    await stage.desk.command(SATO, command("dial", number=OUTSIDE))
    await until(lambda: bool(stage.board.offers_to(SATO)))
    (offer,) = stage.board.offers_to(SATO)
    key = stage.control.callback_key(offer.contact)
    answered = replace(stage.incoming(OUTSIDE, id_=key.id), key=key, callback=offer.contact)
    await until(lambda: bool(stage.control.orders("ring")))
    await stage.answers(offer.offer)
    await stage.sees(SATO, offer.contact, ShownState.CONNECTED)
    stage.control.legs.discard(offer.offer)  # of which nobody has heard yet
    await stage.voice.customer_answered(answered)
    assert stage.control.orders("hang_up") == [(key.id,)]
    await stage.voice.call_gone(key, GoneCause.HUNG_UP)
    await stage.sees(SATO, offer.contact, ShownState.WRAP_UP)


@pytest.mark.parametrize("number", ["12345", "x"])
async def test_what_is_no_number_is_not_dialled(stage: Stage, number: str) -> None:
    with pytest.raises(CommandRefused) as refusal:
        await stage.desk.command(SATO, command("dial", number=number))
    assert refusal.value.code is Refusal.UNKNOWN_TARGET


async def test_who_talks_dials_nobody(stage: Stage, call: ContactId) -> None:
    with pytest.raises(CommandRefused) as refusal:
        await stage.desk.command(SATO, command("dial", number=OUTSIDE))
    assert refusal.value.code is Refusal.WRONG_STATE
    assert [each.id for each in stage.board.of_agent(SATO)] == [call]


# --- after a loss ------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["agent", "customer"])
async def test_who_hangs_up_while_another_hub_looks_up_the_caller_ends_the_call(
    stage: Stage, call: ContactId, who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, looked_up = own_leg(stage, call), asyncio.Event()

    async def recognise(_: Call) -> None:
        await looked_up.wait()

    stage.voice.stand_by()
    stage.board.drop(call)
    monkeypatch.setattr(stage.voice, "recognise", recognise)
    found = stage.found(call, own)
    linking = asyncio.create_task(stage.link_up(found))
    await until(lambda: stage.voice.call_of(call) is not None)
    if who == "agent":
        await hangs_up(stage, own)
        assert stage.control.orders("hang_up") == [(call,)]
    await stage.voice.call_gone(found.call.key, GoneCause.HUNG_UP)
    looked_up.set()
    await linking
    assert stage.voice.call_of(call) is None
    await stage.agrees()
    await until(lambda: (record := stage.record(call)) is None or record.state != ContactState.CONNECTED)


async def test_another_hub_takes_a_consultation_over(stage: Stage, call: ContactId) -> None:
    contact, ref = await consults(stage, call)
    own = own_leg(stage, call)
    stage.voice.stand_by()
    for each in (call, contact):
        stage.board.drop(each)
    found = FoundCall(
        stage.incoming(id_=call),
        FoundLeg(own, "PJSIP/sato", Place.ASIDE),
        (FoundLeg(ref, "PJSIP/suzuki", Place.ASIDE),),
    )
    await stage.link_up(found)
    await stage.agrees()
    assert states(stage, call) == [(SUZUKI, PartyState.TALKING)]
    assert (stage.live(contact).about, stage.live(contact).agent) == (call, SUZUKI)
    await does(stage, "complete_transfer", call)
    await until(lambda: stage.live(call).agent == SUZUKI)
    await stage.gone(contact)


async def test_one_whose_colleague_hung_up_meanwhile_has_the_call(stage: Stage, call: ContactId) -> None:
    contact, ref = await consults(stage, call)
    stage.voice.stand_by()
    for each in (call, contact):
        stage.board.drop(each)
    found = FoundCall(stage.incoming(id_=call), None, (FoundLeg(ref, "PJSIP/suzuki", Place.ASIDE),))
    await stage.link_up(found)
    await stage.agrees()
    await until(lambda: (record := stage.record(call)) is not None and record.agent == SUZUKI)
    await stage.gone(contact)
    assert stage.live(call).state is ContactState.CONNECTED


async def test_the_router_hears_who_took_a_call_over(stage: Stage, call: ContactId) -> None:
    contact, ref = await consults(stage, call)
    stage.router.is_away = True
    await hangs_up(stage, own_leg(stage, call))
    stage.router.is_away = False
    await stage.agrees()
    await until(lambda: (record := stage.record(call)) is not None and record.agent == SUZUKI)
    assert any(isinstance(event, ContactHandedOver) for event in stage.router.events)
    assert own_leg(stage, call) == ref
    await stage.gone(contact)


async def test_a_router_without_its_state_hears_of_a_consultation(stage: Stage, call: ContactId) -> None:
    contact, _ = await consults(stage, call)
    stage.router.lose_everything()
    await stage.agrees()
    await stage.agrees()
    await until(lambda: stage.record(contact) is not None)
    record = stage.record(contact)
    assert record is not None
    assert (record.state, record.agent, record.contact.about) == (ContactState.CONNECTED, SUZUKI, call)


async def test_an_agreement_amid_it_all_changes_nothing(stage: Stage, call: ContactId) -> None:
    """The router may know less than the hub, or more, for a moment."""
    await does(stage, "consult", call, to={"agent": SUZUKI})
    contact = await rings_about(stage)
    await stage.agrees()
    record, live = stage.router.state.contacts.pop(contact.id), stage.live(contact.id)
    routed = stage.voice.routed(live)
    assert routed is not None
    assert (routed.about, routed.reserved) == (call, SUZUKI)
    stage.router.state.contacts[contact.id] = record
    await stage.answers(contact.offers[0].offer)
    await stage.agrees()
    await stage.sees(SUZUKI, contact.id, CONNECTED)
    assert states(stage, call) == [(SUZUKI, PartyState.TALKING)]


async def test_an_agreement_waits_for_nothing_that_may_wait_for_the_router(
    stage: Stage, call: ContactId
) -> None:
    found = stage.voice.call_of(call)
    assert found is not None
    async with found.turn:
        await stage.agrees()
        found.parties.append(Party(id="left-over", ref="", agent=TANAKA))
    await until(lambda: not found.parties)


async def test_a_dialled_call_is_told_again_as_what_it_is(stage: Stage) -> None:
    await stage.desk.command(SATO, command("dial", number=OUTSIDE))
    await until(lambda: bool(stage.board.offers_to(SATO)))
    (offer,) = stage.board.offers_to(SATO)
    routed = stage.voice.routed(stage.live(offer.contact))
    assert routed is not None
    assert (routed.is_dialled, routed.reserved) == (True, SATO)


async def test_a_caller_who_talks_on_outside_is_no_contact(stage: Stage) -> None:
    call = stage.incoming()
    await stage.link_up(FoundCall(call, FoundLeg("x-out-01234567", "PJSIP/carrier")))
    await stage.agrees()
    assert stage.board.all() == []
    await stage.voice.leg_gone("x-out-01234567", GoneCause.HUNG_UP)
    assert stage.control.orders("hang_up") == [(call.key.id,)]
    assert call.key.node == NODE
