"""What differs between call control and its Asterisk, without either."""

from collections.abc import Mapping

from cti.ari import Snapshot
from cti.ari.models import Application, Bridge, Channel
from cti.examination import Belief, Fault, FaultKind, examine
from tests.cti.channels import APP, NOW, bridge, channel

BORN_MS = round(NOW.timestamp() * 1000)
CALL, LEG = "pbx1-1", f"{APP}.leg.o1"
IN = "in,carrier,0312345678"


def _bridge(*channels: str) -> Bridge:
    return bridge(f"{APP}.bridge.{CALL}", *channels)


def _examined(
    channels: tuple[Channel, ...] = (),
    bridges: tuple[Bridge, ...] = (),
    *,
    calls: Mapping[str, str] | None = None,
    legs: Mapping[str, str] | None = None,
    awaited: frozenset[str] = frozenset(),
    held: frozenset[str] = frozenset(),
) -> tuple[Fault, ...]:
    application = Application(
        name=APP,
        channel_ids=[],
        bridge_ids=[],
        endpoint_ids=[],
        device_names=[],
        events_allowed=[],
        events_disallowed=[],
    )
    believed = Belief(calls or {}, legs or {}, awaited, held)
    return examine(Snapshot("pbx1", application, channels, bridges), believed)


TALK = {CALL: LEG}
LEGS = {LEG: CALL}
BOTH = (channel(CALL, IN), channel(LEG, "leg,o1"))


def test_a_call_that_talks_is_no_fault() -> None:
    assert _examined(BOTH, (_bridge(CALL, LEG),), calls=TALK, legs=LEGS) == ()


def test_who_is_on_hold_is_out_of_the_bridge_by_right() -> None:
    bridges = (_bridge(LEG),)
    assert _examined(BOTH, bridges, calls=TALK, legs=LEGS, held=frozenset({CALL})) == ()
    assert _examined(BOTH, bridges, calls=TALK, legs=LEGS) == (Fault(FaultKind.APART, CALL, BORN_MS),)


def test_a_talk_without_a_bridge_is_one() -> None:
    assert _examined(BOTH, calls=TALK, legs=LEGS) == (Fault(FaultKind.APART, CALL, BORN_MS),)


def test_channels_that_nobody_knows() -> None:
    queued = channel("pbx1-3")
    assert _examined((*BOTH, queued)) == (
        Fault(FaultKind.STRAY_CHANNEL, CALL, BORN_MS),
        Fault(FaultKind.STRAY_LEG, LEG, BORN_MS),
    )


def test_helpers_and_who_is_called_back_are_known() -> None:
    helpers = (channel(f"{APP}.snoop.k1-agent", "snoop"), channel(f"{LEG};2", "leg,o1"))
    back = f"{APP}.callback.k1"
    leg, customer = channel(LEG, "leg,o1"), channel(back, "callback,k1,1")
    assert _examined((*helpers, leg, customer), legs={LEG: back}, awaited=frozenset({back})) == ()
    assert [fault.kind for fault in _examined((customer,))] == [FaultKind.STRAY_CHANNEL]


def test_a_leg_of_a_call_that_is_over() -> None:
    assert [fault.kind for fault in _examined((BOTH[1],), legs=LEGS)] == [FaultKind.STRAY_LEG]


def test_calls_and_legs_that_are_no_more() -> None:
    gone = _examined(calls={CALL: ""}, legs=LEGS)
    assert [fault.kind for fault in gone] == [FaultKind.LOST_CALL, FaultKind.LOST_LEG]
    left = _examined((channel(CALL),), calls={CALL: ""})
    assert left == (Fault(FaultKind.LOST_CALL, CALL),)


def test_bridges_in_which_nobody_talks() -> None:
    found = _examined((BOTH[0],), (_bridge(), bridge("another")), calls={CALL: ""})
    assert found == (Fault(FaultKind.STRAY_BRIDGE, f"{APP}.bridge.{CALL}", BORN_MS),)
