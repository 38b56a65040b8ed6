"""What differs in what was seen. Pure."""

from collections.abc import Iterator

from acd.contact import ContactState
from acd.core.records import ContactRecord
from acd.core.state import RoutingState
from acd.ids import AgentId, ContactId, QueueName
from cti.examination import FaultKind
from hub.doctor.kinds import Difference, Kind
from hub.doctor.seen import OnBoard, Seen

FAULTS = {
    FaultKind.STRAY_CHANNEL: Kind.CHANNEL_WITHOUT_CONTACT,
    FaultKind.STRAY_LEG: Kind.LEG_WITHOUT_CALL,
    FaultKind.STRAY_BRIDGE: Kind.BRIDGE_WITHOUT_CALL,
    FaultKind.LOST_CALL: Kind.CALL_WITHOUT_CHANNEL,
    FaultKind.LOST_LEG: Kind.LEG_WITHOUT_CHANNEL,
    FaultKind.APART: Kind.CALL_APART,
}
_OVER = (ContactState.WRAP_UP, ContactState.ENDED)


def differences(seen: Seen) -> list[Difference]:
    """Return all differences, the gravest kinds first."""
    return [
        *_of_node(seen),
        *_of_contacts(seen),
        *_of_database(seen),
        *_of_agents(seen),
        *_of_members(seen),
        *_of_phones(seen),
    ]


def _of_node(seen: Seen) -> Iterator[Difference]:
    for fault in seen.faults or ():
        yield Difference(kind=FAULTS[fault.kind], subject=fault.subject, since_ms=fault.since_ms)


def _of_contacts(seen: Seen) -> Iterator[Difference]:
    """Router and hub have the same contacts, in the same states, and calls are on the line."""
    if seen.state is None:
        return
    if seen.state.settings != seen.settings:
        yield Difference(kind=Kind.SETTINGS_DIFFER, subject="queues")
    for key in seen.state.torn:
        yield Difference(kind=Kind.RECORD_TORN, subject=key)
    for record in seen.state.contacts.values():
        if (kind := _of_record(seen, record)) is not None:
            contact = record.contact
            yield Difference(
                kind=kind,
                subject=contact.id,
                agent=record.agent or "",
                queue=contact.queue,
                since_ms=record.since_ms or contact.arrived_ms,
            )
    for id_, live in seen.contacts.items():
        if live.queue and id_ not in seen.state.contacts:
            yield _on_board(Kind.CONTACT_ONLY_IN_HUB, id_, live)


def _of_record(seen: Seen, record: ContactRecord) -> Kind | None:
    contact = record.contact
    live = seen.contacts.get(contact.id)
    if live is None:
        return Kind.CONTACT_ONLY_IN_ROUTER
    if (live.state, live.agent) != (record.state, record.agent):
        return Kind.CONTACT_DIFFERS
    is_on_line = contact.channel.is_live and record.state is not ContactState.WRAP_UP
    if contact.is_callback:  # nobody is on the line before an agent has answered
        is_on_line = is_on_line and record.state is ContactState.CONNECTED
    if is_on_line and seen.is_settled and not live.has_call:
        return Kind.CONTACT_WITHOUT_CALL if record.agent is None else Kind.AGENT_WITHOUT_CALL
    return None


def _of_database(seen: Seen) -> Iterator[Difference]:
    """What is open in the database lives, and what lives is open there."""
    if seen.stored is None or seen.state is None:
        return
    for id_, stored in seen.stored.items():
        is_known = id_ in seen.contacts or id_ in seen.state.contacts or id_ in seen.closing
        # Of another node's calls that are still in the menus, we know nothing.
        is_ours = bool(stored.queue) or id_.startswith(f"{seen.node}-")
        if not is_known and is_ours:
            yield Difference(
                kind=Kind.CONTACT_ONLY_IN_DATABASE,
                subject=id_,
                agent=stored.agent or "",
                queue=stored.queue,
                since_ms=stored.arrived_ms,
            )
    for id_, live in seen.contacts.items():
        is_open = bool(live.queue) and live.state not in _OVER and id_ in seen.state.contacts
        if is_open and live.is_stored and id_ not in seen.stored:
            yield _on_board(Kind.CONTACT_NOT_IN_DATABASE, id_, live)


def _of_agents(seen: Seen) -> Iterator[Difference]:
    if seen.state is None:
        return
    for agent, record in seen.state.agents.items():
        kind: Kind | None = None
        if record.is_signed_in and agent not in seen.desktops | seen.elsewhere:
            kind = Kind.PRESENCE_WITHOUT_DESKTOP
        elif not record.is_signed_in and agent in seen.connected:
            kind = Kind.DESKTOP_WITHOUT_PRESENCE
        if kind is not None:
            yield Difference(kind=kind, subject=agent, agent=agent)
        if seen.in_use is None:
            continue
        is_in_use, is_told = agent in seen.in_use, record.is_on_phone
        if is_told and not is_in_use:
            yield Difference(kind=Kind.PHONE_NOT_IN_USE, subject=agent, agent=agent)
        elif is_in_use and not (is_told or record.is_removed or _has_call(seen, seen.state, agent)):
            yield Difference(kind=Kind.PHONE_IN_USE, subject=agent, agent=agent)


def _has_call(seen: Seen, state: RoutingState, agent: AgentId) -> bool:
    """Whether a call of ours rings or talks at an agent's phone."""
    offered = {offer.contact for offer in state.offers.values() if offer.agent == agent}
    return any(
        live.channel.is_live and (id_ in offered or (live.agent == agent and live.state not in _OVER))
        for id_, live in seen.contacts.items()
    )


def _of_members(seen: Seen) -> Iterator[Difference]:
    """app_queue has the members that the router goes by, none of them paused."""
    if seen.members is None:
        return
    wanted: dict[tuple[QueueName, AgentId], int] = {
        (queue.name, member.agent): member.penalty
        for queue in seen.settings.queues.values()
        for member in queue.members
    }
    for queue, agent in sorted(wanted.keys() | seen.members.keys()):
        kind: Kind | None = None
        there, penalty = seen.members.get((queue, agent)), wanted.get((queue, agent))
        if there is None:
            kind = Kind.MEMBER_MISSING
        elif penalty is None:
            kind = Kind.MEMBER_TOO_MANY if queue in seen.settings.queues else None
        elif there.penalty != penalty:
            kind = Kind.MEMBER_PENALTY
        elif there.is_paused:
            kind = Kind.MEMBER_PAUSED
        if kind is not None:
            yield Difference(kind=kind, subject=f"{queue}/{agent}", agent=agent, queue=queue)


def _of_phones(seen: Seen) -> Iterator[Difference]:
    if seen.phones is None or seen.accounts is None:
        return
    for account, is_enabled in sorted(seen.accounts.items()):
        if is_enabled and account not in seen.phones:
            yield Difference(kind=Kind.PHONE_MISSING, subject=account, agent=account)
        elif not is_enabled and account in seen.phones:
            yield Difference(kind=Kind.PHONE_TOO_MANY, subject=account, agent=account)


def _on_board(kind: Kind, contact: ContactId, live: OnBoard) -> Difference:
    return Difference(
        kind=kind, subject=contact, agent=live.agent or "", queue=live.queue, since_ms=live.since_ms or None
    )
