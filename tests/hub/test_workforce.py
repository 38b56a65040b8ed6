"""What supervisors change about agents, and what the audit log keeps of it."""

from collections.abc import Awaitable, Callable
from typing import NoReturn

import pytest

from acd.agent import Agent, Presence
from acd.contact import Channel, ContactState
from acd.events import AgentChanged, PresenceChanged
from acd.ids import AgentId, ContactId
from hub.audit import AuditLog, Deed
from hub.board import LiveContact
from hub.clock import now_ms
from hub.desktop.link import SIGNED_OUT
from hub.desktop.protocol import Party, PartyState
from hub.errors import DatabaseUnavailable
from tests.hub.conftest import Client
from tests.hub.doubles import SATO
from tests.hub.fakes import Hub
from tests.hub.stage import SALES, SUPPORT

Bearer = Callable[[str], Awaitable[dict[str, str]]]
PRESENCE, LOG_OFF = "/api/v1/agents/sato/presence", "/api/v1/agents/sato/log-off"


async def _signs_in(hub: Hub, agent: AgentId = SATO) -> None:
    await hub.router.submit(AgentChanged(agent=Agent(id=agent)))
    await hub.router.submit(PresenceChanged(agent=agent, presence=Presence.AVAILABLE, reason=""))


def _presence(hub: Hub) -> tuple[Presence, str]:
    record = hub.router.state.agents[SATO]
    return record.presence, record.reason


async def test_supervisors_change_presence(client: Client, hub: Hub, bearer: Bearer) -> None:
    await _signs_in(hub)
    headers = await bearer("kato")
    wanted = {"presence": "not_ready", "reason": "training"}
    assert (await client.put(PRESENCE, json=wanted, headers=headers)).status == 204
    assert _presence(hub) == (Presence.NOT_READY, "training")
    (entry,) = await hub.parts.audit.entries()
    assert (entry.actor, entry.deed, entry.subject) == ("kato", Deed.CHANGE_PRESENCE, "sato")
    assert entry.detail == wanted


async def test_supervisors_log_agents_off(client: Client, hub: Hub, bearer: Bearer) -> None:
    await _signs_in(hub)
    theirs = await bearer("sato")
    account = await hub.parts.accounts.get("sato")
    assert account is not None
    async with (
        hub.parts.desktop.desktops.join(account) as one,
        hub.parts.desktop.desktops.join(account) as two,
    ):
        assert (await client.post(LOG_OFF, headers=await bearer("kato"))).status == 204
        assert {one.ended.result(), two.ended.result()} == {SIGNED_OUT}
    assert SIGNED_OUT.code == 1008
    assert _presence(hub) == (Presence.OFFLINE, "logged_off")
    assert (await client.get("/api/v1/me", headers=theirs)).status == 401
    (entry,) = await hub.parts.audit.entries()
    assert (entry.actor, entry.deed, entry.subject) == ("kato", Deed.LOG_OFF, "sato")


async def test_what_is_refused(client: Client, hub: Hub, bearer: Bearer) -> None:
    wanted = {"presence": "available"}
    kato, sato = await bearer("kato"), await bearer("sato")
    assert (await client.put(PRESENCE, json=wanted, headers=sato)).status == 403
    assert (await client.post(LOG_OFF, headers=sato)).status == 403
    away = await client.put(PRESENCE, json=wanted, headers=kato)
    assert (away.status, (await away.json())["error"]["code"]) == (409, "agent_away")
    assert (await client.put(PRESENCE, json={"presence": "offline"}, headers=kato)).status == 400
    for path in ("nobody", "abe"):
        status = {"nobody": 404, "abe": 403}[path]
        assert (
            await client.put(f"/api/v1/agents/{path}/presence", json=wanted, headers=kato)
        ).status == status
        assert (await client.post(f"/api/v1/agents/{path}/log-off", headers=kato)).status == status
    assert await hub.parts.audit.entries() == []
    assert hub.router.events == []


async def test_without_a_database_nothing_is_done(
    client: Client, hub: Hub, bearer: Bearer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> NoReturn:
        raise DatabaseUnavailable("stopped by the test")

    await _signs_in(hub)
    kato, sato = await bearer("kato"), await bearer("sato")
    monkeypatch.setattr(hub.parts.audit, "note", away)
    assert (await client.put(PRESENCE, json={"presence": "not_ready"}, headers=kato)).status == 503
    assert (await client.post(LOG_OFF, headers=kato)).status == 503
    members = "/api/v1/queues/sales/members"
    assert (await client.post(members, json={"agent": "sato"}, headers=kato)).status == 503
    assert _presence(hub) == (Presence.AVAILABLE, "")
    assert (await client.get("/api/v1/me", headers=sato)).status == 200
    assert [each.agent for each in await hub.parts.members.of(SALES)] == ["tanaka"]


async def test_changed_queues_are_in_the_log(client: Client, hub: Hub, bearer: Bearer) -> None:
    kato, members = await bearer("kato"), "/api/v1/queues/sales/members"
    await client.post(members, json={"agent": "sato", "penalty": 2}, headers=kato)
    await client.delete(f"{members}/sato", headers=kato)
    await client.delete(f"{members}/sato", headers=kato)
    entries = await hub.parts.audit.entries(deed=Deed.CHANGE_QUEUES)
    assert [(each.actor, each.subject, each.detail) for each in entries] == [
        ("kato", "sato", {"queue": "sales", "removed": True}),
        ("kato", "sato", {"queue": "sales", "penalty": 2}),
    ]


# --- the audit log ---------------------------------------------------------------------------------


async def test_administrators_page_through_the_log(client: Client, hub: Hub, bearer: Bearer) -> None:
    audit, abe = hub.parts.audit, await bearer("abe")
    for number in range(7):
        deed = Deed.LOG_OFF if number % 2 else Deed.SUPERVISE
        await audit.note("kato" if number < 4 else "abe", deed, f"s{number}", number=number)

    async def page(**query: str | int) -> tuple[list[str], int | None]:
        answer = await client.get("/api/v1/audit", params=query, headers=abe)
        assert answer.status == 200
        body = await answer.json()
        return [each["subject"] for each in body["entries"]], body["before_ms"]

    seen, before_ms = await page(limit=3)
    while before_ms is not None:
        more, before_ms = await page(limit=3, before_ms=before_ms)
        seen += more
    assert sorted(seen) == [f"s{number}" for number in range(7)]
    assert sorted((await page(actor="abe"))[0]) == ["s4", "s5", "s6"]
    assert (await page(subject="s2"))[0] == ["s2"]
    assert sorted((await page(actor="kato", deed="log_off"))[0]) == ["s1", "s3"]
    assert (await client.get("/api/v1/audit?deed=theft", headers=abe)).status == 400
    assert (await client.get("/api/v1/audit", headers=await bearer("kato"))).status == 403


async def test_a_moment_s_entries_come_on_one_page(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.audit.now_ms", lambda: 5)
    for number in range(5):
        await hub.parts.audit.note("kato", Deed.LOG_OFF, f"s{number}")
    entries = await hub.parts.audit.entries(limit=2)
    assert len(entries) == 5
    assert await hub.parts.audit.entries(before_ms=entries[-1].at_ms, limit=2) == []


async def test_what_is_old_is_deleted(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    audit = hub.parts.audit
    assert isinstance(audit, AuditLog)
    monkeypatch.setattr("hub.audit.now_ms", lambda: 1_000)
    await audit.note("kato", Deed.LOG_OFF, "old")
    monkeypatch.undo()
    await audit.note("kato", Deed.LOG_OFF, "new")
    assert await audit.purge(now_ms() - 1_000_000) == 1
    assert [each.subject for each in await audit.entries()] == ["new"]


# --- the directory and the calls -------------------------------------------------------------------


def _call(number: int, **more: object) -> LiveContact:
    contact = LiveContact(
        id=ContactId(f"c{number}"),
        channel=Channel.VOICE,
        queue=SUPPORT,
        arrived_ms=number,
        address="+819012345678",
        name="鈴木",
    )
    for name, value in more.items():
        setattr(contact, name, value)
    return contact


async def test_the_directory_says_who_is_there(client: Client, hub: Hub, bearer: Bearer) -> None:
    board = hub.board
    board.set_presence(SATO, Presence.AVAILABLE, "back")
    board.add(_call(1, state=ContactState.CONNECTED, agent=SATO))
    board.add(_call(2))
    board.add(_call(3, parked_until_ms=9))
    board.add(LiveContact(id=ContactId("t"), channel=Channel.LINE, queue=SALES, arrived_ms=1, address="U1"))
    answer = await client.get("/api/v1/directory", headers=await bearer("sato"))
    body = await answer.json()
    assert [each["id"] for each in body["agents"]] == ["abe", "kato", "sato"]
    assert body["agents"][2] == {
        "id": "sato",
        "name": "Sato",
        "presence": "available",
        "reason": "back",
        "is_on_call": True,
        "queues": ["support"],
    }
    assert body["agents"][0]["presence"] == "offline"
    assert body["queues"] == [{"name": "support", "waiting": 1}, {"name": "sales", "waiting": 1}]


async def test_calls_are_shown_to_whom_they_concern(client: Client, hub: Hub, bearer: Bearer) -> None:
    party = Party(id="k", state=PartyState.HELD, agent=AgentId("kato"), name="Kato")
    hub.board.add(_call(2, state=ContactState.CONNECTED, agent=SATO, held=True, parties=(party,), since_ms=7))
    hub.board.add(_call(1))
    hub.board.add(_call(3, parked_until_ms=9))
    hub.board.add(_call(4, queue=""))
    hub.board.add(_call(5, about=ContactId("c2"), agent=AgentId("kato"), state=ContactState.CONNECTED))
    hub.board.add(LiveContact(id=ContactId("t"), channel=Channel.LINE, queue=SALES, arrived_ms=1))

    async def calls(agent: str) -> list[dict[str, object]]:
        answer = await client.get("/api/v1/calls", headers=await bearer(agent))
        found: list[dict[str, object]] = (await answer.json())["calls"]
        return found

    assert [each["contact"] for each in await calls("kato")] == ["c1", "c2", "c3"]
    own, parked = await calls("sato")
    assert own == {
        "contact": "c2",
        "queue": "support",
        "state": "connected",
        "agent": "sato",
        "address": "+819012345678",
        "name": "鈴木",
        "since_ms": 7,
        "held": True,
        "parked": False,
        "recording": "off",
        "parties": [{"id": "k", "state": "held", "agent": "kato", "number": None, "name": "Kato"}],
    }
    assert (parked["contact"], parked["parked"]) == ("c3", True)


async def test_without_a_router_the_desktops_are_closed_all_the_same(
    client: Client, hub: Hub, bearer: Bearer
) -> None:
    account = await hub.parts.accounts.get("sato")
    assert account is not None
    hub.router.is_away = True
    async with hub.parts.desktop.desktops.join(account) as link:
        assert (await client.post(LOG_OFF, headers=await bearer("kato"))).status == 503
        assert link.ended.result() is SIGNED_OUT
