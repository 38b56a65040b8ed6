"""The state of routing: records, and the indexes derived from them.

Records are immutable and replaced whole through `put_…` and `drop_…`, which keep the indexes right
and note what changed. Loading the records anew gives an equal state.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from acd.contact import ContactState
from acd.core.capacity import Held
from acd.core.deadlines import Deadlines
from acd.core.desks import Desks
from acd.core.lines import Lines
from acd.core.records import (
    SERIAL_KEY,
    SETTINGS_KEY,
    AgentRecord,
    ContactRecord,
    OfferRecord,
    QueueRecord,
    Record,
    RecordKey,
    SerialRecord,
    SettingsRecord,
    agent_key,
    contact_key,
    offer_key,
    queue_key,
)
from acd.core.remains import remains
from acd.core.waiting import Place, Waiting, place
from acd.ids import AgentId, ContactId, CustomerId, OfferId, QueueName
from acd.policy import QueueSettings, RoutingSettings

_WAITING: Final = ContactState.WAITING
_CONNECTED: Final = ContactState.CONNECTED
_WRAP_UP: Final = ContactState.WRAP_UP
"""Looked up once: an enumeration's own look-up takes as long as a whole comparison."""


class RoutingState:
    """All that the router knows. Read the public attributes; change them by the methods only.

    `queues` is what each queue's past says, `queued` counts its own contacts in WAITING and OFFERED, but for
    messages that were left; `places` is where each contact stands in line, `relieved` are queues in which
    somebody overdue waits no more; `now_ms` is the time of the latest event. `torn` are records that were
    found not to belong together when they were loaded.
    """

    def __init__(self) -> None:
        self.settings = RoutingSettings()
        self.serial = 0
        self.now_ms = 0
        self.contacts: dict[ContactId, ContactRecord] = {}
        self.offers: dict[OfferId, OfferRecord] = {}
        self.agents: dict[AgentId, AgentRecord] = {}
        self.queues: dict[QueueName, QueueRecord] = {}
        self.relieved: dict[QueueName, None] = {}
        self.torn: tuple[RecordKey, ...] = ()
        self._changes: dict[RecordKey, Record | None] = {}
        self._clear_indexes()

    @classmethod
    def load(cls, records: Iterable[Record]) -> "RoutingState":
        """Make the state that these records describe, in whatever order they come.

        What does not belong together is made to, and noted as changed.
        """
        state = cls()
        for record in records:
            match record:
                case ContactRecord():
                    state.contacts[record.contact.id] = record
                case OfferRecord():
                    state.offers[record.id] = record
                case AgentRecord():
                    state.agents[record.agent.id] = record
                case QueueRecord():
                    state.queues[record.name] = record
                case SettingsRecord():
                    state.settings = record.settings
                case SerialRecord():
                    state.serial = record.serial
        state._mend()
        state._index_all()
        return state

    def records(self) -> Iterator[tuple[RecordKey, Record]]:
        """Yield every record with its key."""
        yield SETTINGS_KEY, SettingsRecord(settings=self.settings)
        yield SERIAL_KEY, SerialRecord(serial=self.serial)
        yield from ((agent_key(each), record) for each, record in self.agents.items())
        yield from ((queue_key(each), record) for each, record in self.queues.items())
        yield from ((contact_key(each), record) for each, record in self.contacts.items())
        yield from ((offer_key(each), record) for each, record in self.offers.items())

    def take_changes(self) -> Mapping[RecordKey, Record | None]:
        """Return what changed since the last call: the new record by key, None for one that went."""
        changes, self._changes = self._changes, {}
        return changes

    def is_overdue(self, place: Place) -> bool:
        """Whether who waits at a place has done so for so long that agents are kept free for it."""
        after_s = self.settings.keep_free_after_s
        return after_s > 0 and self.now_ms - place[0] >= after_s * 1000

    def take_relieved(self) -> list[QueueName]:
        """Return the queues in which agents may have been kept free for a contact that is so no more."""
        relieved = list(self.relieved)
        self.relieved.clear()
        return relieved

    def queue(self, name: QueueName) -> QueueSettings:
        """Return a queue's settings; app_queue's defaults for a queue that the files no longer have."""
        return self.settings.queues.get(name) or QueueSettings(name=name)

    def has_customer(self, agent: AgentId, record: ContactRecord) -> bool:
        """Whether an agent has another contact of a contact's customer, and is not just asked about one."""
        customer = record.contact.customer
        contacts = self._customers.get(customer) if customer else None
        if contacts is None or len(contacts) < 2:  # one is the contact itself
            return False
        others = (self.contacts[each] for each in contacts)
        return any(other.agent == agent and other.contact.about is None for other in others)

    def of_customer(self, customer: CustomerId | None) -> list[ContactRecord]:
        """Return a customer's contacts, oldest first."""
        contacts = self._customers.get(customer) if customer else None
        if not contacts:
            return []
        found = [self.contacts[each] for each in contacts]
        return sorted(found, key=lambda record: record.serial) if len(found) > 1 else found

    def consulted_about(self, contact: ContactId) -> list[ContactRecord]:
        """Return the contacts by which agents are consulted about one, oldest first."""
        about = self._abouts.get(contact)
        return sorted((self.contacts[each] for each in about), key=lambda each: each.serial) if about else []

    def start_serial(self, at_least: int) -> None:
        """Begin counting at a number, if nothing was counted yet."""
        if not self.serial:
            self.serial = at_least
            self._changes[SERIAL_KEY] = SerialRecord(serial=at_least)

    def next_serial(self) -> int:
        self.serial += 1
        self._changes[SERIAL_KEY] = SerialRecord(serial=self.serial)
        return self.serial

    def put_settings(self, settings: RoutingSettings) -> None:
        self.settings = settings
        self._changes[SETTINGS_KEY] = SettingsRecord(settings=settings)
        self._index_all()

    def put_contact(self, record: ContactRecord) -> None:
        contact = record.contact
        old = self.contacts.get(contact.id)
        at = self.places.get(contact.id)
        if old is None or at is None or old.contact is not contact:
            at = place(self.settings, record)
        self.contacts[contact.id] = record
        self._changes[contact_key(contact.id)] = record
        if old is not None:
            self._unindex_contact(old)
            if old.agent is not None and old.agent != record.agent:
                self.desks.release(old.agent, contact.id)
        self._line_up(old, record, at)
        self.places[contact.id] = at
        self._index_contact(record)

    def drop_contact(self, contact: ContactId) -> None:
        record = self.contacts.pop(contact)
        self._unindex_contact(record)
        self._line_up(record, None, None)
        del self.places[contact]
        if record.agent is not None:
            self.desks.release(record.agent, contact)
        self._changes[contact_key(contact)] = None

    def position(self, contact: ContactId) -> int:
        """Return a contact's place in the line of its own queue: 1 is served next."""
        return self.lines.of(self.contacts[contact].contact.queue).index(self.places[contact]) + 1

    def put_offer(self, record: OfferRecord) -> None:
        self.offers[record.id] = record
        self._changes[offer_key(record.id)] = record
        self._index_offer(record)

    def drop_offer(self, offer: OfferId) -> None:
        record = self.offers.pop(offer)
        self._changes[offer_key(offer)] = None
        contact = self.contacts.get(record.contact)
        if contact is None or contact.agent != record.agent:
            self.desks.release(record.agent, record.contact)

    def put_queue(self, record: QueueRecord) -> None:
        self.queues[record.name] = record
        self._changes[queue_key(record.name)] = record

    def put_agent(self, record: AgentRecord) -> None:
        self.agents[record.agent.id] = record
        self._changes[agent_key(record.agent.id)] = record
        self._index_agent(record)

    def drop_agent(self, agent: AgentId) -> None:
        del self.agents[agent]
        self.desks.drop(agent)
        self._changes[agent_key(agent)] = None

    def due_ms(self, key: RecordKey) -> int:
        """Return when the record of that key falls due next, 0 for never."""
        kind, _, name = key.partition(":")
        if kind == "offer":
            offer = self.offers.get(OfferId(name))
            return offer.deadline_ms if offer else 0
        if kind == "agent":
            agent = self.agents.get(AgentId(name))
            return agent.cooling_until_ms if agent else 0
        if kind == "contact":
            contact = self.contacts.get(ContactId(name))
            return _contact_due_ms(contact) if contact else 0
        return 0

    def _clear_indexes(self) -> None:
        self.waiting = Waiting()
        self.lines = Lines()
        self.places: dict[ContactId, Place] = {}
        self.desks = Desks(self.settings)
        self.deadlines = Deadlines(self.due_ms)
        self.queued: dict[QueueName, int] = {}
        self._customers: dict[CustomerId, set[ContactId]] = {}
        self._abouts: dict[ContactId, set[ContactId]] = {}

    def _mend(self) -> None:
        found = remains(self.contacts, self.offers, self.agents)
        for key, record in found.items():
            match record:
                case ContactRecord():
                    self.contacts[record.contact.id] = record
                case AgentRecord():
                    self.agents[record.agent.id] = record
                case _:
                    del self.offers[OfferId(key.partition(":")[2])]
        self.torn = tuple(sorted(found))
        self._changes.update(found)

    def _index_all(self) -> None:
        self._clear_indexes()
        for agent in self.agents.values():
            self._index_agent(agent)
        for record in self.contacts.values():
            at = self.places[record.contact.id] = place(self.settings, record)
            self._line_up(None, record, at)
            self._index_contact(record)
        for offer in self.offers.values():
            self._index_offer(offer)

    def _index_agent(self, record: AgentRecord) -> None:
        self.desks.put(record)
        if record.cooling_until_ms:
            self.deadlines.add(record.cooling_until_ms, agent_key(record.agent.id))

    def _index_offer(self, record: OfferRecord) -> None:
        self.desks.hold(record.agent, record.contact, Held(self.contacts[record.contact].contact))
        self.deadlines.add(record.deadline_ms, offer_key(record.id))

    def _index_contact(self, record: ContactRecord) -> None:
        contact = record.contact
        if record.is_in_line and not contact.is_left:
            self.queued[contact.queue] = self.queued.get(contact.queue, 0) + 1
        if record.state is _WAITING:
            self.waiting.add(record, self.places[contact.id])
        if record.agent is not None:
            is_over = record.state is _WRAP_UP
            self.desks.hold(record.agent, contact.id, Held(contact, record.pace, not is_over, is_over))
        for offer in record.offers:
            if (lease := self.offers.get(offer)) is not None:
                self.desks.hold(lease.agent, contact.id, Held(contact))
        if contact.customer is not None:
            self._customers.setdefault(contact.customer, set()).add(contact.id)
        if contact.about is not None:
            self._abouts.setdefault(contact.about, set()).add(contact.id)
        if due_ms := _contact_due_ms(record):
            self.deadlines.add(due_ms, contact_key(contact.id))

    def _line_up(self, old: ContactRecord | None, new: ContactRecord | None, at: Place | None) -> None:
        """Let a contact stand where it belongs in the lines of its queues."""
        left = old.queues if old is not None and old.is_in_line else ()
        joined = new.queues if new is not None and new.is_in_line else ()
        if not left and not joined:
            return
        was_at = self.places[old.contact.id] if old is not None else None
        if left != joined or was_at is not at:
            if left and was_at is not None:
                self.lines.leave(left, was_at)
            if joined and at is not None:
                self.lines.join(joined, at)

    def _unindex_contact(self, record: ContactRecord) -> None:
        contact = record.contact
        if record.is_in_line and not contact.is_left:
            self.queued[contact.queue] -= 1
            if not self.queued[contact.queue]:
                del self.queued[contact.queue]
        if record.state is _WAITING:
            at = self.places[contact.id]
            self.waiting.remove(record, at)
            if self.is_overdue(at):
                self.relieved.update(dict.fromkeys(record.queues))
        if contact.customer is not None:
            self._customers[contact.customer].discard(contact.id)
            if not self._customers[contact.customer]:
                del self._customers[contact.customer]
        if contact.about is not None:
            self._abouts[contact.about].discard(contact.id)
            if not self._abouts[contact.about]:
                del self._abouts[contact.about]


def _contact_due_ms(record: ContactRecord) -> int:
    """Return the first of the times that count in a contact's state."""
    state = record.state
    if state is _CONNECTED:
        return record.quiet_at_ms
    if state is _WRAP_UP:
        return record.wrap_until_ms
    if state is not _WAITING:
        return record.retry_at_ms
    if record.contact.reserved is not None:
        return record.hold_until_ms
    if record.is_parked:
        return record.not_before_ms
    times = (record.hold_until_ms, record.not_before_ms, record.retry_at_ms, record.step_due_ms)
    return min([time for time in times if time], default=0)
