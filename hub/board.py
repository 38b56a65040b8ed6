"""The hub's view of the contacts that are alive: who waits, who has what.

A fold of the router's actions over what the channels know of their contacts. It decides nothing; it
answers what a desktop asks and lets an action be carried out without asking the database.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from acd.actions import (
    Action,
    ArrangeCallback,
    CloseContact,
    ConnectContact,
    DivertContact,
    OfferContact,
    PassContact,
    PublishPresence,
    RefuseContact,
    ResumeContact,
    ReturnContact,
    StartWrapUp,
    SuspendContact,
    WithdrawOffer,
)
from acd.agent import Presence
from acd.contact import Channel, ContactState
from acd.ids import AgentId, ContactId, CustomerId, OfferId, QueueName
from crm_bridge.model import ContactRecord, HeardItem, Line, LineEnd
from hub.desktop.protocol import Note, Party, RecordingState
from hub.dialling import Identity

Share = frozenset[tuple[str, str]]
"""What one agent has on the board: presence, contacts with their state, offers. To tell a change by."""


@dataclass(slots=True)
class LiveContact:
    """One contact that has not ended.

    `address` is what the customer came by on this channel (E.164 number, LINE user id), None when
    withheld. `ivr` is the path through the menus. `since_ms` is when the present state began.
    `suspended`: the agent who has it is to leave it alone for now. `is_callback`: the customer is not on
    the line and is called back. One that waits is parked until `parked_until_ms` (0: it was not).
    `held`: the customer hears music; `muted`: nobody hears the agent. `parties` were brought into the
    call; one `about` another contact is that of an agent who was. `by` is the name of who consults or
    transfers. `outbound`: an agent, for whom it is `reserved`, dialled the number; `identity` is what is then
    to be seen of us. `intent` is what the customer wants, `heard` what he said or typed; `preferred` whom he
    was with, `priority` and `skills` what he waited with before he came this way. `line`: what became of
    the caller's line, once it ended. `account` is which of our
    addresses a text came to, `case` the number by which customers name the contact. `notes` are what agents
    noted while it lasted.
    """

    id: ContactId
    channel: Channel
    queue: QueueName
    arrived_ms: int
    address: str | None = None
    customer: CustomerId | None = None
    name: str = ""
    ivr: tuple[tuple[str, str], ...] = ()
    state: ContactState = ContactState.WAITING
    since_ms: int = 0
    agent: AgentId | None = None
    offers: tuple[OfferContact, ...] = ()
    held: bool = False
    recording: RecordingState = RecordingState.OFF
    suspended: bool = False
    is_callback: bool = False
    wrap_up_until_ms: int = 0
    parked_until_ms: int = 0
    muted: bool = False
    parties: tuple[Party, ...] = ()
    about: ContactId | None = None
    by: str = ""
    outbound: bool = False
    identity: Identity = Identity.AS_USUAL
    reserved: AgentId | None = None
    intent: str = ""
    heard: tuple[HeardItem, ...] = ()
    preferred: AgentId | None = None
    priority: int = 0
    skills: dict[str, int] = field(default_factory=dict)
    account: str = ""
    subject: str | None = None
    case: str | None = None
    line: Line | None = None
    notes: tuple[Note, ...] = ()

    def ended_ms(self, known_ms: int) -> int:
        """Return when it was over, which became known at `known_ms`: as the customer hung up, if he did."""
        was_seen = self.line is not None and self.line.end is LineEnd.HUNG_UP
        return self.line.at_ms if self.line is not None and was_seen else known_ms

    def connect(self, agent: AgentId, at_ms: int) -> None:
        """Let it be an agent's."""
        self.agent, self.offers, self.parked_until_ms = agent, (), 0
        _enter(self, ContactState.CONNECTED, at_ms)

    @classmethod
    def of(cls, stored: ContactRecord) -> Self:
        """Return a contact as the database has it."""
        has_agent = stored.state is ContactState.CONNECTED
        return cls(
            id=stored.id,
            channel=stored.channel,
            queue=stored.queue,
            arrived_ms=stored.arrived_ms,
            address=stored.address,
            customer=stored.customer,
            name=stored.name,
            ivr=tuple((item.menu, item.digits) for item in stored.ivr),
            state=stored.state,
            since_ms=stored.connected_ms or stored.arrived_ms,
            agent=stored.agent if has_agent else None,
            is_callback=stored.is_callback,
            intent=stored.intent,
            heard=stored.heard,
            preferred=stored.preferred,
            account=stored.account,
            subject=stored.subject,
            case=stored.case,
        )


class Board:
    """All live contacts by id, and each agent's presence.

    `loaded` is set once the board agrees with the router: before that it knows nothing.
    """

    def __init__(self) -> None:
        self.loaded = asyncio.Event()
        self._contacts: dict[ContactId, LiveContact] = {}
        self._threads: dict[tuple[Channel, str], LiveContact] = {}
        self._presences: dict[AgentId, tuple[Presence, str]] = {}

    def presence(self, agent: AgentId) -> tuple[Presence, str]:
        """Return an agent's presence and its reason."""
        return self._presences.get(agent, (Presence.OFFLINE, ""))

    def set_presence(self, agent: AgentId, presence: Presence, reason: str) -> None:
        self._presences[agent] = (presence, reason)

    def add(self, contact: LiveContact) -> None:
        self._contacts[contact.id] = contact
        if not contact.channel.is_live and contact.address is not None:
            self._threads[contact.channel, contact.address] = contact

    def drop(self, contact: ContactId) -> LiveContact | None:
        gone = self._contacts.pop(contact, None)
        if gone is not None and gone.address is not None:
            key = gone.channel, gone.address
            if self._threads.get(key) is gone:
                del self._threads[key]
        return gone

    def thread(self, channel: Channel, address: str) -> LiveContact | None:
        """Return the newest contact of an address in a text channel."""
        return self._threads.get((channel, address))

    def get(self, contact: ContactId) -> LiveContact | None:
        return self._contacts.get(contact)

    def all(self) -> list[LiveContact]:
        return list(self._contacts.values())

    def of_agent(self, agent: AgentId) -> list[LiveContact]:
        """Contacts that the agent talks to or wraps up."""
        return [contact for contact in self._contacts.values() if contact.agent == agent]

    def offers_to(self, agent: AgentId) -> list[OfferContact]:
        return [
            offer for contact in self._contacts.values() for offer in contact.offers if offer.agent == agent
        ]

    def has_call(self, agent: AgentId) -> bool:
        """Whether a call of ours rings or talks at an agent's phone."""
        return any(
            contact.channel.is_live
            and (
                (contact.agent == agent and contact.state is ContactState.CONNECTED)
                or any(offer.agent == agent for offer in contact.offers)
            )
            for contact in self._contacts.values()
        )

    def shares(self) -> Mapping[AgentId, Share]:
        """Return what each agent has, in a form that can be compared with a later one."""
        shares: defaultdict[AgentId, set[tuple[str, str]]] = defaultdict(set)
        for agent, (presence, _) in self._presences.items():
            shares[agent].add(("presence", presence))
        for contact in self._contacts.values():
            if contact.agent is not None:
                state = "suspended" if contact.suspended else contact.state
                shares[contact.agent].add((state, contact.id))
            for offer in contact.offers:
                shares[offer.agent].add(("offer", offer.offer))
        return {agent: frozenset(share) for agent, share in shares.items()}

    def offer(self, offer: OfferId) -> OfferContact | None:
        """Return an offer that stands, or None when it was withdrawn or won."""
        offers = (each for contact in self._contacts.values() for each in contact.offers)
        return next((each for each in offers if each.offer == offer), None)

    def apply(self, action: Action, now_ms: int) -> LiveContact | None:
        """Fold one action in; returns the contact it concerned, None when there is none here.

        A contact that is over here is returned and forgotten.
        """
        if isinstance(action, PublishPresence):
            self.set_presence(action.agent, action.presence, action.reason)
            return None
        contact_id = action.contact
        contact = self._contacts.get(contact_id) if contact_id is not None else None
        if contact is not None:
            self._fold(contact, action, now_ms)
        return contact

    def _fold(self, contact: LiveContact, action: Action, now_ms: int) -> None:
        match action:
            case OfferContact():
                self._offered(contact, action, now_ms)
            case WithdrawOffer(offer=offer):
                self._withdrawn(contact, offer, now_ms)
            case ConnectContact(agent=agent):
                contact.is_callback = action.is_callback
                contact.connect(agent, now_ms)
            case PassContact(to=agent):
                contact.is_callback = contact.held = contact.muted = False
                contact.connect(agent, now_ms)
            case ReturnContact(queue=queue):
                contact.queue, contact.agent = queue, None
                contact.parked_until_ms = action.parked_until_ms
                contact.by = contact.by if action.reason == "transferred" else ""
                contact.held = contact.suspended = contact.muted = False
                contact.parties = ()
                _enter(contact, ContactState.WAITING, now_ms)
            case SuspendContact() | ResumeContact():
                contact.suspended = isinstance(action, SuspendContact)
            case ArrangeCallback():
                contact.is_callback = True
            case StartWrapUp(until_ms=until_ms):
                contact.wrap_up_until_ms = until_ms
                contact.held = contact.suspended = contact.muted = False
                contact.parties = ()
                _enter(contact, ContactState.WRAP_UP, now_ms)
            case CloseContact() | RefuseContact() | DivertContact():
                contact.offers = ()
                _enter(contact, ContactState.ENDED, now_ms)
                self.drop(contact.id)
            case _:
                pass

    @staticmethod
    def _offered(contact: LiveContact, offer: OfferContact, now_ms: int) -> None:
        if all(each.offer != offer.offer for each in contact.offers):
            contact.offers = (*contact.offers, offer)
        contact.agent, contact.is_callback = None, offer.is_callback
        _enter(contact, ContactState.OFFERED, now_ms)

    @staticmethod
    def _withdrawn(contact: LiveContact, offer: OfferId, now_ms: int) -> None:
        contact.offers = tuple(each for each in contact.offers if each.offer != offer)
        if not contact.offers and contact.state is ContactState.OFFERED:
            _enter(contact, ContactState.WAITING, now_ms)


def _enter(contact: LiveContact, state: ContactState, now_ms: int) -> None:
    if contact.state is not state:
        contact.state, contact.since_ms = state, now_ms
