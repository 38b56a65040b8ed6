"""The parts that agents see: their desktops, and what is shown there."""

from dataclasses import dataclass

from hub.base_parts import BaseParts
from hub.customer_parts import CustomerParts
from hub.desk import Desk
from hub.desktop.registry import Desktops
from hub.relay import Relay
from hub.seats import Seats


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentParts:
    """The desk decides what is shown at the desktops; `relay` is what other hubs have to show there."""

    desk: Desk
    desktops: Desktops
    seats: Seats
    relay: Relay


def agent_parts(base: BaseParts, customers: CustomerParts) -> AgentParts:
    """Make the parts. Each knows the other: what was made first is told of what was made later."""
    texts, calls, words = customers.texts, customers.calls, customers.words
    desk = Desk(
        board=base.board,
        crm=base.crm,
        journal=base.journal,
        acquaintance=base.acquaintance,
        submit=base.acd.submit,
        text=texts.desk,
        voice=calls.desk,
        recordings=calls.recordings,
        talks=calls.commands,
        settings=base.routing,
        signs=texts.signs,
    )
    desktops, relay = Desktops(desk), Relay(base.settings.redis_url)
    texts.desk.view, desk.desktops = desk, desktops
    calls.supervisors.show = desktops.send
    words.use(desktops, calls.recordings, calls.transcripts)
    desk.said, desk.ways = words.transcripts.lines, texts.invitations.channels
    desk.seats = seats = Seats(base.leases, desktops.connected)
    relay.show, relay.show_all, desk.tell_others = desk.heard, desk.show_all, relay.tell
    return AgentParts(desk=desk, desktops=desktops, seats=seats, relay=relay)
