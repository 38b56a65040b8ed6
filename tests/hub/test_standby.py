"""A hub that stands by: it shows what the other does with calls, and does nothing itself."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.errors import AcdUnavailable
from acd.events import OfferRejected, PresenceChanged
from acd.ids import AgentId
from hub.desktop.protocol import ShownState, Welcome
from hub.seats import Seats
from tests.hub.doubles import SATO, Control, Router
from tests.hub.fakes import until
from tests.hub.stage import Stage, build, crm_engine, flow_in, running


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    engine = await crm_engine(tmp_path)
    yield engine
    await engine.dispose()


async def test_offers_and_talks_are_shown_without_a_hand_in_them(engine: AsyncEngine, tmp_path: Path) -> None:
    router, flow = Router(), flow_in(tmp_path)
    first = build(engine, flow, router, Control())
    second = build(engine, flow, router, Control(), has_node=False)
    async with running(first), running(second, linked=False):
        await second.presence(SATO)
        contact = await first.arrives()
        offer = await first.is_offered(contact)

        def is_shown() -> bool:
            shown = second.screens.of(SATO, Welcome)
            return any(each.offer == offer for welcome in shown for each in welcome.offers)

        await until(is_shown)
        await first.answers(offer)
        await second.sees(SATO, contact, ShownState.CONNECTED)
        await first.hangs_up(contact)
        await second.sees(SATO, contact, ShownState.WRAP_UP)
        assert second.control.log == []
        assert not any(isinstance(event, OfferRejected) for event in router.events)


class _Elsewhere(Seats):
    def __init__(self, *, is_elsewhere: bool | None) -> None:
        self._is = is_elsewhere

    async def is_elsewhere(self, agent: AgentId) -> bool:
        if self._is is None:
            raise AcdUnavailable("stopped by the test")
        return self._is


@pytest.mark.parametrize("is_elsewhere", [True, False])
async def test_an_agent_at_another_hub_is_not_gone(stage: Stage, is_elsewhere: bool) -> None:
    stage.desk.seats = _Elsewhere(is_elsewhere=is_elsewhere)
    await stage.presence(SATO)
    before = len(stage.router.events)
    await stage.desk.agent_gone(SATO)
    told = [event for event in stage.router.events[before:] if isinstance(event, PresenceChanged)]
    assert bool(told) is not is_elsewhere


async def test_who_cannot_know_asks_again(stage: Stage) -> None:
    stage.desk.seats = _Elsewhere(is_elsewhere=None)
    with pytest.raises(AcdUnavailable):
        await stage.desk.agent_gone(SATO)


async def test_calls_of_who_stands_by_are_another_s(stage: Stage) -> None:
    contact = await stage.arrives()
    stage.voice.stand_by()
    assert stage.voice.call_of(contact) is None
    assert not stage.voice.is_settled
