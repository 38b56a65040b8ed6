"""Comparing what we believed of a node with what is true there, after a time of not hearing. Pure.

A call talks in a bridge named after it. Once others were brought into it, another bridge is named after
the leg whose end is the call's end: there that leg talks apart, and by its name alone the leg is known
when it does not. A leg says in its arguments for which call it was rung.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cti.ari import Snapshot
from cti.ari.models import Channel
from cti.incoming import IncomingCall, incoming_call, stasis_arguments
from cti.legs import Legs, is_supervisors
from cti.listener import FoundCall, FoundLeg, Place
from cti.media_stream import hear_name

BRIDGE_TYPE = "mixing,dtmf_events"
"""Without `dtmf_events` Asterisk passes RTP through unseen: no keys are told of, nor kept from anybody."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What to make of a snapshot.

    `live_calls` and `lost_calls` were known; `found` are calls that were not, each with its legs;
    `talking` has the channel of each call's own leg, `places` where each answered leg is, `asides` are
    the legs that have a bridge to talk apart in. `answered` and `lost_legs` are names of known legs'
    channels, `orphans` channels and `bridges` bridges of ours that belong to nothing.
    """

    live_calls: tuple[str, ...]
    lost_calls: tuple[str, ...]
    found: tuple[FoundCall, ...]
    talking: Mapping[str, str]
    places: Mapping[str, Place]
    asides: frozenset[str]
    answered: tuple[str, ...]
    lost_legs: tuple[str, ...]
    orphans: tuple[str, ...]
    bridges: tuple[str, ...]


def bridge_name(app: str, call: str) -> str:
    """Return the name of the bridge in which a call talks."""
    return f"{app}.bridge.{call}"


def aside_name(app: str, ref: str) -> str:
    """Return the name of the bridge in which a call's own leg talks apart from the customer."""
    return f"{app}.aside.{ref}"


def compare(snapshot: Snapshot, calls: Iterable[str], legs: Legs) -> Findings:
    """Compare the ids of the calls and the legs that we know with a snapshot."""
    app = snapshot.application.name
    channels = {channel.id: channel for channel in snapshot.channels}
    inside = _calls_inside(snapshot.node, app, snapshot.channels)
    known = set(calls)
    there = _There(snapshot, app, legs, inside)
    known_legs = {leg.channel for leg in legs}
    found = tuple(
        FoundCall(call, there.own(id_), there.parties(id_))
        for id_, call in inside.items()
        if id_ not in known
    )
    adopted = {leg for id_ in inside if id_ not in known for leg in there.legs_of(id_)}
    return Findings(
        live_calls=tuple(sorted(known & inside.keys())),
        lost_calls=tuple(sorted(known - inside.keys())),
        found=found,
        talking=there.owners,
        places=there.places,
        asides=frozenset(leg for leg in there.owners.values() if there.has_aside(leg)),
        answered=tuple(
            sorted(id_ for id_ in known_legs & there.seen if stasis_arguments(channels[id_], app))
        ),
        lost_legs=tuple(sorted(known_legs - there.seen)),
        orphans=tuple(sorted(there.seen - known_legs - adopted)),
        bridges=there.idle_bridges(),
    )


def _calls_inside(node: str, app: str, channels: Iterable[Channel]) -> dict[str, IncomingCall]:
    read = (incoming_call(node, channel, stasis_arguments(channel, app) or ()) for channel in channels)
    return {call.key.id: call for call in read if call is not None}


class _There:
    """Legs and bridges of a snapshot. `seen` are all legs' channels, `owners` each call's own."""

    def __init__(self, snapshot: Snapshot, app: str, legs: Legs, inside: Mapping[str, IncomingCall]) -> None:
        self._app, self._refs = app, legs
        self._bridges = {bridge.id: frozenset(bridge.channels) for bridge in snapshot.bridges}
        self._made = {bridge.id: bridge.creationtime for bridge in snapshot.bridges}
        ours = [channel for channel in snapshot.channels if legs.ref_of(channel.id) is not None]
        self.seen = {channel.id for channel in ours}
        parties = (each for each in ours if not self._is_supervisors(each.id))
        self._arguments = {each.id: found for each in parties if (found := stasis_arguments(each, app))}
        answered = sorted((each for each in ours if each.id in self._arguments), key=lambda c: c.creationtime)
        self._channels = {each.id: each for each in answered}
        self._calls = {each.id: self._call_of(each.id, inside) for each in answered}
        self.places = {each.id: self._place(each.id) for each in answered}
        owners = ((call, self._owner(call)) for call in inside)
        self.owners = {call: owner for call, owner in owners if owner is not None}

    def legs_of(self, call: str) -> list[str]:
        """Return the answered legs of a call, oldest first."""
        return [leg for leg, of in self._calls.items() if of == call]

    def own(self, call: str) -> FoundLeg | None:
        owner = self.owners.get(call)
        return None if owner is None else self._found(owner)

    def parties(self, call: str) -> tuple[FoundLeg, ...]:
        owner = self.owners.get(call)
        return tuple(self._found(leg) for leg in self.legs_of(call) if leg != owner)

    def idle_bridges(self) -> tuple[str, ...]:
        wanted = {bridge_name(self._app, call) for call in self._calls.values()}
        wanted |= {aside_name(self._app, self._ref(owner)) for owner in self.owners.values()}
        prefixes = (bridge_name(self._app, ""), aside_name(self._app, ""), hear_name(self._app, ""))
        return tuple(sorted(id_ for id_ in self._bridges if id_.startswith(prefixes) and id_ not in wanted))

    def has_aside(self, leg: str) -> bool:
        return aside_name(self._app, self._ref(leg)) in self._bridges

    def _is_supervisors(self, leg: str) -> bool:
        """Whether a leg is no party of its call; one that has taken it over has a bridge named after it."""
        return is_supervisors(self._ref(leg)) and not self.has_aside(leg)

    def _ref(self, leg: str) -> str:
        ref = self._refs.ref_of(leg)
        assert ref is not None, "only legs get here"
        return ref

    def _call_of(self, leg: str, inside: Mapping[str, IncomingCall]) -> str:
        """Return the call for which a leg was rung, or in whose bridge it is; "": none that is there."""
        arguments = self._arguments[leg]
        if len(arguments) > 2:
            return arguments[2] if arguments[2] in inside else ""
        return next((call for call in inside if leg in self._members(bridge_name(self._app, call))), "")

    def _members(self, bridge: str) -> frozenset[str]:
        return self._bridges.get(bridge, frozenset())

    def _place(self, leg: str) -> Place:
        if leg in self._members(bridge_name(self._app, self._calls[leg])):
            return Place.CALL
        asides = (
            members for id_, members in self._bridges.items() if id_.startswith(aside_name(self._app, ""))
        )
        return Place.ASIDE if any(leg in members for members in asides) else Place.ALONE

    def _owner(self, call: str) -> str | None:
        """Return the leg after which a bridge was named last, or else the oldest with the customer."""
        legs = self.legs_of(call)
        named = [leg for leg in legs if self.has_aside(leg)]
        if named:
            return max(named, key=lambda leg: self._made[aside_name(self._app, self._ref(leg))])
        return next((leg for leg in legs if self.places[leg] is Place.CALL), None)

    def _found(self, leg: str) -> FoundLeg:
        label = next(iter(self._arguments[leg][3:4]), "")
        endpoint = self._channels[leg].name.rpartition("-")[0]
        return FoundLeg(self._ref(leg), endpoint, self.places[leg], label)
