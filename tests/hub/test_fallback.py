"""What follows from what is seen in `Queue()`: who is taken back, who is told to be busy, who is gone."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import cast

import pytest

from acd.ids import AgentId, ContactId
from cti.ami import AmiLink, AmiRefused, AmiUnavailable
from cti.ami_events import (
    AgentConnected,
    DeviceState,
    DeviceStateChanged,
    QueueCallerAbandoned,
    QueueCallerJoined,
)
from cti.ari import ChannelKey
from cti.incoming import IncomingCall
from hub.fallback import Fallback
from tests.hub.doubles import SATO
from tests.hub.fakes import until

Fields = Mapping[str, str]
A, B = ContactId("pbx1-1.1"), ContactId("pbx1-1.2")


@dataclass
class World:
    """Asterisk's AMI and the hub's desk at once. `callers` maps who is in `Queue()` to what else is so.

    `elsewhere` are channels that are up and not in `Queue()`.
    """

    callers: dict[str, dict[str, str]] = field(default_factory=dict)
    ringing: set[str] = field(default_factory=set)
    elsewhere: set[str] = field(default_factory=set)
    talking: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    taken_back: list[str] = field(default_factory=list)
    told: list[tuple[str, ...]] = field(default_factory=list)
    error: Exception | None = None
    node: str = "pbx1"
    is_up: bool = True
    is_settled: bool = True
    has_router: bool = True
    mended: int = 0

    def fallback(self) -> Fallback:
        async def show(agents: Iterable[AgentId]) -> None:
            self.told += [("shown", agent) for agent in agents]

        fallback = Fallback(
            cast(AmiLink, self),
            self,
            has_router=lambda: self.has_router,
            mend=self.mend,
            show=show,
            abandoned=lambda contact: self.told.append(("abandoned", contact)),
        )
        fallback.linked({})
        return fallback

    def mend(self) -> None:
        self.mended += 1

    async def up(self, timeout_s: float) -> None:
        """Be there at once."""

    async def request(self, action: str, fields: Fields | None = None) -> list[Fields]:
        self.asked.append(action)
        if self.error is not None:
            raise self.error
        match action:
            case "QueueStatus":
                waiting = self.callers.keys() - self.talking.keys()
                return [{"event": "QueueEntry", "uniqueid": each} for each in waiting]
            case "CoreShowChannels":
                return [*self._channels()]
            case "Redirect":
                assert fields is not None
                self.taken_back.append(fields["Channel"])
                return []
            case _:
                return []

    def _channels(self) -> Iterable[Fields]:
        for channel in self.elsewhere:
            yield _channel(channel, "PJSIP/carrier-1", "Stasis", channel)
        for caller, more in self.callers.items():
            bridge = {"bridgeid": caller} if caller in self.talking else {}
            yield _channel(caller, "PJSIP/carrier-1", "Queue", caller, **bridge, **more)
            if caller in self.ringing:
                yield _channel("leg", "PJSIP/sato-2", "AppQueue", caller)
            if caller in self.talking:
                name = f"{self.talking[caller]}-3"
                yield _channel("leg", name, "AppQueue", caller, **bridge)

    async def talks_in_queue(self, incoming: IncomingCall, agent: AgentId) -> bool:
        news = ("talks", incoming.key.id, agent)
        is_news = news not in self.told
        self.told.append(news)
        return is_news

    async def talk_in_queue_ended(self, contact: ContactId) -> None:
        self.told.append(("ended", contact))


def _channel(id_: str, name: str, application: str, linked: str, **more: str) -> Fields:
    fields = {
        "event": "CoreShowChannel",
        "uniqueid": id_,
        "channel": name,
        "application": application,
        "applicationdata": "support",
        "linkedid": linked,
        "context": "fallback",
        "exten": "s",
        "calleridnum": "0312345678",
        "calleridname": "",
    }
    return {**fields, **more}


async def test_who_waits_is_taken_back_and_counts_as_alive_until_he_is_there() -> None:
    world = World({A: {}, B: {}})
    fallback = world.fallback()
    await fallback.look()
    assert sorted(world.taken_back) == [A, B]
    world.callers.clear()
    world.elsewhere = {A, B}
    await fallback.look()  # they are on the way
    assert fallback.has(A)
    assert fallback.has(B)
    fallback.arrived(A)
    assert not fallback.has(A)
    assert world.mended == 0


async def test_who_is_being_rung_for_is_left_alone_but_counts_as_alive() -> None:
    world = World({A: {}}, ringing={A})
    fallback = world.fallback()
    await fallback.look()
    assert world.taken_back == []
    assert fallback.has(A)
    world.ringing.clear()
    await fallback.look()
    assert world.taken_back == [A]


async def test_without_a_router_nobody_is_taken_back() -> None:
    world = World({A: {}}, has_router=False)
    fallback = world.fallback()
    await fallback.look()
    assert world.taken_back == []
    assert fallback.has(A)


async def test_who_was_given_up_stays() -> None:
    world = World({A: {"exten": "stay"}})
    fallback = world.fallback()
    await fallback.look()
    assert (world.taken_back, fallback.has(A)) == ([], False)


async def test_who_hangs_up_while_waiting_there_is_found_missing() -> None:
    world = World({A: {}}, ringing={A})
    fallback = world.fallback()
    await fallback.look()
    world.callers.clear()
    await fallback.look()
    assert (fallback.has(A), world.mended) == (False, 1)


async def test_talks_are_told_when_they_begin_and_end() -> None:
    world = World({A: {}}, talking={A: "PJSIP/sato"})
    fallback = world.fallback()
    await fallback.look()
    await fallback.look()
    assert world.told == [("talks", A, SATO), ("shown", SATO), ("talks", A, SATO)]
    world.callers.clear()
    await fallback.look()
    assert world.told[-1] == ("ended", A)
    assert (world.taken_back, world.mended) == ([], 0)


async def test_who_waited_and_talks_now_is_not_missed() -> None:
    world = World({A: {}}, ringing={A})
    fallback = world.fallback()
    await fallback.look()
    world.talking[A] = "PJSIP/sato"
    await fallback.look()
    assert (world.told[0], world.mended) == (("talks", A, SATO), 0)
    assert not fallback.has(A)


async def test_a_talk_is_found_though_it_is_told_of_before_it_is_seen() -> None:
    world = World(elsewhere={A})
    fallback = world.fallback()
    await fallback.look()
    fallback.received(AgentConnected("support", A, "PJSIP/sato", waited_s=3, rang_s=1))
    await fallback.look()
    assert (fallback.has(A), world.told) == (True, [])
    world.callers, world.talking = {A: {}}, {A: "PJSIP/sato"}
    await fallback.look()
    assert ("talks", A, SATO) in world.told
    assert not fallback.has(A)


async def test_members_that_are_no_agents_are_nobody_s_business() -> None:
    world = World({A: {}}, talking={A: "Local/desk"})
    await world.fallback().look()
    assert world.told == []


async def test_the_list_of_channels_is_asked_for_only_where_somebody_is_there() -> None:
    world = World()
    fallback = world.fallback()
    await fallback.look()
    await fallback.look()
    assert world.asked == ["QueueStatus", "CoreShowChannels", "QueueStatus"]


@pytest.mark.parametrize("error", [AmiUnavailable("away"), AmiRefused("QueueStatus", "no")])
async def test_what_cannot_be_seen_is_looked_for_again(error: Exception) -> None:
    world = World({A: {}}, error=error)
    fallback = world.fallback()
    await fallback.look()
    world.error = None
    await fallback.look()
    assert world.taken_back == [A]


async def test_the_service_looks_when_something_happens_in_a_queue() -> None:
    world = World()
    fallback = world.fallback()
    running = asyncio.create_task(fallback.run())
    await until(lambda: len(world.asked) == 2)
    fallback.received(DeviceStateChanged("PJSIP/sato", DeviceState.IN_USE))
    world.callers[A] = {}
    fallback.received(QueueCallerJoined("support", A, "", 1, 1))
    await until(lambda: world.taken_back == [A])
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_hub_without_the_node_s_calls_does_not_look() -> None:
    world = World({A: {}}, is_settled=False)
    running = asyncio.create_task(world.fallback().run())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert world.asked == []
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_hanging_up_asks_asterisk_and_never_fails() -> None:
    world = World(error=AmiRefused("Hangup", "No such channel"))
    await world.fallback().hang_up(ChannelKey("pbx1", A))
    assert world.asked == ["Hangup"]


async def test_who_hangs_up_there_is_noted_but_not_who_is_taken_back() -> None:
    world = World({A: {}, B: {}}, has_router=False)
    fallback = world.fallback()
    await fallback.look()
    fallback.received(QueueCallerAbandoned("support", A, 7))
    assert world.told == [("abandoned", A)]
    del world.callers[A]
    world.has_router = True
    await fallback.look()
    assert world.taken_back == [B]
    fallback.received(QueueCallerAbandoned("support", B, 9))
    assert world.told == [("abandoned", A)]


async def test_who_hung_up_on_the_way_to_the_queue_is_not_waited_for() -> None:
    world = World()
    world.callers[B] = {}
    fallback = world.fallback()
    fallback.expect(A, ChannelKey("pbx1", A))
    await fallback.look()
    assert ("abandoned", A) in world.told
    assert not fallback.has(A)
    assert world.mended
