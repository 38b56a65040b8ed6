"""Triage on calls: who begins to wait, or cannot, is offered other ways."""

import pytest

from acd.actions import RefuseContact
from acd.contact import Channel
from acd.events import ContactLeft
from acd.ids import ContactId, CustomerId
from crm_bridge.deflections import Deflection, DeflectionState
from crm_bridge.identifiers import IdentifierKind, LinkedBy
from crm_bridge.knowledge import Answer, Knowledge
from crm_bridge.proofs import Tags
from hub.clock import now_ms
from hub.triage import CustomerIs, Hours, Rule, TriageRules, Way
from tests.hub.doubles import SATO
from tests.hub.fakes import settle, until
from tests.hub.stage import NUMBER, Stage

HOURS = Answer(
    name="hours", intents=frozenset({"hours"}), asks={"ja": ("営業時間",)}, says={"ja": "九時からです。"}
)


def _offer(stage: Stage, *ways: Way, hours: Hours = Hours.ANY, wait_s: int = 0) -> None:
    stage.triage.rules = TriageRules(rules=(Rule(name="rule", ways=ways, hours=hours, wait_s=wait_s),))


async def _newest(stage: Stage) -> Deflection:
    assert await stage.journal.flush(1)
    found = await stage.crm.deflections.between(0, now_ms() + 1, limit=1)
    return found[0]


async def _asked(stage: Stage, number: str | None = NUMBER) -> ContactId:
    """Let a caller wait, and be asked."""
    contact = await stage.arrives(number)
    await until(lambda: "offer-stay" in stage.control.played)
    return contact


async def test_a_caller_who_begins_to_wait_may_go_on_in_line(stage: Stage) -> None:
    _offer(stage, Way.FAQ, Way.CHAT, Way.LINE, Way.CALLBACK)
    contact = await _asked(stage)
    assert stage.control.played[-3:] == ["offer-line-1", "offer-callback-2", "offer-stay"]
    stage.control.keys.put_nowait("1")
    await stage.gone(contact)
    assert ContactLeft(contact=contact, reason="deflected") in stage.router.events
    deflection = await _newest(stage)
    assert (deflection.way, deflection.reason) == ("line", "rule")


async def test_a_rule_for_some_customers_is_for_those_with_the_tag(stage: Stage) -> None:
    stage.triage.rules = TriageRules(
        rules=(
            Rule(name="vip", customer=CustomerIs.VIP, ways=(Way.CALLBACK,)),
            Rule(name="all", ways=(Way.LINE,)),
        )
    )
    customer = await stage.crm.customers.ensure(IdentifierKind.PHONE, NUMBER, LinkedBy.AGENT, at_ms=now_ms())
    await stage.hangs_up(await _asked(stage))
    assert stage.control.played[-2:] == ["offer-line-1", "offer-stay"]
    await stage.crm.tags.add(customer.id, "vip")
    stage.control.played.clear()
    await _asked(stage)
    assert stage.control.played[-2:] == ["offer-callback-1", "offer-stay"]


async def test_tags_are_not_asked_for_where_no_rule_has_need_of_them(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def asked(self: Tags, customer: CustomerId) -> frozenset[str]:
        raise AssertionError

    monkeypatch.setattr(Tags, "of", asked)
    await stage.crm.customers.ensure(IdentifierKind.PHONE, NUMBER, LinkedBy.AGENT, at_ms=now_ms())
    _offer(stage, Way.LINE)
    await _asked(stage)


async def test_or_be_called_back_at_his_turn(stage: Stage) -> None:
    _offer(stage, Way.LINE, Way.CALLBACK)
    contact = await _asked(stage)
    stage.control.keys.put_nowait("2")
    await until(lambda: stage.control.played[-1] == "callback-arranged")
    await stage.hangs_up(contact)
    assert stage.record(contact) is not None
    deflection = await _newest(stage)
    assert (deflection.way, deflection.reason) == ("callback", "rule")
    assert deflection.state(now_ms()) is DeflectionState.SENT


@pytest.mark.parametrize("key", ["", "3", "9", "0", "*"])
async def test_or_wait_on(stage: Stage, key: str) -> None:
    _offer(stage, Way.LINE, Way.CALLBACK)
    contact = await _asked(stage)
    stage.control.keys.put_nowait(key)
    await until(lambda: len(stage.control.orders("start_music")) == 2)
    assert stage.record(contact) is not None
    assert stage.post.sent == []


async def test_an_agent_who_is_free_ends_the_question(stage: Stage) -> None:
    _offer(stage, Way.LINE)
    contact = await _asked(stage)
    await stage.presence(SATO)
    await stage.talks(contact)
    assert not stage.calls.waiting.is_talking(contact)


@pytest.mark.parametrize("key", ["1", "2"])
async def test_an_answer_may_be_read_aloud(stage: Stage, key: str) -> None:
    stage.words.knowledge = Knowledge([HOURS])
    _offer(stage, Way.FAQ)
    stage.voice._reception._note_path = lambda contact, path, at_ms: setattr(  # type: ignore[method-assign]
        contact, "intent", "hours"
    )
    contact = await _asked(stage)
    stage.control.keys.put_nowait("1")
    await until(lambda: stage.control.played[-3:] == ["faq-hours", "faq-helped", "faq-text"])
    stage.control.keys.put_nowait(key)
    await until(lambda: stage.control.played[-1] == "faq-done")
    await stage.gone(contact)
    deflection = await _newest(stage)
    assert (deflection.way, deflection.state(now_ms())) == ("faq", DeflectionState.SENT)
    assert [each.text for each in stage.post.sent] == ([] if key == "1" else ["九時からです。"])


@pytest.mark.parametrize("why", ["no rule", "short wait", "withheld", "closed only"])
async def test_most_callers_are_asked_nothing(stage: Stage, why: str) -> None:
    if why == "short wait":
        _offer(stage, Way.LINE, wait_s=9_999)
    elif why == "withheld":
        _offer(stage, Way.LINE)
    elif why == "closed only":
        _offer(stage, Way.LINE, hours=Hours.CLOSED)
    contact = await stage.arrives(None if why == "withheld" else NUMBER)
    await settle()
    assert "offer-stay" not in stage.control.played
    assert len(stage.control.orders("stop_music")) == 0, "the music goes on"
    assert stage.record(contact) is not None


@pytest.mark.parametrize("reason", ["closed", "nobody_there", "queue_full"])
async def test_who_cannot_wait_is_offered_another_way(stage: Stage, reason: str) -> None:
    _offer(stage, Way.CALLBACK, Way.LINE)
    contact = await _asked(stage)
    stage.control.keys.put_nowait("")
    await until(lambda: not stage.calls.waiting.is_talking(contact))
    stage.router.state.drop_contact(contact)
    stage.performer._take(RefuseContact(contact=contact, reason=reason))
    await until(lambda: stage.control.played[-1] == "offer-end")
    assert stage.control.played[-3:] == [f"{reason.replace('_', '-')}-but", "offer-line-1", "offer-end"]
    stage.control.keys.put_nowait("1")
    await until(lambda: (contact,) in stage.control.orders("hang_up"))
    assert stage.control.played[-1] == "line-sent"
    assert [each.channel for each in stage.post.sent] == [Channel.SMS]
    assert stage.board.get(contact) is None


async def test_who_wants_none_of_it_is_told_goodbye(stage: Stage) -> None:
    _offer(stage, Way.LINE, hours=Hours.CLOSED)
    contact = await stage.arrives()
    stage.router.state.drop_contact(contact)
    stage.performer._take(RefuseContact(contact=contact, reason="closed"))
    await until(lambda: stage.control.played[-1] == "offer-end")
    stage.control.keys.put_nowait("")
    await until(lambda: (contact,) in stage.control.orders("hang_up"))
    assert stage.control.played[-1] == "goodbye"
    assert stage.post.sent == []
