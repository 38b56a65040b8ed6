"""The parts that the core is built of: order, deadlines, transitions, and state that can be loaded."""

from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd.contact import Channel, ContactState
from acd.core.deadlines import Deadlines
from acd.core.order import Order
from acd.core.records import Record, RecordKey
from acd.core.state import RoutingState
from acd.core.transitions import CONTACT, ContactStep, contact_after
from acd.sim.world import World
from tests.acd.driver import SATO, Driver


@given(st.lists(st.tuples(st.integers(), st.text(max_size=2)), unique=True))
def test_an_order_is_always_sorted(keys: list[tuple[int, str]]) -> None:
    order: Order[tuple[int, str]] = Order()
    for key in keys:
        order.add(key)
    assert list(order) == sorted(keys)
    for key in keys[::2]:
        order.remove(key)
    assert list(order) == sorted(keys[1::2])


def test_an_order_does_not_lose_silently() -> None:
    with pytest.raises(KeyError):
        Order[tuple[int]]().remove((1,))


def test_deadlines_that_were_moved_do_not_ring() -> None:
    due: dict[RecordKey, int] = {}
    deadlines = Deadlines(lambda key: due.get(key, 0))
    a, b = RecordKey("a"), RecordKey("b")
    for key, at in ((a, 10), (b, 20), (a, 30)):
        due[key] = at
        deadlines.add(at, key)
    assert deadlines.next_ms() == 20
    assert deadlines.pop(19) is None
    assert deadlines.pop(25) == b
    due.clear()
    assert deadlines.next_ms() is None


def test_outdated_deadlines_do_not_pile_up() -> None:
    due: dict[RecordKey, int] = {}
    deadlines = Deadlines(lambda key: due.get(key, 0))
    key = RecordKey("a")
    for at in range(100_000, 0, -1):
        due[key] = at
        deadlines.add(at, key)
    assert len(deadlines._heap) <= 1025


def test_an_ended_contact_has_no_way_on_and_every_state_has_a_way_out() -> None:
    states = set(ContactState)
    assert not [key for key in CONTACT if key[0] is ContactState.ENDED]
    assert {state for state, _ in CONTACT if state} == states - {ContactState.ENDED}
    reached = {ContactState.ENDED}
    for _ in states:
        reached |= {state for (state, _), to in CONTACT.items() if state and to in reached}
    assert reached == states
    assert contact_after(ContactState.CONNECTED, ContactStep.OFFER) is None


def indexes(state: RoutingState) -> dict[str, object]:
    """Return everything that is derived from the records, to be compared."""
    ready = {queue: rooms for queue, rooms in state.desks._ready.items() if rooms}
    desks = {agent: (desk.held, desk.room, desk.ranks) for agent, desk in state.desks._desks.items()}
    members = {queue: list(order) for queue, order in state.desks._members.items() if order}
    return {
        "records": dict(state.records()),
        "lanes": state.waiting._lanes,
        "favouring": state.waiting._favouring,
        "ready": ready,
        "desks": desks,
        "members": members,
        "queued": state.queued,
        "customers": state._customers,
        "due": state.deadlines.next_ms(),
    }


def reloaded(state: RoutingState, random: Random) -> RoutingState:
    """Write the records out and read them back in another order."""
    stored = [msgspec.json.encode(record) for _, record in state.records()]
    random.shuffle(stored)
    decoder: msgspec.json.Decoder[Record] = msgspec.json.Decoder(Record)
    return RoutingState.load(decoder.decode(each) for each in stored)


@pytest.mark.parametrize("seed", range(20))
def test_the_indexes_are_those_that_the_records_give(seed: int) -> None:
    random = Random(seed)
    half_way = World(seed)
    turn = half_way.router.turn
    turns = 0

    def checked_turn() -> list[object]:
        nonlocal turns
        actions = turn()
        turns += 1
        if turns % 10 == 0:
            state = half_way.router.state
            assert indexes(state) == indexes(reloaded(state, random))
        return list(actions)

    half_way.router.turn = checked_turn  # type: ignore[method-assign, assignment]  # to look in between
    half_way.run()
    assert turns >= 10


def test_equal_events_give_equal_decisions() -> None:
    one, other = Driver(), Driver()
    for core in (one, other):
        core.agent(SATO)
        core.queue("c1", Channel.LINE, customer="yamada")
        core.accept("c1")
    assert indexes(one.state) == indexes(other.state)
