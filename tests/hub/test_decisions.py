"""What the router decided, as it is remembered and told."""

import pytest

from acd.actions import (
    Action,
    ArrangeCallback,
    CloseContact,
    ConnectContact,
    Diversion,
    DivertContact,
    OfferContact,
    PassContact,
    ProposeWay,
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
from acd.contact import Channel
from acd.explanation import Consideration, Rule
from acd.ids import AgentId, ContactId, OfferId, QueueName
from hub.decisions import DecisionKind, Position, decision, gap
from hub.routing_texts import RULES, told

SATO, K1, O1, SUPPORT = AgentId("sato"), ContactId("k1"), OfferId("k1.1"), QueueName("support")

OFFER = OfferContact(
    offer=O1,
    contact=K1,
    channel=Channel.VOICE,
    queue=SUPPORT,
    agent=SATO,
    ring_s=15,
    deadline_ms=100_000,
    score=7,
    considered=(Consideration(agent=SATO, rule=Rule.CHOSEN),),
)
ACTIONS: list[tuple[Action, DecisionKind, str]] = [
    (OFFER, DecisionKind.OFFERED, "offered to sato"),
    (
        WithdrawOffer(offer=O1, contact=K1, agent=SATO, reason="no_answer"),
        DecisionKind.WITHDRAWN,
        "offer to sato withdrawn (no answer)",
    ),
    (
        ConnectContact(offer=O1, contact=K1, channel=Channel.VOICE, agent=SATO),
        DecisionKind.CONNECTED,
        "connected with sato",
    ),
    (
        ReturnContact(contact=K1, agent=SATO, queue=SUPPORT, reason="unheard_of"),
        DecisionKind.RETURNED,
        "returned from sato to support (unheard_of)",
    ),
    (
        ReturnContact(contact=K1, agent=SATO, queue=SUPPORT, reason="parked", parked_until_ms=9),
        DecisionKind.RETURNED,
        "returned from sato to support (parked)",
    ),
    (
        PassContact(contact=K1, agent=AgentId("tanaka"), to=SATO),
        DecisionKind.PASSED,
        "handed over to sato",
    ),
    (
        SuspendContact(contact=K1, agent=SATO, reason="interrupted"),
        DecisionKind.SUSPENDED,
        "suspended with sato (another contact came first)",
    ),
    (ResumeContact(contact=K1, agent=SATO), DecisionKind.RESUMED, "resumed with sato"),
    (ProposeWay(contact=K1, way="callback"), DecisionKind.PROPOSED, "another way proposed (callback)"),
    (ArrangeCallback(contact=K1), DecisionKind.CALLBACK_ARRANGED, "callback arranged"),
    (StartWrapUp(contact=K1, agent=SATO, until_ms=0), DecisionKind.WRAP_UP, "wrap-up by sato"),
    (
        DivertContact(contact=K1, to=Diversion.CLOSE, ja="私信", en="private"),
        DecisionKind.DIVERTED,
        "diverted out of the queue (a closing message)",
    ),
    (CloseContact(contact=K1, agent=SATO, reason="hung_up"), DecisionKind.CLOSED, "closed (hung up)"),
    (RefuseContact(contact=K1, reason="queue_full"), DecisionKind.REFUSED, "refused (the queue is full)"),
]


@pytest.mark.parametrize(("action", "kind", "text"), ACTIONS, ids=lambda value: str(value)[:12])
def test_each_decision_is_told(action: Action, kind: DecisionKind, text: str) -> None:
    found = decision("12-3", action, 5)
    assert found is not None
    assert (found.kind, found.contact, found.position) == (kind, K1, Position(12, 3))
    assert told(found).en == text
    assert told(found).ja != text


@pytest.mark.parametrize(
    "action",
    [
        PublishPresence(agent=SATO, presence=Presence.AVAILABLE, reason=""),
        RefuseEvent(event="OfferAccepted", reason="taken", contact=K1),
    ],
)
def test_what_decides_nothing_about_a_contact_is_passed_over(action: Action) -> None:
    assert decision("1-1", action, 5) is None


def test_an_offer_has_the_router_s_time_whenever_it_is_read() -> None:
    found = decision("1-1", OFFER, 999_999, is_late=True)
    assert found is not None
    assert (found.at_ms, found.is_late) == (85_000, False)


def test_a_gap_says_how_much_is_missing_if_that_is_known() -> None:
    assert gap(Position(1, 4), "1-9", 5).lost == 5
    anew = gap(Position(1, 4), "2-9", 5)
    assert anew.lost is None
    assert told(anew).en == "decisions are missing here"


def test_positions_go_by_number_not_by_letter() -> None:
    assert Position.of("9-10") > Position.of("9-9") > Position.of("8-11")


def test_every_rule_has_a_text_in_both_languages() -> None:
    assert RULES.keys() == set(Rule)
    assert all(text.ja and text.en and text.ja != text.en for text in RULES.values())
