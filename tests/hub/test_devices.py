"""Who talks on a phone elsewhere is offered nothing, and nobody stays blocked by what is not heard."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from acd.agent import Agent
from acd.events import AgentChanged, DeviceChanged
from acd.ids import AgentId
from cti.ami_events import DeviceState, DeviceStateChanged, QueueCallerLeft
from hub.ami_listeners import AmiListeners
from hub.devices import Devices
from tests.hub.doubles import SATO, TANAKA, Router
from tests.hub.fakes import Clock, settle

PHONE = "PJSIP/sato"


@dataclass
class Desks:
    """A router that knows sato, and what it is told of his phone."""

    router: Router
    devices: Devices
    clock: Clock
    serves: set[AgentId]

    def told(self) -> list[tuple[str, bool]]:
        return [
            (each.agent, each.is_in_use) for each in self.router.events if isinstance(each, DeviceChanged)
        ]

    def is_on_phone(self) -> bool:
        return self.router.state.agents[SATO].is_on_phone

    async def changes(self, state: DeviceState, device: str = PHONE) -> None:
        self.devices.received(DeviceStateChanged(device, state))
        await settle()


@pytest.fixture
async def desks() -> AsyncIterator[Desks]:
    router, clock = Router(), Clock()
    await router.submit(AgentChanged(agent=Agent(id=SATO)))
    serves: set[AgentId] = set()
    devices = Devices(router.submit, serves.__contains__, sleep=clock.sleep)
    running = asyncio.create_task(devices.run())
    devices.agree(router.state)
    await settle()
    yield Desks(router, devices, clock, serves)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@pytest.mark.parametrize("state", list(DeviceState))
async def test_these_states_count_as_in_use(desks: Desks, state: DeviceState) -> None:
    desks.devices.linked({PHONE: state})
    await settle()
    in_use = {DeviceState.IN_USE, DeviceState.BUSY, DeviceState.ON_HOLD, DeviceState.RINGING_IN_USE}
    assert desks.is_on_phone() is (state in in_use)


async def test_only_changes_are_told(desks: Desks) -> None:
    desks.devices.linked({PHONE: DeviceState.NOT_IN_USE})
    for state in (DeviceState.RINGING, DeviceState.IN_USE, DeviceState.ON_HOLD, DeviceState.NOT_IN_USE):
        await desks.changes(state)
    assert desks.told() == [("sato", True), ("sato", False)]


async def test_a_call_of_ours_explains_a_phone_in_use_and_for_a_moment_after_its_end(desks: Desks) -> None:
    desks.serves.add(SATO)
    await desks.changes(DeviceState.IN_USE)
    desks.serves.clear()
    await desks.changes(DeviceState.BUSY)
    assert desks.told() == []
    await desks.changes(DeviceState.NOT_IN_USE)
    await desks.clock.advance(10)
    assert desks.told() == []


async def test_a_phone_that_stays_in_use_after_our_call_is_told(desks: Desks) -> None:
    desks.devices.linked({})
    desks.serves.add(SATO)
    await desks.changes(DeviceState.IN_USE)
    await desks.clock.advance(10)
    assert desks.told() == []
    desks.serves.clear()
    for _ in range(4):
        await desks.clock.advance(1)
    assert desks.told() == [(SATO, True)]


async def test_other_devices_and_events_play_no_part(desks: Desks) -> None:
    desks.devices.linked({"PJSIP/carrier": DeviceState.IN_USE, "Queue:support": DeviceState.IN_USE})
    await desks.changes(DeviceState.IN_USE, "PJSIP/tanaka")
    await desks.changes(DeviceState.IN_USE, "Custom:sato")
    desks.devices.received(QueueCallerLeft("support", "1", 0))
    await settle()
    assert desks.told() == []


async def test_an_agent_who_comes_later_has_a_phone_too(desks: Desks) -> None:
    desks.devices.linked({"PJSIP/tanaka": DeviceState.IN_USE})
    event = AgentChanged(agent=Agent(id=TANAKA))
    desks.devices.note(event, await desks.router.submit(event), 1)
    await settle()
    assert desks.told() == [("tanaka", True)]


async def test_a_router_without_its_state_is_told_anew(desks: Desks) -> None:
    desks.devices.linked({PHONE: DeviceState.IN_USE})
    await settle()
    desks.router.lose_everything()
    await desks.router.submit(AgentChanged(agent=Agent(id=SATO)))
    desks.devices.agree(desks.router.state)
    await settle()
    assert desks.is_on_phone()


async def test_what_the_router_was_told_by_a_hub_before_is_put_right(desks: Desks) -> None:
    await desks.router.submit(DeviceChanged(agent=SATO, is_in_use=True))
    desks.devices.agree(desks.router.state)
    await settle()
    assert desks.is_on_phone(), "nothing is known of the phone yet"
    desks.devices.linked({PHONE: DeviceState.UNAVAILABLE})
    await settle()
    assert not desks.is_on_phone()


async def test_a_lost_link_blocks_nobody_for_long(desks: Desks) -> None:
    desks.devices.linked({PHONE: DeviceState.IN_USE})
    await settle()
    desks.devices.unlinked()
    await desks.clock.advance(9)
    assert desks.is_on_phone()
    await desks.clock.advance(2)
    assert not desks.is_on_phone()
    desks.devices.linked({PHONE: DeviceState.IN_USE})
    await settle()
    assert desks.is_on_phone(), "states are told anew"
    desks.devices.unlinked()
    await desks.clock.advance(5)
    desks.devices.linked({PHONE: DeviceState.IN_USE})
    await desks.clock.advance(60)
    assert desks.is_on_phone(), "the link was back in time"


async def test_a_hub_without_a_link_from_the_start_blocks_nobody(desks: Desks) -> None:
    await desks.router.submit(DeviceChanged(agent=SATO, is_in_use=True))
    desks.devices.agree(desks.router.state)
    await desks.clock.advance(11)
    assert not desks.is_on_phone()


async def test_a_router_that_is_away_is_told_later(desks: Desks) -> None:
    desks.devices.linked({})
    desks.router.is_away = True
    await desks.changes(DeviceState.IN_USE)
    desks.router.is_away = False
    await desks.clock.advance(1)
    assert desks.is_on_phone()


async def test_a_listener_that_fails_keeps_no_other_from_hearing(desks: Desks) -> None:
    class Broken(Devices):
        def received(self, event: object) -> None:
            raise ZeroDivisionError

    broken = Broken(desks.router.submit, desks.serves.__contains__, sleep=desks.clock.sleep)
    listeners = AmiListeners(broken, desks.devices)
    listeners.linked({PHONE: DeviceState.NOT_IN_USE})
    listeners.received(DeviceStateChanged(PHONE, DeviceState.BUSY))
    await settle()
    assert desks.is_on_phone()
    listeners.unlinked()
    await desks.clock.advance(11)
    assert not desks.is_on_phone()
