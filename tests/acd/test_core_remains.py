"""Records that somebody deleted by hand: the others are loaded, and routing goes on."""

from collections.abc import Iterator

import msgspec
import pytest

from acd.contact import ContactState
from acd.core.decide import decide
from acd.core.records import ContactRecord, OfferRecord, Record, RecordKey
from acd.core.state import RoutingState
from acd.events import ContactEnded, OfferAccepted, OfferRejected, PresenceChanged, TimerDue
from acd.ids import ContactId
from tests.acd.driver import SATO, SUPPORT, SUZUKI, TANAKA, Driver


def _busy() -> Driver:
    """Return a floor where one contact rings, one talks, one waits."""
    driver = Driver()
    for agent in (SATO, TANAKA):
        driver.agent(agent, queues={SUPPORT: 0})
    driver.queue("rings")
    driver.queue("talks")
    offers = {each.contact: each for each in driver.state.offers.values()}
    talks = offers[ContactId("talks")]
    driver.put(OfferAccepted(offer=talks.id, agent=talks.agent))
    driver.queue("waits")
    return driver


def _states() -> Iterator[tuple[RecordKey, dict[RecordKey, Record]]]:
    records = dict(_busy().state.records())
    for key in records:
        yield key, {other: record for other, record in records.items() if other != key}


def test_a_whole_state_has_no_remains() -> None:
    state = RoutingState.load([record for _, record in _busy().state.records()])
    assert state.torn == ()
    assert state.take_changes() == {}


@pytest.mark.parametrize(("missing", "records"), [pytest.param(*each, id=each[0]) for each in _states()])
def test_one_record_less_keeps_nothing_from_going_on(
    missing: RecordKey, records: dict[RecordKey, Record]
) -> None:
    state = RoutingState.load(records.values())
    now_ms = _busy().now_ms
    for seconds in (0, 30, 600):
        decide(state, TimerDue(), now_ms + seconds * 1000)
    for contact in list(state.contacts):
        decide(state, ContactEnded(contact=contact, reason="test"), now_ms + 700_000)
    decide(state, TimerDue(), now_ms + 100_000_000)
    assert not state.contacts
    assert not state.offers
    again = RoutingState.load([record for _, record in state.records()])
    assert again.torn == ()


def test_an_offer_without_its_contact_goes_and_its_agent_is_free() -> None:
    records = dict(_busy().state.records())
    offer = next(each for each in records.values() if isinstance(each, OfferRecord))
    del records[RecordKey(f"contact:{offer.contact}")]
    state = RoutingState.load(records.values())
    assert state.torn == (f"offer:{offer.id}",)
    decision = decide(state, TimerDue(), _busy().now_ms)
    assert decision.changes[RecordKey(f"offer:{offer.id}")] is None, "it goes from the store too"
    (found,) = state.offers.values()
    assert (found.agent, found.contact) == (offer.agent, "waits")
    for late in (
        OfferAccepted(offer=offer.id, agent=offer.agent),
        OfferRejected(offer=offer.id, agent=offer.agent, reason="late"),
    ):
        decide(state, late, _busy().now_ms)


def test_a_contact_without_its_offer_waits_again() -> None:
    records = dict(_busy().state.records())
    offer = next(each for each in records.values() if isinstance(each, OfferRecord))
    del records[RecordKey(f"offer:{offer.id}")]
    state = RoutingState.load(records.values())
    assert state.contacts[offer.contact].state is ContactState.WAITING
    decide(state, TimerDue(), _busy().now_ms)
    assert [each.contact for each in state.offers.values()] == [offer.contact]


def test_an_agent_whom_nobody_knows_keeps_what_he_has() -> None:
    records = dict(_busy().state.records())
    talks = next(each for each in records.values() if isinstance(each, ContactRecord) and each.agent)
    stranger = msgspec.structs.replace(talks, agent=SUZUKI)
    records[RecordKey(f"contact:{talks.contact.id}")] = stranger
    state = RoutingState.load(records.values())
    assert state.torn == (f"agent:{SUZUKI}",)
    assert state.contacts[talks.contact.id] == stranger
    decide(state, PresenceChanged(agent=SUZUKI, presence=state.agents[SATO].presence), _busy().now_ms)
