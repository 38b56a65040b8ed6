"""What phones order during a call, on the hub's parts with an Asterisk that is none."""

from collections.abc import Awaitable, Callable
from typing import Any, cast

import pytest

from acd.ids import AgentId, ContactId
from acd.policy import RecordPolicy
from cti.feature_codes import FeatureCodes
from cti.phones import Referral
from hub.desktop.commands import DomainCommand
from hub.desktop.protocol import PartyState, RecordingState
from hub.phone_orders import PhoneOrders
from tests.hub.doubles import SATO, SUZUKI, Sounds
from tests.hub.fakes import until
from tests.hub.stage import Stage, account, staff
from tests.hub.test_talks import own_leg, states


class Phones:
    """What phones are told: of their REFER, and in words."""

    def __init__(self) -> None:
        self.answers: list[bool] = []
        self.told: list[str] = []

    async def answer_referral(self, ref: str, *, is_done: bool) -> None:
        self.answers.append(is_done)

    async def tell(self, ref: str, sounds: list[str]) -> str:
        self.told += sounds
        return "playback"


class Dialled:
    """A call between two phones that is never taken along (`hub.dialled.DialledCalls`)."""

    async def take_along(self, agent: AgentId, name: str) -> None:
        pass

    def forget(self, agent: AgentId) -> None:
        pass

    async def close(self) -> None:
        pass


@pytest.fixture
async def stage(stage: Stage) -> Stage:
    await staff(stage)
    return stage


@pytest.fixture
async def call(stage: Stage) -> ContactId:
    contact = await stage.arrives()
    await stage.talks(contact)
    await stage.desk.agent_joined(account(SUZUKI))
    await until(lambda: stage.router.state.agents[SUZUKI].is_signed_in)
    return contact


def _orders(
    stage: Stage,
    carry_out: Callable[[AgentId, DomainCommand], Awaitable[None]],
    policy: RecordPolicy = RecordPolicy.NEVER,
) -> tuple[PhoneOrders, Phones]:
    phones, dialled = Phones(), cast(Any, Dialled())
    orders = PhoneOrders(
        stage.calls.lines,
        stage.board,
        cast(Any, None),
        Sounds(),
        carry_out,
        dialled,
        records=lambda _: policy,
    )
    orders.control = cast(Any, type("_", (), {"phones": phones}))
    orders.numbers = cast(Any, type("_", (), {"settings": type("_", (), {"codes": FeatureCodes()})}))
    return orders, phones


@pytest.mark.parametrize(
    ("policy", "state", "action"),
    [
        (RecordPolicy.ALWAYS, RecordingState.ON, "pause"),
        (RecordPolicy.ALWAYS, RecordingState.PAUSED, "resume"),
        (RecordPolicy.ON_DEMAND, RecordingState.OFF, "start"),
        (RecordPolicy.ON_DEMAND, RecordingState.ON, "stop"),
        (RecordPolicy.ON_DEMAND, RecordingState.PAUSED, "stop"),
    ],
)
async def test_the_code_for_recordings_does_what_the_queue_allows(
    stage: Stage, call: ContactId, policy: RecordPolicy, state: RecordingState, action: str
) -> None:
    asked: list[DomainCommand] = []

    async def carry_out(agent: AgentId, command: DomainCommand) -> None:
        assert agent == SATO
        asked.append(command)

    orders, phones = _orders(stage, carry_out, policy)
    stage.live(call).recording = state
    for key in "*3":
        orders.typed(own_leg(stage, call), key)
    await until(lambda: phones.told == ["sound:/beep"])
    assert [(each.type, getattr(each, "action", "")) for each in asked] == [("record", action)]
    await orders.close()


async def test_a_refused_announced_transfer_leaves_nobody_aside(
    stage: Stage, call: ContactId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.phone_orders._TALKS_S", 0.5)
    orders, phones = _orders(stage, stage.desk.command)
    orders.referred(Referral(own_leg(stage, call), "202", is_announced=True, other="suzuki-00000007"))
    await until(lambda: states(stage, call) == [(SUZUKI, PartyState.RINGING)])
    await until(lambda: phones.answers == [False])
    assert (states(stage, call), stage.live(call).held) == ([], False)
    assert stage.control.orders("go_back") == [(call,)]
    assert phones.told
    await until(lambda: not stage.board.offers_to(SUZUKI))
    await orders.close()
