"""What is true outside the router: who is on the line, who writes, who has whom.

A hub knows this from its channels and its database. After a loss it brings the router to agree.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from msgspec.structs import replace

from acd.agent import Agent, Presence
from acd.contact import Contact, ContactState
from acd.core.records import ContactRecord
from acd.core.state import RoutingState
from acd.events import (
    AgentChanged,
    CallbackRequested,
    ContactConnected,
    ContactEnded,
    ContactQueued,
    DeviceChanged,
    Event,
    PresenceChanged,
    SettingsChanged,
)
from acd.ids import AgentId, ContactId


@dataclass(slots=True)
class Truth:
    """`having` maps each contact that is alive to who has it; `settings` are those of the files."""

    settings: dict[str, object] = field(default_factory=dict)
    agents: dict[AgentId, Agent] = field(default_factory=dict)
    presences: dict[AgentId, Presence] = field(default_factory=dict)
    on_phone: set[AgentId] = field(default_factory=set)
    contacts: dict[ContactId, Contact] = field(default_factory=dict)
    having: dict[ContactId, AgentId | None] = field(default_factory=dict)

    def came(self, contact: Contact, agent: AgentId | None = None) -> None:
        self.contacts[contact.id] = contact
        self.having[contact.id] = agent

    def gone(self, contact: ContactId) -> None:
        self.contacts.pop(contact, None)
        self.having.pop(contact, None)

    def is_alive(self, contact: ContactId) -> bool:
        return contact in self.contacts

    def changed(self, contact: ContactId, agent: AgentId | None, *, is_callback: bool) -> None:
        """Somebody has a contact now, or nobody; its customer is on the line, or is not.

        What an agent dialled is a call like any other once he is not the one who has it.
        """
        if (known := self.contacts.get(contact)) is not None:
            named = known.reserved if known.about or agent == known.reserved else None
            self.contacts[contact] = replace(known, is_callback=is_callback, reserved=named)
            self.having[contact] = agent

    def missing(self, state: RoutingState, settings: object) -> Iterator[Event]:
        """Yield what the router, which has this state, is to be told."""
        if settings != self.settings:
            yield SettingsChanged(settings=self.settings)
        for agent in self.agents.values():
            known = state.agents.get(agent.id)
            if known is None or known.is_removed or known.agent != agent:
                yield AgentChanged(agent=agent)
            presence = self.presences[agent.id]
            if known is None or known.presence is not presence:
                yield PresenceChanged(agent=agent.id, presence=presence, reason="told")
            if (known is not None and known.is_on_phone) != (agent.id in self.on_phone):
                yield DeviceChanged(agent=agent.id, is_in_use=agent.id in self.on_phone)
        for known_id, record in state.contacts.items():
            if known_id not in self.contacts and record.state is not ContactState.WRAP_UP:
                yield ContactEnded(contact=known_id, reason="lost")
        for contact_id, contact in self.contacts.items():
            yield from self._contact(state, contact_id, contact)

    def _contact(self, state: RoutingState, contact_id: ContactId, contact: Contact) -> Iterator[Event]:
        agent, record = self.having[contact_id], state.contacts.get(contact_id)
        if agent is not None and (record is None or record.is_queued or _has_other(record, agent)):
            yield ContactConnected(contact=contact, agent=agent)
        elif agent is None and record is None:
            yield ContactQueued(contact=contact)
        elif record is not None and contact.is_callback and not record.contact.is_callback:
            yield CallbackRequested(contact=contact_id)


def _has_other(record: ContactRecord, agent: AgentId) -> bool:
    return record.state is ContactState.CONNECTED and record.agent != agent
