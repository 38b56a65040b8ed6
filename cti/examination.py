"""Where call control and its Asterisk differ while the link between them stands. Pure.

Events that are on their way make differences too: only what is seen again a while later is one.
"""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from cti.ari import Snapshot
from cti.ari.models import Channel
from cti.incoming import stasis_arguments
from cti.reconcile import bridge_name


class FaultKind(StrEnum):
    """What is wrong: something that nobody knows (`STRAY_…`), or that is known and not there (`LOST_…`)."""

    STRAY_CHANNEL = "stray_channel"
    STRAY_LEG = "stray_leg"
    STRAY_BRIDGE = "stray_bridge"
    LOST_CALL = "lost_call"
    LOST_LEG = "lost_leg"
    APART = "apart"
    """Call and leg are believed to talk, and one of them is in no bridge."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. `subject` is the id of the channel or bridge, of `APART` the call's; `since_ms` its age."""

    kind: FaultKind
    subject: str
    since_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Belief:
    """What is believed of a node: the leg's channel of each call ("": none), the call of each leg's channel.

    `awaited` are channels of customers who are being called, `held` calls whose customer hears music.
    """

    calls: Mapping[str, str]
    legs: Mapping[str, str]
    awaited: Container[str]
    held: Container[str]


def examine(snapshot: Snapshot, believed: Belief) -> tuple[Fault, ...]:
    """Return all faults, those of channels first."""
    app = snapshot.application.name
    channels = {each.id: each for each in snapshot.channels}
    bridged = {channel for bridge in snapshot.bridges for channel in bridge.channels}
    return (
        *_strays(app, snapshot.channels, believed),
        *_lost(app, channels, believed),
        *_apart(channels, bridged, believed),
        *_bridges(app, snapshot, believed),
    )


def is_leg(app: str, channel: str) -> bool:
    """Whether a channel's name says that it is a leg of ours; `;2` is a Local channel's far half."""
    return channel.startswith(f"{app}.leg.") and not channel.endswith(";2")


def _strays(app: str, channels: Iterable[Channel], believed: Belief) -> Iterable[Fault]:
    for each in channels:
        if is_leg(app, each.id):
            # A leg may serve a customer who is still to be called: such calls have our own names.
            call = believed.legs.get(each.id)
            if call is None or not (call in believed.calls or call.startswith(f"{app}.")):
                yield Fault(FaultKind.STRAY_LEG, each.id, _born_ms(each))
        elif each.id.startswith(f"{app}.") and not each.id.startswith(f"{app}.callback."):
            pass  # helpers of a call, which go with it
        elif stasis_arguments(each, app) is None:
            pass  # not in our application
        elif each.id not in believed.calls and each.id not in believed.awaited:
            yield Fault(FaultKind.STRAY_CHANNEL, each.id, _born_ms(each))


def _lost(app: str, channels: Mapping[str, Channel], believed: Belief) -> Iterable[Fault]:
    for call in believed.calls:
        if call not in channels or stasis_arguments(channels[call], app) is None:
            yield Fault(FaultKind.LOST_CALL, call)
    for leg in believed.legs:
        if leg not in channels:
            yield Fault(FaultKind.LOST_LEG, leg)


def _apart(channels: Mapping[str, Channel], bridged: Container[str], believed: Belief) -> Iterable[Fault]:
    for call, leg in believed.calls.items():
        if not leg or leg not in channels or call not in channels:
            continue
        if leg not in bridged or (call not in bridged and call not in believed.held):
            yield Fault(FaultKind.APART, call, _born_ms(channels[leg]))


def _bridges(app: str, snapshot: Snapshot, believed: Belief) -> Iterable[Fault]:
    prefix, served = bridge_name(app, ""), set(believed.legs.values())
    talking = {call for call, leg in believed.calls.items() if leg or call in served}
    for each in snapshot.bridges:
        if each.id.startswith(prefix) and each.id.removeprefix(prefix) not in talking:
            yield Fault(FaultKind.STRAY_BRIDGE, each.id, round(each.creationtime.timestamp() * 1000))


def _born_ms(channel: Channel) -> int:
    return round(channel.creationtime.timestamp() * 1000)
