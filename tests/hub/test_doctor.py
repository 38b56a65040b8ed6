"""What the doctor makes of what was seen, and how he is asked."""

import dataclasses
from collections.abc import Awaitable, Callable

import pytest
from msgspec.structs import replace

from acd.agent import Agent, Presence
from acd.contact import Channel, Contact, ContactState
from acd.core.records import AgentRecord, ContactRecord
from acd.core.state import RoutingState
from acd.ids import AgentId, ContactId, QueueName
from crm_bridge.model import ContactRecord as StoredContact
from cti.examination import Fault, FaultKind
from hub.doctor.compare import FAULTS, differences
from hub.doctor.kinds import Difference, Kind, Part
from hub.doctor.seen import InQueue, OnBoard, Seen
from hub.doctor.texts import PARTS, meaning, repair
from tests.hub.conftest import Client
from tests.hub.doubles import SATO, TANAKA
from tests.hub.fakes import Hub
from tests.hub.stage import ROUTING, SALES, SUPPORT

Bearer = Callable[[str], Awaitable[dict[str, str]]]

ONE = ContactId("pbx1-1")
CALL = Contact(id=ONE, channel=Channel.VOICE, queue=SUPPORT, arrived_ms=1)
TALKS = ContactRecord(contact=CALL, serial=1, state=ContactState.CONNECTED, agent=SATO)
MEMBERS = {
    (SUPPORT, SATO): InQueue(0, False),
    (SUPPORT, TANAKA): InQueue(0, False),
    (SALES, TANAKA): InQueue(0, False),
}


def _on_board(record: ContactRecord = TALKS, *, has_call: bool = True) -> OnBoard:
    contact = record.contact
    return OnBoard(contact.channel, contact.queue, record.state, record.agent, 1, has_call)


def _stored(contact: str = ONE, channel: Channel = Channel.VOICE) -> StoredContact:
    return StoredContact(
        id=ContactId(contact),
        channel=channel,
        queue=SUPPORT,
        state=ContactState.CONNECTED,
        address=None,
        customer=None,
        name="",
        agent=SATO,
        arrived_ms=1,
        connected_ms=2,
    )


def _agent(presence: Presence = Presence.AVAILABLE, *, is_on_phone: bool = False) -> AgentRecord:
    return AgentRecord(agent=Agent(id=SATO), serial=1, presence=presence, is_on_phone=is_on_phone)


AVAILABLE = _agent()


def _seen(*records: ContactRecord, agent: AgentRecord = AVAILABLE) -> Seen:
    """Return what is seen where all agree on these contacts and agents."""
    state = RoutingState.load((*records, agent))
    state.settings = ROUTING
    here = frozenset({SATO}) if agent.is_signed_in else frozenset()
    return Seen(
        node="pbx1",
        settings=ROUTING,
        contacts={each.contact.id: _on_board(each) for each in records},
        is_settled=True,
        state=state,
        stored={each.contact.id: _stored(each.contact.id) for each in records},
        faults=(),
        members=dict(MEMBERS),
        in_use=frozenset(),
        phones=frozenset({"sato", "carrier"}),
        accounts={"sato": True},
        desktops=here,
        connected=here,
    )


def _kinds(seen: Seen) -> list[Kind]:
    return [each.kind for each in differences(seen)]


def test_where_all_agree_nothing_differs() -> None:
    assert differences(_seen(TALKS)) == []


def test_a_contact_that_only_one_of_them_has() -> None:
    seen = _seen(TALKS)
    seen.contacts = {}
    assert _kinds(seen) == [Kind.CONTACT_ONLY_IN_ROUTER]
    seen = _seen()
    seen.contacts = {ONE: _on_board()}
    seen.stored = {ONE: _stored()}
    assert _kinds(seen) == [Kind.CONTACT_ONLY_IN_HUB]
    seen.contacts = {}
    assert _kinds(seen) == [Kind.CONTACT_ONLY_IN_DATABASE]
    seen = _seen(TALKS)
    seen.stored = {}
    assert _kinds(seen) == [Kind.CONTACT_NOT_IN_DATABASE]


def test_calls_in_the_menus_of_another_node_are_not_missed() -> None:
    seen = _seen()
    seen.stored = {ContactId("pbx10-1"): dataclasses.replace(_stored("pbx10-1"), queue=QueueName(""))}
    assert _kinds(seen) == []
    seen.stored = {ContactId("t1"): _stored("t1", Channel.LINE)}
    assert _kinds(seen) == [Kind.CONTACT_ONLY_IN_DATABASE]
    seen.closing = frozenset({ContactId("t1")})
    assert _kinds(seen) == []


def test_who_is_consulted_is_in_no_database() -> None:
    seen = _seen(TALKS)
    seen.contacts = {ONE: dataclasses.replace(_on_board(), is_stored=False)}
    seen.stored = {}
    assert _kinds(seen) == []


def test_another_state_or_agent_differs() -> None:
    seen = _seen(TALKS)
    seen.contacts = {ONE: _on_board(replace(TALKS, agent=TANAKA))}
    assert _kinds(seen) == [Kind.CONTACT_DIFFERS]


@pytest.mark.parametrize(
    ("record", "kinds"),
    [
        (TALKS, [Kind.AGENT_WITHOUT_CALL]),
        (replace(TALKS, state=ContactState.WAITING, agent=None), [Kind.CONTACT_WITHOUT_CALL]),
        (replace(TALKS, state=ContactState.WRAP_UP), []),
        (replace(TALKS, state=ContactState.WAITING, agent=None, contact=replace(CALL, is_callback=True)), []),
        (replace(TALKS, contact=replace(CALL, channel=Channel.LINE)), []),
    ],
)
def test_a_contact_whose_call_is_gone(record: ContactRecord, kinds: list[Kind]) -> None:
    seen = _seen(record)
    seen.contacts = {ONE: _on_board(record, has_call=False)}
    assert _kinds(seen) == kinds
    seen.is_settled = False
    assert _kinds(seen) == []


def test_presence_and_desktop_belong_together() -> None:
    seen = _seen()
    seen.desktops = seen.connected = frozenset()
    assert _kinds(seen) == [Kind.PRESENCE_WITHOUT_DESKTOP]
    seen.elsewhere = frozenset({SATO})
    assert _kinds(seen) == []
    seen = _seen(agent=_agent(Presence.OFFLINE))
    seen.connected = seen.desktops = frozenset({SATO})
    assert _kinds(seen) == [Kind.DESKTOP_WITHOUT_PRESENCE]


def test_phones_in_use_are_known_to_the_router() -> None:
    seen = _seen(agent=_agent(is_on_phone=True))
    assert _kinds(seen) == [Kind.PHONE_NOT_IN_USE]
    seen = _seen()
    seen.in_use = frozenset({SATO})
    assert _kinds(seen) == [Kind.PHONE_IN_USE]
    seen = _seen(TALKS)
    seen.in_use = frozenset({SATO})
    assert _kinds(seen) == []


def test_members_of_app_queue_are_those_of_the_hub() -> None:
    seen = _seen()
    others = {
        (SUPPORT, TANAKA): InQueue(0, True),
        (SALES, TANAKA): InQueue(3, False),
        (SALES, AgentId("mori")): InQueue(0, False),
        (QueueName("of-another-program"), AgentId("mori")): InQueue(0, False),
    }
    seen.members = others
    found = {(each.subject, each.kind) for each in differences(seen)}
    assert found == {
        ("support/sato", Kind.MEMBER_MISSING),
        ("support/tanaka", Kind.MEMBER_PAUSED),
        ("sales/tanaka", Kind.MEMBER_PENALTY),
        ("sales/mori", Kind.MEMBER_TOO_MANY),
    }


def test_phones_are_those_of_the_accounts() -> None:
    seen = _seen()
    seen.accounts = {"sato": False, "tanaka": True}
    assert _kinds(seen) == [Kind.PHONE_TOO_MANY, Kind.PHONE_MISSING]


def test_settings_are_the_same() -> None:
    seen = _seen()
    seen.settings = replace(ROUTING, keep_free_after_s=1)
    assert _kinds(seen) == [Kind.SETTINGS_DIFFER]


def test_faults_of_the_node_are_differences() -> None:
    seen = _seen()
    seen.faults = tuple(Fault(kind, "x", 7) for kind in FaultKind)
    assert _kinds(seen) == [FAULTS[kind] for kind in FaultKind]


def test_what_cannot_be_seen_differs_from_nothing() -> None:
    assert differences(Seen(node="pbx1", settings=ROUTING, contacts={ONE: _on_board()})) == []


@pytest.mark.parametrize("kind", Kind)
def test_each_kind_is_told_in_both_languages(kind: Kind) -> None:
    about = Difference(kind=kind, subject="k1", agent="sato", queue="support")
    for text in (meaning(about), repair(about)):
        assert text.ja
        assert text.en
        assert "{" not in text.ja + text.en


def test_each_part_has_words() -> None:
    assert PARTS.keys() == set(Part)


async def test_only_administrators_ask_him(client: Client, hub: Hub, bearer: Bearer) -> None:
    headers = await bearer("kato")
    assert (await client.get("/api/v1/doctor", headers=headers)).status == 403
    assert (await client.post("/api/v1/doctor/repair", headers=headers)).status == 403
    headers = await bearer("abe")
    found = await (await client.get("/api/v1/doctor", headers=headers)).json()
    (difference,) = found["differences"]
    assert (difference["kind"], difference["subject"]) == ("bridge_without_call", "toritsugi.bridge.k1")
    assert difference["age_ms"] > 0
    assert difference["repair"]["ja"]
    assert found["away"] == []
    done = await (await client.post("/api/v1/doctor/repair", headers=headers)).json()
    assert ([each["kind"] for each in done["repaired"]], done["differences"]) == (["bridge_without_call"], [])
    assert hub.doctor.actors == ["abe"]
