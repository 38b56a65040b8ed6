"""Agents' desktops: what they are shown, and what their commands mean."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence

import structlog

from acd.actions import OfferContact, PublishPresence, RefuseEvent, WithdrawOffer
from acd.agent import Agent, Presence
from acd.contact import ContactState
from acd.events import AgentChanged, OfferAccepted, OfferRejected, PresenceChanged, WrapUpEnded
from acd.ids import AgentId, ContactId, OfferId, QueueName
from acd.policy import Disposition, RoutingSettings
from acd.settings import members
from crm_bridge.errors import CrmUnavailable
from crm_bridge.model import Delivery, Message
from cti.errors import CallGone, CallRefused, LegGone
from hub.accounts import Account
from hub.acquaintance import Acquaintance
from hub.board import Board, LiveContact
from hub.clock import now_ms
from hub.crm import Crm
from hub.desktop.commands import (
    Accept,
    DomainCommand,
    HangUp,
    Hold,
    Reject,
    Resume,
    Send,
    SetPresence,
    WrapUp,
)
from hub.desktop.protocol import (
    AgentCard,
    ContactShown,
    DeliveryShown,
    Event,
    MessageShown,
    Offered,
    OfferWithdrawn,
    PresenceShown,
    ShownState,
    Welcome,
)
from hub.desktop.refusals import CommandRefused, Refusal
from hub.desktop.registry import Desktops
from hub.journal import Journal
from hub.submit import Submit
from hub.text import MessageIdTaken, TextDesk
from hub.voice import VoiceDesk

log = structlog.get_logger()

_VERDICT_S = 2.0
_SHOWN = {
    ContactState.CONNECTED: ShownState.CONNECTED,
    ContactState.WRAP_UP: ShownState.WRAP_UP,
    ContactState.ENDED: ShownState.ENDED,
}


class Desk:
    """The domain side of desktops (`DesktopHandler`), and their view of contacts and messages."""

    def __init__(
        self,
        *,
        board: Board,
        crm: Crm,
        journal: Journal,
        acquaintance: Acquaintance,
        submit: Submit,
        text: TextDesk,
        voice: VoiceDesk,
        settings: RoutingSettings,
    ) -> None:
        self._board, self._crm, self._journal = board, crm, journal
        self._acquaintance, self._submit = acquaintance, submit
        self._text, self._voice = text, voice
        self._verdicts: dict[tuple[ContactId, AgentId], asyncio.Future[Refusal | None]] = {}
        self._accounts: dict[AgentId, Account] = {}
        self.go_by(settings)
        self.desktops: Desktops

    def go_by(self, settings: RoutingSettings) -> None:
        """Take over the settings of queues."""
        self._agents: Mapping[AgentId, Agent] = {agent.id: agent for agent in members(settings)}
        self._dispositions = {name: queue.dispositions for name, queue in settings.queues.items()}

    # --- what agents are shown -----------------------------------------------------------------

    async def offered(self, contact: LiveContact, action: OfferContact) -> None:
        """Show screen pop and offer; returns when both are sent."""
        pop = await self._acquaintance.pop(contact)
        if self._board.offer(action.offer) is not None:
            self.desktops.send(action.agent, pop)
            self.desktops.send(action.agent, _offered(action))

    def withdrawn(self, action: WithdrawOffer) -> None:
        withdrawn = OfferWithdrawn(offer=action.offer, contact=action.contact, reason=action.reason)
        self.desktops.send(action.agent, withdrawn)

    async def changed(self, contact: LiveContact) -> None:
        """Show a contact to the agent who has it."""
        if contact.state is ContactState.ENDED:
            self._acquaintance.forget(contact.id)
        if contact.agent is None:
            return
        if contact.state is ContactState.CONNECTED:
            self._settle(contact.id, contact.agent, None)
        self.desktops.send(contact.agent, await self._shown(contact))

    def refused(self, action: RefuseEvent) -> None:
        """The router did not take an accept: the agent who waits for it hears why."""
        if action.event == OfferAccepted.__name__ and action.contact and action.agent:
            refusal = Refusal.TAKEN if action.reason == Refusal.TAKEN else Refusal.OFFER_GONE
            self._settle(action.contact, action.agent, refusal)

    def presence(self, action: PublishPresence) -> None:
        shown = PresenceShown(agent=action.agent, presence=action.presence, reason=action.reason)
        self.desktops.send(action.agent, shown)

    def message(self, contact: LiveContact, message: Message) -> None:
        if contact.agent is not None:
            self.desktops.send(contact.agent, MessageShown(contact=contact.id, message=message))

    def delivery(self, contact: LiveContact, message: str, delivery: Delivery) -> None:
        if contact.agent is not None:
            shown = DeliveryShown(contact=contact.id, message=message, delivery=delivery)
            self.desktops.send(contact.agent, shown)

    async def _shown(self, contact: LiveContact) -> ContactShown:
        messages = () if contact.channel.is_live else await self._crm.messages.of(contact.id)
        return ContactShown(
            id=contact.id,
            channel=contact.channel,
            queue=contact.queue,
            state=_SHOWN.get(contact.state, ShownState.ENDED),
            customer=contact.customer,
            address=contact.address,
            name=contact.name,
            since_ms=contact.since_ms,
            held=contact.held,
            messages=messages,
            wrap_up_until_ms=contact.wrap_up_until_ms,
        )

    # --- coming and going: see DesktopHandler --------------------------------------------------

    async def agent_joined(self, account: Account) -> Sequence[Event]:
        await self._board.loaded.wait()  # before, nobody knows what is the agent's
        self._accounts[account.id] = account
        presence, reason = self._board.presence(account.id)
        if presence is Presence.OFFLINE:
            presence, reason = Presence.NOT_READY, "signed_in"
            await self._submit(AgentChanged(agent=self._agent(account.id)))
            await self._submit(PresenceChanged(agent=account.id, presence=presence, reason=reason))
        return await self._all_of(account, presence)

    async def show_anew(self, agents: Iterable[AgentId]) -> None:
        """Show agents all that is theirs, after a time in which they may not have been told."""
        here = self.desktops.agents()
        await asyncio.gather(*(self._show_all(each) for each in agents if each in here))

    async def _show_all(self, agent: AgentId) -> None:
        account, (presence, _) = self._accounts.get(agent), self._board.presence(agent)
        if account is None:
            return
        try:
            for event in await self._all_of(account, presence):
                self.desktops.send(agent, event)
        except CrmUnavailable:
            log.warning("desk.not_shown", agent=agent)

    async def _all_of(self, account: Account, presence: Presence) -> Sequence[Event]:
        """Return what shows an agent's all: `Welcome`, and a screen pop for each contact."""
        agent = self._agent(account.id)
        offers, contacts = self._board.offers_to(agent.id), self._board.of_agent(agent.id)
        welcome = Welcome(
            agent=AgentCard(id=account.id, name=account.name, role=account.role, queues=tuple(agent.queues)),
            presence=presence,
            offers=tuple(map(_offered, offers)),
            contacts=tuple([await self._shown(contact) for contact in contacts]),
            dispositions=self._dispositions_of(agent),
            time_ms=now_ms(),
        )
        offered = [contact for offer in offers if (contact := self._board.get(offer.contact))]
        pops = [await self._acquaintance.pop(contact) for contact in (*contacts, *offered)]
        return [welcome, *pops]

    async def agent_gone(self, agent: AgentId) -> None:
        await self._submit(PresenceChanged(agent=agent, presence=Presence.OFFLINE, reason="gone"))

    def _agent(self, agent: AgentId) -> Agent:
        return self._agents.get(agent) or Agent(id=agent)

    def _dispositions_of(self, agent: Agent) -> tuple[Disposition, ...]:
        codes = {each.code: each for queue in agent.queues for each in self._dispositions.get(queue, ())}
        return tuple(codes.values())

    # --- commands ------------------------------------------------------------------------------

    async def command(self, agent: AgentId, command: DomainCommand) -> None:
        match command:
            case SetPresence():
                await self._submit(
                    PresenceChanged(agent=agent, presence=command.presence, reason=command.reason)
                )
            case Accept():
                await self._accept(agent, command.offer)
            case Reject():
                offer = self._offer(agent, command.offer)
                reason = command.reason or "rejected"
                await self._submit(OfferRejected(offer=offer.offer, agent=agent, reason=reason))
            case Send():
                contact = self._contact(agent, command.contact, is_call=False)
                try:
                    await self._text.send(contact, agent, command.message, command.text)
                except MessageIdTaken:
                    detail = "message: expected an id that no other contact's message has"
                    raise CommandRefused(Refusal.BAD_COMMAND, detail) from None
            case Hold() | Resume():
                await self._hold(agent, command)
            case HangUp():
                await self._hang_up(agent, command.contact)
            case WrapUp():
                await self._wrap_up(agent, command)

    async def _accept(self, agent: AgentId, offer_id: OfferId) -> None:
        """Take a text offer; returns once the router has given it to this agent."""
        offer = self._offer(agent, offer_id)
        if offer.channel.is_live:
            raise CommandRefused(Refusal.ANSWER_THE_PHONE)
        key = offer.contact, agent
        verdict = self._verdicts.setdefault(key, asyncio.get_running_loop().create_future())
        try:
            await self._submit(OfferAccepted(offer=offer.offer, agent=agent))
            refusal = await asyncio.wait_for(asyncio.shield(verdict), _VERDICT_S)
        except TimeoutError:
            raise CommandRefused(Refusal.UNAVAILABLE) from None
        finally:
            self._verdicts.pop(key, None)
        if refusal is not None:
            raise CommandRefused(refusal)

    def _settle(self, contact: ContactId, agent: AgentId, refusal: Refusal | None) -> None:
        verdict = self._verdicts.get((contact, agent))
        if verdict is not None and not verdict.done():
            verdict.set_result(refusal)

    async def _hold(self, agent: AgentId, command: Hold | Resume) -> None:
        contact = self._contact(agent, command.contact, is_call=True)
        order = self._voice.hold if isinstance(command, Hold) else self._voice.resume
        try:
            await order(contact)
        except (CallGone, LegGone, CallRefused):
            raise CommandRefused(Refusal.WRONG_STATE) from None
        await self.changed(contact)

    async def _hang_up(self, agent: AgentId, contact_id: ContactId) -> None:
        contact = self._contact(agent, contact_id)
        if contact.channel.is_live:
            await self._voice.hang_up(contact)
        else:
            await self._text.end(contact, "closed")

    async def _wrap_up(self, agent: AgentId, command: WrapUp) -> None:
        """Note the outcome, also when the time for wrap-up ran out meanwhile; then wrap-up is over."""
        live = self._board.get(command.contact)
        owner, queue = (live.agent, live.queue) if live else await self._had(command.contact)
        if owner != agent:
            raise CommandRefused(Refusal.NOT_YOURS)
        if live is not None and live.state is not ContactState.WRAP_UP:
            raise CommandRefused(Refusal.WRONG_STATE)
        codes = [each.code for each in self._dispositions.get(queue, ())]
        if codes and command.disposition not in codes:
            raise CommandRefused(Refusal.BAD_COMMAND, f"disposition: expected one of {', '.join(codes)}")
        contact, code, note, at_ms = command.contact, command.disposition, command.note, now_ms()
        # In the journal, after the contact's beginning and end, which may not be written yet.
        self._journal.put(lambda: self._crm.contacts.disposed(contact, code, note, agent=agent, at_ms=at_ms))
        if live is not None:
            await self._submit(WrapUpEnded(contact=contact, agent=agent))

    async def _had(self, contact: ContactId) -> tuple[AgentId | None, QueueName]:
        """Return who had a contact that has ended, and its queue."""
        stored = await self._crm.contacts.get(contact)
        if stored is None:
            raise CommandRefused(Refusal.UNKNOWN_CONTACT)
        return stored.agent, stored.queue

    def _offer(self, agent: AgentId, offer_id: OfferId) -> OfferContact:
        offer = self._board.offer(offer_id)
        if offer is None:
            raise CommandRefused(Refusal.OFFER_GONE)
        if offer.agent != agent:
            raise CommandRefused(Refusal.NOT_YOURS)
        return offer

    def _contact(self, agent: AgentId, contact_id: ContactId, *, is_call: bool | None = None) -> LiveContact:
        """Return a contact that the agent talks to; `is_call`: what it must be."""
        contact = self._board.get(contact_id)
        if contact is None:
            raise CommandRefused(Refusal.UNKNOWN_CONTACT)
        if contact.agent != agent:
            raise CommandRefused(Refusal.NOT_YOURS)
        if is_call is not None and contact.channel.is_live is not is_call:
            raise CommandRefused(Refusal.NOT_A_CALL if is_call else Refusal.NOT_A_THREAD)
        if contact.state is not ContactState.CONNECTED:
            raise CommandRefused(Refusal.WRONG_STATE)
        return contact


def _offered(action: OfferContact) -> Offered:
    return Offered(
        offer=action.offer,
        contact=action.contact,
        channel=action.channel,
        queue=action.queue,
        deadline_ms=action.deadline_ms,
    )
