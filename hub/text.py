"""A text contact from the customer's message to the agent's answer."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import msgspec
import structlog

from acd.actions import RefuseContact
from acd.contact import Channel, Contact
from acd.events import AgentWrote, ContactEnded, ContactQueued, CustomerWrote
from acd.hours import Hours
from acd.ids import AgentId, ContactId, QueueName
from acd.policy import RoutingSettings
from crm_bridge.errors import CrmUnavailable
from crm_bridge.identifiers import identifier_of
from crm_bridge.knowledge import Knowledge
from crm_bridge.model import Delivery, JourneyItem, JourneyKind, Linked, Message
from crm_bridge.store import brief
from gateways.outbox import Outbox
from gateways.protocol import (
    Choice,
    Gateway,
    Inbound,
    Incoming,
    Outbound,
    Rating,
    RawEvent,
    Receipt,
    Subscription,
    Withdrawn,
)
from gateways.protocol import Delivery as Sent
from hub.account_links import AccountLinks
from hub.audit import AuditLog
from hub.board import Board, LiveContact
from hub.clock import now_ms
from hub.crm import Crm
from hub.invitations import INSTEAD
from hub.journal import Journal
from hub.number_proofs import NumberProofs
from hub.submit import Report, Submit
from hub.texting.arrivals import Arrivals
from hub.texting.bot import Bot, Said
from hub.texting.bot_conf import BotRules
from hub.texting.bots import Bots
from hub.texting.calls import Calls, wants_call
from hub.texting.canned import CannedReplies
from hub.texting.faq_bot import FaqBot
from hub.texting.files import IncomingFiles, Shelf
from hub.texting.greeter import Greeter
from hub.texting.idle import IdleBots
from hub.texting.language import language_in
from hub.texting.limits import SenderLimits
from hub.texting.sender import NO_FIELDS, THREADED, Sender, TextView
from hub.texting.templates import Templates
from hub.texting.threads import Found, Threads, is_over
from hub.texting.told import Erase, Told
from hub.texting.welcome import Welcome
from hub.texting.words import Words
from hub.texts import is_written, text

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class TextSettings:
    """`queues`: where a channel's new contacts wait. `hours`: when queues are open that are not always.

    `per_minute`: how many messages of one sender are passed on in a minute, 0: all.
    """

    queues: Mapping[Channel, QueueName]
    default_queue: QueueName
    hours: Mapping[QueueName, Hours] = field(default_factory=dict)
    templates: Templates = field(default_factory=Templates)
    per_minute: int = 60
    bots: BotRules = field(default_factory=BotRules)
    region: str = "JP"


class TextDesk:
    """Customers' messages in, agents' answers out.

    A contact is over (`over`) before the database says so: until then its thread begins a new one.
    """

    def __init__(
        self,
        settings: TextSettings,
        *,
        crm: Crm,
        board: Board,
        journal: Journal,
        submit: Submit,
        report: Report,
        gateways: Mapping[Channel, Gateway],
        audit: AuditLog,
        shelf: Shelf,
        bot: Bot | None = None,
    ) -> None:
        self._settings, self._crm, self._board = settings, crm, board
        self._journal, self._submit, self._report = journal, submit, report
        self._gateways, self._over = gateways, set[ContactId]()
        self.view: TextView
        self.outbox: Outbox
        self.erase: Erase
        self.links: AccountLinks | None = None
        self.instead: Callable[[Outbound], Awaitable[bool]] | None = None
        self.knowledge: Callable[[], Knowledge] = Knowledge
        self.replies = CannedReplies(lambda: self._settings.templates, board, crm)
        self._limits = SenderLimits(settings.per_minute)
        self._arrivals = Arrivals(crm, IncomingFiles(shelf, gateways))
        self._sender = Sender(self, crm, shelf)
        words = Words(lambda: self._settings.templates)
        self._greeter = Greeter(words, self._sender, crm, lambda queue: self._settings.hours.get(queue))
        self._welcome = Welcome(
            lambda: self._settings.templates, self._entry, gateways, crm, lambda: self.outbox
        )
        rules = FaqBot(lambda: self._settings.bots, lambda: self.knowledge())
        self._has_bot = rules.answers_first
        self._threads = Threads(
            crm=crm,
            board=board,
            submit=submit,
            gateways=gateways,
            entry=self._entry,
            chosen=self._welcome.queue_of,
            has_bot=self._has_bot,
            is_closing=lambda contact: contact in self._over,
            outbox=lambda: self.outbox,
        )
        self._bots = Bots(bot or rules, crm=crm, sender=self._sender, greeter=self._greeter)
        self.idle = IdleBots(lambda: self._settings.bots, self._greeter, crm)
        self._calls = Calls(crm=crm, board=board, sender=self._sender, region=settings.region)
        self._told = Told(self, crm=crm, board=board, audit=audit, shelf=shelf, erase=lambda: self.erase)
        self._told.proofs = NumberProofs(crm.customers, self._threads.tell_owner)
        self._told.delivered = self._delivered

    async def tell_owner(self, linked: Linked) -> None:
        """Two customers turned out to be one: what lives goes by that."""
        await self._threads.tell_owner(linked)

    def _entry(self, channel: Channel) -> QueueName:
        return self._settings.queues.get(channel, self._settings.default_queue)

    @property
    def calls(self) -> Calls:
        """Who calls customers that ask for it in a text."""
        return self._calls

    def go_by(
        self,
        queues: Mapping[Channel, QueueName],
        default_queue: QueueName,
        hours: Mapping[QueueName, Hours] | None = None,
    ) -> None:
        """Take over where contacts wait that begin from now on, and when they are answered."""
        self._settings = replace(
            self._settings, queues=queues, default_queue=default_queue, hours=hours or {}
        )

    def write_by(self, templates: Templates, bots: BotRules) -> None:
        """Take over what is written on occasions, and where a bot answers first."""
        self._settings = replace(self._settings, templates=templates, bots=bots)

    # --- from the customer -------------------------------------------------------------------

    async def handle(self, incoming: Incoming, event: RawEvent | None = None) -> None:
        """Take one stored event in; told twice, it has one effect."""
        with brief():
            await self._handle(incoming, event)

    async def _handle(self, incoming: Incoming, event: RawEvent | None) -> None:
        match incoming:
            case Inbound():
                is_link = self.links is not None and await self.links.heed(incoming)
                if not is_link or self._board.thread(incoming.channel, incoming.address) is not None:
                    message = await self._message(incoming, event)
                    if event is not None and message is not None and message.withdrawn_ms is not None:
                        await self.erase(event.channel, event.event_id)
            case Receipt():
                await self._told.receipt(incoming)
            case Withdrawn():
                await self._told.withdrawn(incoming)
            case Subscription():
                await self._told.subscription(incoming)
                await self._welcome.greet(incoming)
            case Rating():
                await self._told.rating(incoming)

    async def _message(self, inbound: Inbound, event: RawEvent | None) -> Message | None:
        """Return the message as it is stored; None if it has no contact that is open."""
        if self._is_too_fast(inbound) and (kept := await self._kept_aside(inbound, event)) is not None:
            return kept
        if inbound.is_aside:
            return await self._aside(inbound, event)
        found = await self._threads.find(inbound)
        if found.is_over:
            return None
        message = await self._arrivals.received(found.contact, inbound, event)
        is_new = await self._arrivals.store(found.contact, message, inbound, event)
        if message.withdrawn_ms is not None:
            inbound = msgspec.structs.replace(inbound, text="", fields={}, page={})
        await self._heed(found, inbound, message, is_new=is_new)
        return message

    async def _heed(self, found: Found, inbound: Inbound, message: Message, *, is_new: bool) -> None:
        """Let a message that is stored have its effect."""
        contact = found.contact
        if is_over(contact):  # closed while the message was stored: somebody has to see it all the same
            contact = await self._threads.anew(inbound, contact.customer)
        await self._arrivals.learn(contact, inbound)
        self._sender.answers_by(contact.id, inbound.reply_token)
        if contact is found.contact and not await self._is_for_agents(found, inbound, message):
            return
        if not inbound.is_automatic:
            is_first = self._board.get(contact.id) is None
            await self._greeter.greet(contact, inbound, found, is_first=is_first)
        was_queued = await self._ensure_queued(contact)
        if is_new:
            self.view.message(contact, message)
        if inbound.is_automatic:
            return
        if was_queued:
            await self._submit(CustomerWrote(contact=contact.id))
        await self._calls.heed(contact, inbound, message)

    async def _is_for_agents(self, found: Found, inbound: Inbound, message: Message) -> bool:
        """Let the bot answer that has a contact; whether it leaves the contact to agents, or has it not."""
        if found.bot is None:
            return True
        if wants_call(inbound):
            return await self._bots.leave(found.contact, found.bot, "call_me")
        return await self._bots.turn(found.contact, inbound, message, found.bot)

    async def _ensure_queued(self, contact: LiveContact) -> bool:
        """Hand a contact to the router; whether it was there before."""
        if self._board.get(contact.id) is not None:
            return True
        self._board.add(contact)
        try:
            await self._submit(ContactQueued(contact=await self.routed(contact)))
        except BaseException:
            self._board.drop(contact.id)
            raise
        return False

    async def routed(self, contact: LiveContact) -> Contact:
        """Return a text contact as the router sees it; without a database it prefers nobody."""
        identifier = identifier_of(contact.channel, contact.address)
        try:
            known = await self._crm.customers.identify(*identifier) if identifier else None
        except CrmUnavailable:
            known = None
        agents = (contact.preferred, known.last_text_agent if known else None)
        return Contact(
            id=contact.id,
            channel=contact.channel,
            queue=contact.queue,
            customer=contact.customer,
            preferred=tuple(dict.fromkeys(agent for agent in agents if agent)),
            skills=contact.skills,
            priority=contact.priority,
            arrived_ms=contact.arrived_ms,
        )

    async def _aside(self, inbound: Inbound, event: RawEvent | None) -> Message | None:
        """Show what says nothing by itself where a contact is open; it begins none, and calls nobody."""
        contact = await self._threads.open_of(inbound)
        if contact is None:
            return None
        message = await self._arrivals.received(contact, inbound, event)
        if await self._arrivals.store(contact, message, inbound, event):
            self.view.message(contact, message)
        return message

    def _is_too_fast(self, inbound: Inbound) -> bool:
        sent = inbound.channel, inbound.address, inbound.event_id, inbound.at_ms
        return not self._limits.may(*sent, now_ms())

    async def _kept_aside(self, inbound: Inbound, event: RawEvent | None) -> Message | None:
        """Keep what is over a sender's limit where an agent finds it; call nobody for it. He is told once.

        None if it could not be kept: only a contact that is open is looked at.
        """
        contact = await self._threads.open_of(inbound)
        if contact is None:
            return None
        log.warning("text.too_fast", channel=inbound.channel, event_id=inbound.event_id)
        message = await self._arrivals.received(contact, inbound, event, without_files="too_fast")
        await self._arrivals.store(contact, message, inbound, event)
        if is_over(contact):
            return None
        if not inbound.is_automatic:
            await self._greeter.too_fast(contact, inbound)
        return message

    # --- to the customer ---------------------------------------------------------------------

    async def send(
        self,
        contact: LiveContact,
        agent: AgentId,
        message_id: str,
        body: str,
        *,
        files: Sequence[str] = (),
        choices: Sequence[Choice] = (),
        subject: str = "",
        fields: Mapping[str, str] = NO_FIELDS,
    ) -> None:
        """Send an agent's message, once for each id; a thread without a subject has his from now on.

        `fields` are those of `Outbound`. Raises `MessageIdTaken`, `OptedOut`, `FileUnknown`.
        """
        is_new = await self._sender.send(
            contact, agent, message_id, body, files=files, choices=choices, subject=subject, fields=fields
        )
        if subject and not contact.subject and contact.channel in THREADED:
            await self._crm.contacts.subject_given(contact.id, subject)
            contact.subject = subject
        if is_new:
            await self._report(AgentWrote(contact=contact.id))

    def gateway_of(self, channel: Channel) -> Gateway | None:
        """Return what sends by a channel, and says what can be sent; None where nothing does."""
        return self._gateways.get(channel)

    async def account_page(self, contact: LiveContact) -> Said | None:
        """Return words that lead a LINE user to where he links his number; None for anybody else."""
        if self.links is None or contact.channel is not Channel.LINE or contact.address is None:
            return None
        return await self.links.page_for(contact.address, await self.language(contact))

    async def has_said(self, message_id: str) -> bool:
        """Whether a message of ours is stored already."""
        return await self._crm.messages.get(message_id) is not None

    async def code_for(self, contact: LiveContact) -> Said | None:
        """Return words with a new code to call us with, in his language; None where nobody can."""
        return await self._calls.code(contact, await self.language(contact))

    async def delivered(self, outbound: Outbound, sent: Sent) -> None:
        """Note how far a message came, and show it."""
        if sent is Sent.FAILED and self.instead is not None and await self.instead(outbound):
            return
        delivery = Delivery(sent.value)
        await self._crm.messages.set_delivery(outbound.key, delivery)
        await self._delivered(outbound.key, outbound.contact, delivery)

    async def _delivered(self, key: str, contact_id: str | None, delivery: Delivery) -> None:
        if delivery is Delivery.FAILED:  # an invitation has the key of its deflection
            await self._crm.deflections.failed(key.removesuffix(INSTEAD), "not_delivered")
        contact = self._board.get(ContactId(contact_id)) if contact_id else None
        if contact is not None:
            self.view.delivery(contact, key, delivery)

    # --- the router's actions ----------------------------------------------------------------

    async def refused(self, action: RefuseContact, contact: LiveContact) -> None:
        """The router did not take the contact: say so, and let the next message try anew."""
        name = action.reason if is_written(action.reason) else "refused"
        words = text(name, await self.language(contact))
        await self.turn_away(contact, action.reason, words)

    async def language(self, contact: LiveContact) -> str:
        """Return in which language a customer wrote. Raises `CrmUnavailable`."""
        return await language_in(self._crm.messages, contact.id)

    async def turn_away(self, contact: LiveContact, reason: str, words: str) -> None:
        """Tell the customer that nobody serves the contact: it is over, and the next message tries anew."""
        await self._sender.say(contact, f"{contact.id}:refused", words)
        await self._crm.contacts.ended(contact.id, now_ms(), reason)

    async def told_end(self, contact: LiveContact) -> None:
        """Tell the customer of a case that an agent has closed it; told twice, he hears it once."""
        await self._greeter.told_end(contact)

    async def hand_back(self, contact: LiveContact, agent: AgentId) -> bool:
        """Leave a contact to the bot, which answers what the customer writes next; whether there is one."""
        if not self._has_bot(contact.queue, contact.channel):
            return False
        await self._greeter.handed_back(contact)
        item = JourneyItem(now_ms(), JourneyKind.BOT, contact=contact.id, agent=agent, text="handed_back")
        self._journal.put(lambda: self._crm.journey.record(f"{contact.id}:handed_back", item))
        await self.end(contact, "handed_back")
        return True

    async def end(self, contact: LiveContact, reason: str) -> None:
        """The agent closes the contact."""
        await self._submit(ContactEnded(contact=contact.id, reason=reason))

    def over(self, contact: ContactId, at_ms: int, reason: str) -> None:
        """A contact is over: its thread's next message begins another one."""
        self._sender.forget(contact)
        self._over.add(contact)
        self._journal.put(lambda: self._note_end(contact, at_ms, reason))

    def closing(self) -> frozenset[ContactId]:
        """Return the contacts that are over though the database may have them open."""
        return frozenset(self._over)

    async def _note_end(self, contact: ContactId, at_ms: int, reason: str) -> None:
        await self._crm.contacts.ended(contact, at_ms, reason)
        self._over.discard(contact)


def hours_of(routing: RoutingSettings) -> dict[QueueName, Hours]:
    """Return when each queue is open that is not always."""
    named = {name: routing.hours.get(queue.hours) for name, queue in routing.queues.items()}
    return {name: hours for name, hours in named.items() if hours is not None}
