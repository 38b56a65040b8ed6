"""The menus among the hub's parts: what they ask about callers, and what becomes of those."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from argon2 import PasswordHasher

from acd.hours import Hours, Span
from acd.ids import ContactId, CustomerId
from crm_bridge.identifiers import IdentifierKind, LinkedBy
from crm_bridge.model import JourneyKind
from crm_bridge.proofs import Tags
from cti.errors import CallGone
from hub.clock import now_ms
from hub.errors import AccountInvalid
from hub.hooks import Hooks
from hub.ivr_world import Worlds
from hub.passwords import Passwords
from hub.proofs import ProofDesk
from hub.triage import Rule, TriageRules, Way
from ivr import walk
from ivr.errors import HookFailed
from ivr.flow import Proof
from ivr.hook_answers import read_answer
from ivr.limits import ProofLimits
from ivr.load import load
from ivr.world import HookAnswered, Verdict
from tests.hub.doubles import SATO, Control, Router
from tests.hub.fakes import until
from tests.hub.stage import NUMBER, ROUTING, SALES, SUPPORT, Stage, build, crm_engine, running
from tests.ivr.flows import write

MENUS = """
    [numbers]
    _. => main

    [main]
    prompt => file:main
    key => 1,decide,who
    key => 2,callback,support,failed=main
    key => 3,voicemail,sales
    key => 4,transfer,0312345678
    key => 5,menu,pin
    key => 6,hook,orders
    key => 7,decide,hours
    key => 8,menu,even
    key => 9,decide,night
    on_timeout => hangup

    [who]
    type = decide
    if => tag vip,queue,support,priority=7
    if => known,queue,sales
    if => wait support < 5,queue,support,priority=1
    else => queue,support

    [hours]
    type = decide
    if => open never,queue,support
    if => closed never and open always and open sales,voicemail
    else => hangup

    [night]
    type = decide
    if => tag vip,queue,sales
    if => wait sales > 60 and wait support > 60,queue,sales
    if => closed never,queue,support,priority=3
    else => hangup

    [pin]
    type = pin
    prompt => file:pin
    retries = 9
    then => queue,support,priority=9
    on_refused => queue,sales
    on_timeout => hangup

    [orders]
    type = web
    url = {url}
    header => X-Key,{{env:TORITSUGI_HOOK_KEY}}
    send = caller
    return = state
    answer => paid,queue,sales
    then => queue,support
    on_failure => voicemail,support

    [even]
    type = digits
    length = 1
    terminator = none
    retries = 0
    prompt => file:even
    check = python:shop.is_even
    then => queue,support
    on_timeout => queue,sales
"""
ALWAYS = Hours(week=((Span(opens=0, closes=1440),),) * 7)
NEVER = Hours(days={})


class Orders:
    """Another program: `asked` has what it was told, `status` and `answer` are what it says."""

    def __init__(self) -> None:
        self.asked: list[tuple[str | None, dict[str, object]]] = []
        self.status, self.answer = 200, '{"answer": "paid", "variables": {"state": "paid"}}'

    async def serve(self, request: web.Request) -> web.Response:
        self.asked.append((request.headers.get("X-Key"), await request.json()))
        return web.Response(status=self.status, text=self.answer)


@pytest.fixture
async def orders() -> Orders:
    return Orders()


@pytest.fixture
async def stage(tmp_path: Path, orders: Orders, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    monkeypatch.setenv("TORITSUGI_HOOK_KEY", "open sesame")
    app = web.Application()
    app.router.add_post("/orders", orders.serve)
    async with TestServer(app) as server:
        write(tmp_path, MENUS.format(url=server.make_url("/orders")))
        (tmp_path / "ivr-hooks").mkdir()
        write(tmp_path / "ivr-hooks", "def is_even(digits):\n    return int(digits) % 2 == 0\n", "shop.py")
        flow = load(tmp_path, list(ROUTING.queues), hours=("always", "never"))
        routing = msgspec.structs.replace(ROUTING, hours={"always": ALWAYS, "never": NEVER})
        engine = await crm_engine(tmp_path)
        async with running(build(engine, flow, Router(), Control(), routing=routing)) as stage:
            yield stage
        await engine.dispose()


async def customer(stage: Stage) -> CustomerId:
    made = await stage.crm.customers.ensure(
        IdentifierKind.PHONE, NUMBER, LinkedBy.CALLER_ID, at_ms=now_ms(), name="山田"
    )
    return made.id


async def queued(stage: Stage, contact: ContactId) -> tuple[str, int]:
    await until(lambda: stage.record(contact) is not None)
    record = stage.record(contact)
    assert record is not None
    return record.contact.queue, record.contact.priority


async def test_a_stranger_waits_where_there_is_room(stage: Stage) -> None:
    assert await queued(stage, await stage.arrives(keys="1")) == (SUPPORT, 0)


async def test_where_an_agent_is_free_nobody_would_wait(stage: Stage) -> None:
    await stage.presence(SATO)
    assert await queued(stage, await stage.arrives("+819099998888", "1")) == (SUPPORT, 1)


async def test_who_is_known_goes_elsewhere_and_who_is_marked_goes_first(stage: Stage) -> None:
    known = await customer(stage)
    assert await queued(stage, await stage.arrives(keys="1")) == (SALES, 0)
    await stage.crm.tags.add(known, "VIP")
    assert await queued(stage, await stage.arrives(keys="1")) == (SUPPORT, 7)


async def test_hours_are_those_of_the_files_and_a_message_is_left(stage: Stage) -> None:
    contact = await stage.arrives(keys="7")
    await until(lambda: stage.control.orders("take_message") != [])
    assert "leave-message" in stage.control.played
    await stage.gone(contact)
    assert await stage.journal.flush(1)
    stored = await stage.crm.contacts.get(contact)
    assert stored is not None
    assert stored.queue == SUPPORT


@pytest.mark.parametrize("hangs", [True, False], ids=["hangs", "fails"])
async def test_without_database_and_router_callers_still_go_by_the_hours(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, hangs: bool
) -> None:
    async def away(*_: object) -> None:
        if hangs:
            await asyncio.Event().wait()
        raise ConnectionResetError

    await customer(stage)
    monkeypatch.setattr(walk, "_FACTS_S", 0.05)
    monkeypatch.setattr(Tags, "of", away)
    monkeypatch.setattr(Worlds, "state", away)
    assert await queued(stage, await stage.arrives(keys="9")) == (SUPPORT, 3)


async def test_a_callback_keeps_the_place(stage: Stage) -> None:
    contact = await stage.arrives(keys="2")
    arrived_ms = stage.live(contact).arrived_ms
    await until(lambda: "callback-arranged" in stage.control.played)
    record = stage.record(contact)
    assert record is not None
    assert record.contact.is_callback
    assert record.contact.arrived_ms == arrived_ms


async def test_who_chose_a_callback_is_offered_nothing_else(stage: Stage) -> None:
    stage.triage.rules = TriageRules(rules=(Rule(name="all", ways=(Way.LINE, Way.CALLBACK)),))
    await stage.arrives(keys="2")
    await until(
        lambda: bool(stage.control.played) and stage.control.played[-1].startswith(("callback", "offer"))
    )
    assert stage.control.played[-1] == "callback-arranged"


async def test_who_shows_no_number_cannot_be_called_back(stage: Stage) -> None:
    stage.control.keys.put_nowait("2")
    stage.control.keys.put_nowait("1")
    contact = await stage.arrives(None, "")
    assert await queued(stage, contact) == (SUPPORT, 0)
    assert await stage.journal.flush(1)
    stored = await stage.crm.contacts.get(contact)
    assert stored is not None
    assert [item.digits for item in stored.ivr] == ["2", "1"]


async def test_who_hangs_up_leaves_how_far_he_came(stage: Stage) -> None:
    stage.control.keys.put_nowait("8")
    stage.control.keys.put_nowait(CallGone("hung up"))
    contact = await stage.arrives(keys="")
    assert await stage.journal.flush(1)
    stored = await stage.crm.contacts.get(contact)
    assert stored is not None
    assert [(item.menu, item.digits) for item in stored.ivr] == [("main", "8")]


async def test_a_transfer_leaves_for_a_number_outside(stage: Stage) -> None:
    contact = await stage.arrives(keys="4")
    assert stage.control.left_at[contact] == "transfer,s"
    await stage.gone(contact)
    assert await stage.journal.flush(1)
    known = await stage.crm.customers.identify(IdentifierKind.PHONE, NUMBER)
    assert known is not None
    items = await stage.crm.journey.timeline(known.customer.id, 10)
    assert [(item.kind, item.text) for item in items][-2:] == [
        (JourneyKind.TRANSFERRED, ""),
        (JourneyKind.ENDED, "transferred"),
    ]


# --- other programs --------------------------------------------------------------------------------


async def test_a_web_hook_chooses_the_way_and_gets_a_secret_of_the_environment(
    stage: Stage, orders: Orders
) -> None:
    contact = await stage.arrives(keys="6")
    assert await queued(stage, contact) == (SALES, 0)
    [(key, told)] = orders.asked
    assert key == "open sesame"
    assert told == {
        "contact": contact,
        "section": "orders",
        "caller": "09012345678",
        "dialled": "0312345678",
        "language": "ja",
        "variables": {"caller": "09012345678"},
    }


@pytest.mark.parametrize(
    ("status", "answer"),
    [(500, ""), (302, ""), (200, "no JSON"), (200, "[1]"), (200, '{"answer": 5}'), (200, "x" * 70_000)],
)
async def test_a_web_hook_that_fails_leads_to_its_own_way(
    stage: Stage, orders: Orders, status: int, answer: str
) -> None:
    orders.status, orders.answer = status, answer
    await stage.arrives(keys="6")
    await until(lambda: stage.control.orders("take_message") != [])


@pytest.mark.parametrize(("digit", "queue"), [("4", SUPPORT), ("3", SALES)])
async def test_a_function_checks_a_number(stage: Stage, digit: str, queue: str) -> None:
    assert await queued(stage, await stage.arrives(keys="8" + digit)) == (queue, 0)


def test_what_an_answer_may_be() -> None:
    assert read_answer(None) == HookAnswered("")
    assert read_answer("paid") == HookAnswered("paid")
    assert read_answer({"variables": {"a": 1, "b": True, "c": None}}) == HookAnswered(
        "", {"a": "1", "b": "yes", "c": ""}
    )
    with pytest.raises(HookFailed):
        read_answer({"variables": {"a": []}})


async def test_a_secret_that_is_not_set_is_a_failure() -> None:
    with pytest.raises(HookFailed, match="TORITSUGI_HOOK_KEY"):
        Hooks({})._filled("{env:TORITSUGI_HOOK_KEY}")


# --- proofs ----------------------------------------------------------------------------------------


@pytest.fixture
def desk(stage: Stage) -> ProofDesk:
    swift = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    return ProofDesk(stage.crm.proofs, Passwords(hasher=swift, length_min=4))


async def test_a_pin_is_asked_for_until_it_is_right(stage: Stage, desk: ProofDesk) -> None:
    known = await customer(stage)
    await desk.put(known, Proof.PIN, "4711")
    for keys in ("5", "4712", "4711"):
        stage.control.keys.put_nowait(keys)
    contact = await stage.arrives(keys="")
    assert await queued(stage, contact) == (SUPPORT, 9)
    assert [digits for _, digits in stage.live(contact).ivr] == ["5", "****", "refused", "****", "accepted"]


async def prove(
    desk: ProofDesk, digits: str, customer: CustomerId | None, number: str | None = NUMBER, tries: int = 3
) -> Verdict:
    return await desk.prove(
        Proof.PIN,
        digits,
        customer=customer,
        number=number,
        limits=ProofLimits(tries, lock_s=60),
        contact=ContactId("c"),
    )


async def test_too_many_wrong_ones_lock_customer_and_number(stage: Stage, desk: ProofDesk) -> None:
    known = await customer(stage)
    await desk.put(known, Proof.PIN, "4711")
    assert [await prove(desk, "0000", known) for _ in range(3)] == [Verdict.REFUSED] * 3
    assert await prove(desk, "4711", known) is Verdict.LOCKED
    assert await prove(desk, "4711", known, "+819011112222") is Verdict.LOCKED
    assert await prove(desk, "4711", None) is Verdict.LOCKED


async def test_many_tries_at_once_are_not_more_than_allowed(stage: Stage, desk: ProofDesk) -> None:
    known = await customer(stage)
    await desk.put(known, Proof.PIN, "4711")
    verdicts = await asyncio.gather(*(prove(desk, f"{number:04}", known) for number in range(12)))
    assert verdicts.count(Verdict.REFUSED) == 3
    assert verdicts.count(Verdict.LOCKED) == 9


async def test_a_right_one_begins_anew(stage: Stage, desk: ProofDesk) -> None:
    known = await customer(stage)
    await desk.put(known, Proof.PIN, "4711")
    for _ in range(3):
        assert await prove(desk, "0000", known) is Verdict.REFUSED
        assert await prove(desk, "4711", known) is Verdict.ACCEPTED


async def test_strangers_are_refused(desk: ProofDesk) -> None:
    assert await prove(desk, "4711", None) is Verdict.REFUSED
    assert await prove(desk, "4711", None, None) is Verdict.REFUSED


async def test_what_is_kept_is_no_number_and_can_be_taken_away(stage: Stage, desk: ProofDesk) -> None:
    known = await customer(stage)
    await desk.put(known, Proof.BIRTH, "19800229")
    (kept,) = await stage.crm.proofs.hashes(known, Proof.BIRTH)
    assert kept.startswith("$argon2id$")
    assert "19800229" not in kept
    await desk.put(known, Proof.BIRTH, None)
    assert await stage.crm.proofs.hashes(known, Proof.BIRTH) == ()


@pytest.mark.parametrize(
    ("proof", "digits"), [(Proof.PIN, "123"), (Proof.PIN, "12a4"), (Proof.BIRTH, "19810229")]
)
async def test_what_cannot_be_a_proof_is_not_kept(
    stage: Stage, desk: ProofDesk, proof: Proof, digits: str
) -> None:
    with pytest.raises(AccountInvalid):
        await desk.put(await customer(stage), proof, digits)


async def test_a_merged_customer_is_proven_by_either(stage: Stage, desk: ProofDesk) -> None:
    older = await customer(stage)
    await desk.put(older, Proof.PIN, "4711")
    younger = await stage.crm.customers.ensure(
        IdentifierKind.LINE, "U9", LinkedBy.FIRST_CONTACT, at_ms=now_ms() + 1
    )
    await desk.put(younger.id, Proof.PIN, "0815")
    await stage.crm.customers.link(
        younger.id, IdentifierKind.PHONE, NUMBER, LinkedBy.SIGNED_LINK, at_ms=now_ms()
    )
    assert await prove(desk, "0815", older) is Verdict.ACCEPTED
    assert await prove(desk, "4711", older) is Verdict.ACCEPTED
