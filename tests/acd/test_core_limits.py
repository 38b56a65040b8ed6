"""How much an agent takes at most: limits, and what contacts of one customer cost together."""

from collections.abc import Callable

import pytest

from acd.actions import OfferContact
from acd.contact import Channel
from acd.events import CustomerIdentified
from acd.explanation import Rule
from acd.ids import ContactId, CustomerId
from tests.acd.driver import SATO, Driver, only


def test_an_agents_own_limit_goes_before_that_of_all() -> None:
    core = Driver(limits={Channel.LINE: 1, Channel.EMAIL: 1})
    core.agent(SATO, limits={Channel.LINE: 3, Channel.CHAT: 0})
    for number in range(4):
        core.queue(f"l{number}", Channel.LINE)
    core.queue("m1", Channel.EMAIL)
    core.queue("chat", Channel.CHAT)
    assert [core.where(f"l{n}") for n in range(4)] == ["offered to sato"] * 3 + ["waiting"]
    assert core.where("m1") == "offered to sato"
    assert core.why_not("chat") == {SATO: Rule.CHANNEL_LIMIT}


def test_a_limit_holds_for_a_call_that_could_interrupt_and_for_the_customer_who_is_there() -> None:
    core = Driver(limits={Channel.VOICE: 0, Channel.LINE: 1}, interrupts={Channel.VOICE: (Channel.LINE,)})
    core.agent(SATO)
    core.serve("line", Channel.LINE, customer="yamada")
    core.queue("call")
    core.queue("own", Channel.LINE, customer="yamada")
    assert core.why_not("call") == core.why_not("own") == {SATO: Rule.CHANNEL_LIMIT}


def test_one_customers_channels_cost_the_dearest_and_each_channel_its_sum() -> None:
    core = Driver()
    core.agent(SATO)
    core.serve("l1", Channel.LINE, customer="yamada")
    core.serve("l2", Channel.LINE, customer="yamada")
    core.serve("chat", Channel.CHAT, customer="yamada")
    core.queue("big", Channel.CHAT)
    core.queue("small", Channel.EMAIL)
    assert core.where("big") == "offered to sato", "50 and 33 are 83: the two LINE threads outweigh the chat"
    core.queue("own", Channel.CHAT, customer="yamada")
    assert core.where("small") == "waiting"
    assert core.where("own") == "offered to sato", "66 instead of 50 for yamada, 33 for the other: 99"


def test_a_customer_who_turns_out_to_be_another_frees_what_the_agent_has_room_for() -> None:
    core = Driver()
    core.agent(SATO)
    core.serve("line", Channel.LINE, customer="yamada")
    core.serve("chat", Channel.CHAT, customer="kato")
    core.serve("mail", Channel.EMAIL, customer="abe")
    core.queue("next", Channel.LINE)
    assert core.where("next") == "waiting"
    actions = core.put(CustomerIdentified(contact=ContactId("mail"), customer=CustomerId("kato")))
    assert only(OfferContact, actions).contact == "next"


def narrowed(core: Driver, change: Callable[[Driver], object]) -> list[str]:
    """Sato has a thread and is offered two more; narrow what he may have, return where the three are."""
    core.agent(SATO)
    core.serve("taken", Channel.LINE)
    core.queue("offered1", Channel.LINE)
    core.queue("offered2", Channel.LINE)
    change(core)
    return [core.where(each) for each in ("taken", "offered1", "offered2")]


@pytest.mark.parametrize(
    "change",
    [
        lambda core: core.agent(SATO, limits={Channel.LINE: 2}),
        lambda core: core.agent(SATO, budget=50),
        lambda core: core.reload(limits={Channel.LINE: 2}),
        lambda core: core.reload(costs={**core.settings.costs, Channel.LINE: 50}),
    ],
    ids=["own limit", "own budget", "limit", "costs"],
)
def test_what_was_offered_is_taken_back_as_far_as_it_does_not_fit_any_more(
    change: Callable[[Driver], object],
) -> None:
    assert narrowed(Driver(), change) == ["connected with sato", "offered to sato", "waiting"]


def test_an_agent_who_is_just_full_keeps_his_offers_whatever_changes() -> None:
    core = Driver(limits={Channel.LINE: 4})
    core.agent(SATO)
    for number in range(4):
        core.queue(f"l{number}", Channel.LINE)
    offers = set(core.state.offers)
    core.agent(SATO, skills={"en": 5})
    core.reload(priority_step_s=1)
    assert set(core.state.offers) == offers
