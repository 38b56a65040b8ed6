"""What a snapshot means for what we know."""

from cti.ari import ChannelKey, Snapshot
from cti.ari.models import Application, Bridge, Channel
from cti.legs import Legs
from cti.listener import FoundLeg, Place
from cti.notices import Notices
from cti.reconcile import compare
from tests.cti.channels import APP, bridge, channel
from tests.cti.heard import Heard


def _snapshot(*things: Channel | Bridge) -> Snapshot:
    application = Application(
        name=APP,
        channel_ids=[],
        bridge_ids=[],
        endpoint_ids=[],
        device_names=[],
        events_allowed=[],
        events_disallowed=[],
    )
    return Snapshot(
        "pbx1",
        application,
        tuple(each for each in things if isinstance(each, Channel)),
        tuple(each for each in things if isinstance(each, Bridge)),
    )


def _legs(**calls: str) -> Legs:
    """Legs by ref, each with the call it belongs to."""
    legs = Legs(APP, Heard(), Notices())
    for ref, call in calls.items():
        legs.add(ref, ChannelKey("pbx1", call))
    return legs


def test_calls_are_known_lost_or_found() -> None:
    snapshot = _snapshot(channel("known", "in,t,1"), channel("new", "in,carrier,0120"), channel("other"))
    findings = compare(snapshot, ["known", "lost"], _legs())
    assert (findings.live_calls, findings.lost_calls) == (("known",), ("lost",))
    (found,) = findings.found
    assert (found.call.key.id, found.call.trunk, found.call.dialled) == ("new", "carrier", "0120")
    assert found.leg is None


def test_a_call_that_left_for_the_dialplan_is_lost() -> None:
    assert compare(_snapshot(channel("c")), ["c"], _legs()).lost_calls == ("c",)


def test_calls_of_another_application_are_not_ours() -> None:
    snapshot = _snapshot(channel("c", "in,t,1", app="another"))
    assert compare(snapshot, [], _legs()).found == ()


def test_a_conversation_is_found_whole_though_the_customer_is_on_hold() -> None:
    leg = channel("hub.leg.o1", "leg,o1")
    snapshot = _snapshot(channel("c", "in,t,1"), leg, bridge("hub.bridge.c", leg.id))
    findings = compare(snapshot, [], _legs())
    assert findings.found[0].leg == FoundLeg("o1", "PJSIP/sato")
    assert (findings.orphans, findings.bridges) == ((), ())


def test_legs_and_bridges_that_belong_to_nothing_are_orphans() -> None:
    snapshot = _snapshot(
        channel("hub.leg.o1", "leg,o1"),
        channel("hub.leg.o2", state="Ringing"),
        channel("another.leg.o3"),
        bridge("hub.bridge.gone", "hub.leg.o1"),
        bridge("somebody's"),
    )
    findings = compare(snapshot, [], _legs())
    assert findings.orphans == ("hub.leg.o1", "hub.leg.o2")
    assert findings.bridges == ("hub.bridge.gone",)


def test_known_legs_ring_are_answered_or_lost() -> None:
    snapshot = _snapshot(
        channel("c", "in,t,1"), channel("hub.leg.rings"), channel("hub.leg.answered", "leg,answered")
    )
    findings = compare(snapshot, ["c"], _legs(rings="c", answered="c", lost="c"))
    assert (findings.answered, findings.lost_legs) == (("hub.leg.answered",), ("hub.leg.lost",))
    assert findings.orphans == ()


def test_a_consultation_is_found_by_the_name_of_its_bridge() -> None:
    own, second = channel("hub.leg.o1", "leg,o1,c,"), channel("hub.leg.o2", "leg,o2,c,+81312345678")
    snapshot = _snapshot(channel("c", "in,t,1"), second, own, bridge("hub.aside.o1", second.id, own.id))
    findings = compare(snapshot, [], _legs())
    (found,) = findings.found
    assert found.leg == FoundLeg("o1", "PJSIP/sato", Place.ASIDE)
    assert found.parties == (FoundLeg("o2", "PJSIP/sato", Place.ASIDE, "+81312345678"),)
    assert (findings.orphans, findings.bridges, findings.asides) == ((), (), frozenset({own.id}))


def test_who_has_a_call_is_who_got_it_last() -> None:
    legs = [channel("hub.leg.o1", "leg,o1,c,"), channel("hub.leg.o2", "leg,o2,c,")]
    older, newer = bridge("hub.aside.o1"), bridge("hub.aside.o2", at_s=1)
    snapshot = _snapshot(
        channel("c", "in,t,1"), *legs, bridge("hub.bridge.c", "c", legs[0].id, legs[1].id), newer, older
    )
    findings = compare(snapshot, ["c"], _legs(o1="c", o2="c"))
    assert findings.talking == {"c": "hub.leg.o2"}
    assert findings.bridges == ("hub.aside.o1",)


def test_who_is_left_of_a_consultation_is_a_party() -> None:
    second = channel("hub.leg.o2", "leg,o2,c,")
    snapshot = _snapshot(channel("c", "in,t,1"), second, bridge("hub.aside.o1", second.id))
    findings = compare(snapshot, [], _legs())
    assert (findings.found[0].leg, findings.found[0].parties[0].ref) == (None, "o2")
    assert (findings.orphans, findings.bridges) == ((), ("hub.aside.o1",))


def test_a_leg_whose_call_is_gone_is_an_orphan() -> None:
    leg = channel("hub.leg.o1", "leg,o1,gone,")
    assert compare(_snapshot(leg, channel("c", "in,t,1")), [], _legs()).orphans == (leg.id,)
