"""Looking up a contact's way through routing: the router's state, the history, the customer record."""

from typing import Protocol

from acd.core.explain import explain
from acd.core.records import ContactRecord
from acd.core.state import RoutingState
from acd.ids import AgentId, ContactId
from acd.router import Snapshot
from crm_bridge.contacts import Contacts
from crm_bridge.model import ContactRecord as StoredContact
from hub.decisions import Decision, DecisionKind
from hub.explained import Ahead, Considered, ContactRouting, Happened, Standing
from hub.history import RoutingHistory


class Snapshots(Protocol):
    """The router's state as committed (`acd.router.Acd` serves); raises `AcdUnavailable`."""

    async def snapshot(self) -> Snapshot: ...


class RoutingView:
    """Explains contacts (`hub.http.parts.RoutingReader`)."""

    def __init__(self, acd: Snapshots, history: RoutingHistory, contacts: Contacts) -> None:
        self._acd, self._history, self._contacts = acd, history, contacts

    async def explain(self, contact: ContactId) -> ContactRouting | None:
        """Return a contact's standing and history; None if there never was one of this id.

        Raises `AcdUnavailable`, `DatabaseUnavailable` and `CrmUnavailable`.
        """
        history = await self._history.of(contact)
        stored = await self._contacts.get(contact)
        state = (await self._acd.snapshot()).state
        record = state.contacts.get(contact)
        if record is None and stored is None and not history:
            return None
        known = record.contact if record is not None else None
        return ContactRouting(
            contact=contact,
            channel=known.channel if known else stored.channel if stored else None,
            queue=known.queue if known else stored.queue if stored else None,
            arrived_ms=known.arrived_ms if known else stored.arrived_ms if stored else None,
            had_by=_agents(record, stored, history),
            now=_standing(state, record) if record is not None else None,
            history=tuple(map(Happened.of, history)),
        )


def _agents(
    record: ContactRecord | None, stored: StoredContact | None, history: list[Decision]
) -> tuple[AgentId, ...]:
    """Return who had a contact, in order."""
    had = [each.agent for each in history if each.kind is DecisionKind.CONNECTED]
    had += [stored.agent if stored else None, record.agent if record else None]
    return tuple(dict.fromkeys(agent for agent in had if agent is not None))


def _standing(state: RoutingState, record: ContactRecord) -> Standing:
    explained = explain(state, record)
    return Standing(
        state=record.state,
        queue=record.contact.queue,
        agent=record.agent,
        since_ms=record.since_ms,
        position=explained.position,
        wait_ms=explained.wait_ms,
        score=explained.score,
        ahead=tuple(Ahead(contact, score) for contact, score in explained.ahead),
        considered=tuple(map(Considered.of, explained.considered)),
    )
