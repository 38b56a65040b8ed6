"""Comparing what we believed of a node with what is true there, after a time of not hearing. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cti.ari import Snapshot
from cti.ari.models import Channel
from cti.incoming import IncomingCall, incoming_call, stasis_arguments
from cti.legs import Legs
from cti.listener import FoundCall, FoundLeg


@dataclass(frozen=True, slots=True)
class Findings:
    """What to make of a snapshot.

    `live_calls` and `lost_calls` were known; `found` are calls that were not, each with the leg it talks
    to; `talking` has the channels of such legs by call, for all calls. `answered` and `lost_legs` are
    names of known legs' channels, `orphans` channels and `bridges` bridges of ours that belong to nothing.
    """

    live_calls: tuple[str, ...]
    lost_calls: tuple[str, ...]
    found: tuple[FoundCall, ...]
    talking: Mapping[str, str]
    answered: tuple[str, ...]
    lost_legs: tuple[str, ...]
    orphans: tuple[str, ...]
    bridges: tuple[str, ...]


def bridge_name(app: str, call: str) -> str:
    """Return the name of the bridge in which a call talks."""
    return f"{app}.bridge.{call}"


def compare(snapshot: Snapshot, calls: Iterable[str], legs: Legs) -> Findings:
    """Compare the ids of the calls and the legs that we know with a snapshot."""
    app = snapshot.application.name
    channels = {channel.id: channel for channel in snapshot.channels}
    inside = _calls_inside(snapshot.node, app, snapshot.channels)
    known = set(calls)
    legs_seen = {id_: channel for id_, channel in channels.items() if legs.ref_of(id_) is not None}
    partners = _partners(snapshot, app, inside, legs_seen)
    adopted = {leg for call, leg in partners.items() if call not in known}
    found = tuple(
        FoundCall(call, _found_leg(legs, channels.get(partners.get(id_, ""))))
        for id_, call in inside.items()
        if id_ not in known
    )
    known_legs = {leg.channel for leg in legs}
    return Findings(
        live_calls=tuple(sorted(known & inside.keys())),
        lost_calls=tuple(sorted(known - inside.keys())),
        found=found,
        talking=partners,
        answered=tuple(
            sorted(id_ for id_ in known_legs & legs_seen.keys() if stasis_arguments(channels[id_], app))
        ),
        lost_legs=tuple(sorted(known_legs - legs_seen.keys())),
        orphans=tuple(sorted(legs_seen.keys() - known_legs - adopted)),
        bridges=_orphan_bridges(snapshot, app, partners),
    )


def _calls_inside(node: str, app: str, channels: Iterable[Channel]) -> dict[str, IncomingCall]:
    read = (incoming_call(node, channel, stasis_arguments(channel, app) or ()) for channel in channels)
    return {call.key.id: call for call in read if call is not None}


def _partners(
    snapshot: Snapshot, app: str, inside: Mapping[str, IncomingCall], legs_seen: Mapping[str, Channel]
) -> dict[str, str]:
    """Return the leg that each connected call talks to; one on hold is out of its bridge, its leg is not."""
    members = {bridge.id: bridge.channels for bridge in snapshot.bridges}
    pairs = ((call, members.get(bridge_name(app, call), [])) for call in inside)
    return {call: leg for call, inhabitants in pairs for leg in inhabitants if leg in legs_seen}


def _orphan_bridges(snapshot: Snapshot, app: str, partners: Mapping[str, str]) -> tuple[str, ...]:
    wanted = {bridge_name(app, call) for call in partners}
    ours = (bridge.id for bridge in snapshot.bridges if bridge.id.startswith(bridge_name(app, "")))
    return tuple(sorted(id_ for id_ in ours if id_ not in wanted))


def _found_leg(legs: Legs, channel: Channel | None) -> FoundLeg | None:
    ref = None if channel is None else legs.ref_of(channel.id)
    if channel is None or ref is None:
        return None
    return FoundLeg(ref, channel.name.rpartition("-")[0])
