"""Members who are added while all runs: kept, merged over the files, told to router and app_queue."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.agent import Agent, Presence
from acd.events import AgentChanged
from acd.ids import AgentId, QueueName
from acd.policy import Member
from cti.ami import AmiLink, AmiUnavailable
from cti.ami_connection import Headers
from hub.errors import DatabaseUnavailable, MemberOfFiles, UnknownAccount, UnknownMember, UnknownQueue
from hub.member_roll import MemberRoll
from hub.members import DynamicMembers, MemberStore, merged
from tests.hub.conftest import Client
from tests.hub.doubles import SATO, TANAKA
from tests.hub.fakes import Hub, until
from tests.hub.stage import ROUTING, SALES, SUPPORT, Stage

Bearer = Callable[[str], Awaitable[dict[str, str]]]
BY = AgentId("kato")
URL = "/api/v1/queues/sales/members"


async def test_members_of_the_files_stay_and_come_first(hub: Hub) -> None:
    members = hub.parts.members
    await members.add(SALES, SATO, 3, by=BY)
    await members.add(SALES, AgentId("abe"), 1, by=BY)
    await members.add(SALES, SATO, 0, by=BY)
    found = [(each.agent, each.penalty, each.is_dynamic) for each in await members.of(SALES)]
    assert found == [("tanaka", 0, False), ("sato", 0, True), ("abe", 1, True)]
    await members.remove(SALES, SATO, by=BY)
    assert [each.agent for each in await members.of(SALES)] == ["tanaka", "abe"]


async def test_what_cannot_be_is_refused(hub: Hub) -> None:
    members = hub.parts.members
    for change in (members.add(SALES, TANAKA, 1, by=BY), members.remove(SALES, TANAKA, by=BY)):
        with pytest.raises(MemberOfFiles, match=r"queues\.conf"):
            await change
    with pytest.raises(UnknownAccount):
        await members.add(SALES, AgentId("nobody"), 0, by=BY)
    with pytest.raises(UnknownMember):
        await members.remove(SALES, SATO, by=BY)
    for unknown in (members.of(QueueName("x")), members.add(QueueName("x"), SATO, 0, by=BY)):
        with pytest.raises(UnknownQueue):
            await unknown


async def test_supervisors_change_members(client: Client, bearer: Bearer) -> None:
    headers = await bearer("kato")
    added = await client.post(URL, json={"agent": "sato", "penalty": 2}, headers=headers)
    assert added.status == 201
    assert await added.json() == {"queue": "sales", "agent": "sato", "penalty": 2, "is_dynamic": True}
    listed = await (await client.get(URL, headers=headers)).json()
    assert [each["agent"] for each in listed["members"]] == ["tanaka", "sato"]
    assert (await client.delete(f"{URL}/sato", headers=headers)).status == 204
    assert (await client.delete(f"{URL}/sato", headers=headers)).status == 404
    of_files = await client.delete(f"{URL}/tanaka", headers=headers)
    assert of_files.status == 409
    error = (await of_files.json())["error"]
    assert error["code"] == "member_of_files"
    assert "queues.conf" in error["message"]["ja"]
    assert (await client.post(URL, json={"agent": "nobody"}, headers=headers)).status == 404
    assert (await client.get("/api/v1/queues/x/members", headers=headers)).status == 404
    assert (await client.get(URL, headers=await bearer("sato"))).status == 403


def test_the_files_win_where_both_name_a_member() -> None:
    added: DynamicMembers = {
        SALES: [Member(agent=SATO, penalty=4), Member(agent=TANAKA, penalty=9)],
        QueueName("closed_down"): [Member(agent=SATO)],
    }
    both = merged(ROUTING, added)
    assert both.queues[SALES].members == (Member(agent=TANAKA), Member(agent=SATO, penalty=4))
    assert both.queues[SUPPORT] == ROUTING.queues[SUPPORT]
    assert both.queues.keys() == ROUTING.queues.keys()


async def test_an_added_member_is_offered_the_queue_s_contacts(stage: Stage) -> None:
    stage.truth.go_by_members({SALES: [Member(agent=SATO)]})
    await stage.presence(SATO)
    contact = await stage.arrives(keys="2")
    await stage.talks(contact)
    stage.truth.go_by(ROUTING, stage.voice.flow)
    await stage.agrees()
    assert stage.router.state.agents[SATO].agent.queues == {SUPPORT: 0, SALES: 0}
    stage.truth.go_by_members({})
    await stage.agrees()
    assert stage.router.state.agents[SATO].agent.queues == {SUPPORT: 0}
    assert stage.live(contact).agent == SATO, "what he has stays with him"


async def test_who_was_added_stays_until_the_members_are_known(stage: Stage) -> None:
    await stage.router.submit(AgentChanged(agent=Agent(id=SATO, queues={SUPPORT: 0, SALES: 1})))
    await stage.agrees()
    assert stage.router.state.agents[SATO].agent.queues == {SUPPORT: 0, SALES: 1}
    stage.truth.go_by_members({})
    await stage.agrees()
    assert stage.router.state.agents[SATO].agent.queues == {SUPPORT: 0}


async def test_signing_in_keeps_the_queues_that_were_added(stage: Stage) -> None:
    stage.truth.go_by_members({SALES: [Member(agent=SATO)]})
    await stage.presence(SATO)
    await stage.presence(SATO, Presence.NOT_READY)
    assert stage.router.state.agents[SATO].agent.queues == {SUPPORT: 0, SALES: 0}


@dataclass
class AppQueue:
    """app_queue behind AMI: the members that were added, by queue and interface."""

    is_up: bool = True
    added: dict[tuple[str, str], int] = field(default_factory=dict)
    fails: bool = False
    asked: list[str] = field(default_factory=list)

    async def request(self, action: str, fields: Headers | None = None) -> list[Headers]:
        self.asked.append(action)
        if self.fails:
            raise AmiUnavailable("stopped by the test")
        if action == "QueueStatus":
            return [self._shown("sales", "PJSIP/tanaka", 0, "static"), *self._all()]
        assert fields is not None
        key = fields["Queue"], fields["Interface"]
        if action == "QueueRemove":
            del self.added[key]
        else:
            assert (action == "QueueAdd") is (key not in self.added)
            self.added[key] = int(fields["Penalty"])
        return []

    def _all(self) -> list[Headers]:
        return [self._shown(*key, penalty, "dynamic") for key, penalty in self.added.items()]

    @staticmethod
    def _shown(queue: str, location: str, penalty: int, membership: str) -> Headers:
        return {
            "event": "QueueMember",
            "queue": queue,
            "location": location,
            "penalty": str(penalty),
            "membership": membership,
        }


@dataclass
class World:
    """A roll at work, with what it told the router."""

    store: MemberStore
    app_queue: AppQueue
    roll: MemberRoll
    told: list[Any]


@pytest.fixture
def world(engine: AsyncEngine) -> World:
    store, app_queue, told = MemberStore(engine), AppQueue(), list[Any]()
    roll = MemberRoll(store, cast(AmiLink, app_queue), lambda: ROUTING, told.append, poll_s=0.01)
    return World(store, app_queue, roll, told)


async def test_app_queue_has_the_same_members(world: World) -> None:
    by_hand = {("sales", "PJSIP/mori"): 0, ("sales", "SIP/old"): 0, ("others", "PJSIP/sato"): 0}
    world.app_queue.added |= by_hand
    await world.store.put(SALES, SATO, 2)
    await world.store.put(SALES, TANAKA, 1)  # a member by the files already
    await world.roll.refresh()
    kept = {("sales", "SIP/old"): 0, ("others", "PJSIP/sato"): 0}
    assert world.app_queue.added == kept | {("sales", "PJSIP/sato"): 2}
    await world.store.put(SALES, SATO, 5)
    await world.roll.refresh()
    assert world.app_queue.added == kept | {("sales", "PJSIP/sato"): 5}
    await world.store.remove(SALES, SATO)
    await world.roll.refresh()
    assert world.app_queue.added == kept
    assert len(world.told) == 3


async def test_it_is_told_again_when_asterisk_is_back(world: World) -> None:
    await world.store.put(SALES, SATO, 2)
    await world.roll.refresh()
    asked = len(world.app_queue.asked)
    await world.roll.refresh()
    assert len(world.app_queue.asked) == asked, "it knows"
    world.app_queue.added.clear()
    world.roll.unlinked()
    world.roll.linked({})
    await world.roll.refresh()
    assert world.app_queue.added == {("sales", "PJSIP/sato"): 2}


async def test_what_failed_is_tried_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    running = asyncio.create_task(world.roll.run())
    world.app_queue.fails = True
    await world.store.put(SALES, SATO, 2)
    await until(lambda: bool(world.app_queue.asked))
    world.app_queue.fails = False
    world.roll.stir()
    await until(lambda: ("sales", "PJSIP/sato") in world.app_queue.added)

    async def away() -> DynamicMembers:
        raise DatabaseUnavailable("stopped by the test")

    with monkeypatch.context() as patched:
        patched.setattr(world.store, "all", away)
        await world.roll.refresh()
    world.app_queue.is_up = False
    await world.store.remove(SALES, SATO)
    await until(lambda: world.told[-1] == {})
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
