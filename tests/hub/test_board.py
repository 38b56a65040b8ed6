"""The board folds the router's actions."""

import pytest
from msgspec.structs import replace

from acd.actions import (
    Action,
    ArrangeCallback,
    CloseContact,
    ConnectContact,
    Diversion,
    DivertContact,
    OfferContact,
    PassContact,
    PublishPresence,
    RefuseContact,
    RefuseEvent,
    ResumeContact,
    ReturnContact,
    StartWrapUp,
    SuspendContact,
    WithdrawOffer,
)
from acd.agent import Presence
from acd.contact import Channel, ContactState
from acd.ids import ContactId, OfferId, QueueName
from hub.board import Board, LiveContact
from tests.hub.doubles import SATO, TANAKA

CALL, O1, O2 = ContactId("c1"), OfferId("c1.1"), OfferId("c1.2")


def _offer(offer: OfferId = O1) -> OfferContact:
    return OfferContact(
        offer=offer,
        contact=CALL,
        channel=Channel.VOICE,
        queue=QueueName("support"),
        agent=SATO if offer == O1 else TANAKA,
        ring_s=20,
        deadline_ms=99,
    )


def _withdraw(offer: OfferId) -> WithdrawOffer:
    return WithdrawOffer(offer=offer, contact=CALL, agent=SATO, reason="no_answer")


CONNECT = ConnectContact(offer=O1, contact=CALL, channel=Channel.VOICE, agent=SATO)
WRAP_UP = StartWrapUp(contact=CALL, agent=SATO, until_ms=77)
CLOSE = CloseContact(contact=CALL, agent=SATO, reason="hung_up")


@pytest.fixture
def board() -> Board:
    board = Board()
    board.add(LiveContact(id=CALL, channel=Channel.VOICE, queue=QueueName("support"), arrived_ms=1))
    return board


@pytest.mark.parametrize(
    ("actions", "state", "offers"),
    [
        ([_offer()], ContactState.OFFERED, 1),
        ([_offer(), _offer()], ContactState.OFFERED, 1),
        ([_offer(), _offer(O2)], ContactState.OFFERED, 2),
        ([_offer(), _withdraw(O1)], ContactState.WAITING, 0),
        ([_offer(), _offer(O2), _withdraw(O1)], ContactState.OFFERED, 1),
        ([_offer(), CONNECT], ContactState.CONNECTED, 0),
        ([_offer(), CONNECT, _withdraw(O1)], ContactState.CONNECTED, 0),
        ([_offer(), CONNECT, WRAP_UP], ContactState.WRAP_UP, 0),
        ([CONNECT, _offer(O2)], ContactState.OFFERED, 1),
    ],
)
def test_state_follows_the_actions(
    board: Board, actions: list[Action], state: ContactState, offers: int
) -> None:
    for at_ms, action in enumerate(actions, start=10):
        assert board.apply(action, at_ms) is board.get(CALL)
    contact = board.get(CALL)
    assert contact is not None
    assert (contact.state, len(contact.offers)) == (state, offers)
    assert (contact.agent == SATO) is (state in (ContactState.CONNECTED, ContactState.WRAP_UP))


def test_a_state_lasts_from_its_first_action(board: Board) -> None:
    contact = board.get(CALL)
    assert contact is not None
    board.apply(_offer(), 10)
    board.apply(_offer(O2), 20)
    assert contact.since_ms == 10
    board.apply(CONNECT, 30)
    assert contact.since_ms == 30


@pytest.mark.parametrize(
    "action",
    [
        CLOSE,
        RefuseContact(contact=CALL, reason="queue_full"),
        DivertContact(contact=CALL, to=Diversion.CLOSE),
    ],
)
def test_what_is_over_is_returned_once_and_forgotten(board: Board, action: Action) -> None:
    board.apply(_offer(), 10)
    contact = board.apply(action, 20)
    assert contact is not None
    assert (contact.state, contact.offers) == (ContactState.ENDED, ())
    assert board.get(CALL) is None
    assert board.offer(O1) is None
    assert board.apply(action, 30) is None


def test_what_is_offered_and_held_is_found_by_agent(board: Board) -> None:
    board.apply(_offer(), 10)
    board.apply(_offer(O2), 10)
    assert [each.offer for each in board.offers_to(SATO)] == [O1]
    assert board.of_agent(SATO) == []
    board.apply(CONNECT, 20)
    assert [each.id for each in board.of_agent(SATO)] == [CALL]
    assert board.offers_to(TANAKA) == []


def test_a_contact_that_comes_back_has_nobody(board: Board) -> None:
    board.apply(CONNECT, 10)
    contact = board.get(CALL)
    assert contact is not None
    contact.held = contact.suspended = True
    board.apply(ReturnContact(contact=CALL, agent=SATO, queue=QueueName("sales"), reason="agent_gone"), 20)
    assert (contact.state, contact.agent, contact.since_ms) == (ContactState.WAITING, None, 20)
    assert (contact.queue, contact.held, contact.suspended) == ("sales", False, False)


def test_a_parked_contact_is_so_until_somebody_has_it(board: Board) -> None:
    board.apply(CONNECT, 10)
    contact = board.get(CALL)
    assert contact is not None
    parked = ReturnContact(
        contact=CALL, agent=SATO, queue=QueueName("support"), reason="parked", parked_until_ms=500
    )
    board.apply(parked, 20)
    assert (contact.agent, contact.parked_until_ms) == (None, 500)
    board.apply(_offer(O2), 30)
    board.apply(replace(CONNECT, offer=O2, agent=TANAKA), 40)
    assert (contact.agent, contact.parked_until_ms) == (TANAKA, 0)


def test_a_contact_that_is_handed_over_has_the_other_agent(board: Board) -> None:
    board.apply(CONNECT, 10)
    contact = board.get(CALL)
    assert contact is not None
    contact.held = True
    board.apply(PassContact(contact=CALL, agent=SATO, to=TANAKA), 20)
    assert (contact.agent, contact.state, contact.held) == (TANAKA, ContactState.CONNECTED, False)
    assert board.of_agent(SATO) == []


def test_a_suspended_contact_is_so_until_it_is_resumed(board: Board) -> None:
    contact = board.get(CALL)
    assert contact is not None
    board.apply(CONNECT, 10)
    before = board.shares()
    board.apply(SuspendContact(contact=CALL, agent=SATO, reason="interrupted"), 20)
    assert (contact.suspended, contact.state, contact.since_ms) == (True, ContactState.CONNECTED, 10)
    assert board.shares() != before
    board.apply(ResumeContact(contact=CALL, agent=SATO), 30)
    assert not contact.suspended
    assert board.shares() == before


def test_a_callback_is_one_from_its_arrangement_until_it_is_offered_as_a_call(board: Board) -> None:
    contact = board.get(CALL)
    assert contact is not None
    board.apply(ArrangeCallback(contact=CALL), 10)
    assert (contact.is_callback, contact.state) == (True, ContactState.WAITING)
    board.apply(replace(_offer(), is_callback=True), 20)
    board.apply(replace(CONNECT, is_callback=True), 30)
    assert contact.is_callback
    board.apply(_offer(O2), 40)
    assert not contact.is_callback


def test_presence_is_offline_until_said(board: Board) -> None:
    assert board.presence(SATO) == (Presence.OFFLINE, "")
    said = PublishPresence(agent=SATO, presence=Presence.NOT_READY, reason="lunch")
    assert board.apply(said, 10) is None
    assert board.presence(SATO) == (Presence.NOT_READY, "lunch")


def test_a_refused_event_changes_nothing(board: Board) -> None:
    before = board.shares()
    board.apply(RefuseEvent(event="OfferAccepted", reason="offer_gone", contact=CALL), 10)
    assert board.shares() == before


def test_a_share_differs_when_something_of_the_agent_s_does(board: Board) -> None:
    shares, actions = [board.shares()], list[Action]([_offer(), CONNECT, WRAP_UP, CLOSE])
    for at_ms, action in enumerate(actions, start=10):
        board.apply(action, at_ms)
        shares.append(board.shares())
    of_sato = [share.get(SATO) for share in shares]
    assert len(set(of_sato)) == 4
    assert of_sato[0] is of_sato[-1] is None


def test_a_thread_is_found_by_its_address() -> None:
    board = Board()
    old, new = (
        LiveContact(id=ContactId(id_), channel=Channel.LINE, queue=QueueName("q"), arrived_ms=1, address="U1")
        for id_ in ("t1", "t2")
    )
    board.add(old)
    board.add(new)
    assert board.thread(Channel.LINE, "U1") is new
    board.drop(old.id)
    assert board.thread(Channel.LINE, "U1") is new
    board.drop(new.id)
    assert board.thread(Channel.LINE, "U1") is None
