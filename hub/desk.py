"""Agents' desktops: what they are shown, and when."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

import msgspec
import structlog

from acd.actions import OfferContact, PublishPresence, RefuseEvent, WithdrawOffer
from acd.agent import Agent, Presence
from acd.contact import Channel, ContactState
from acd.events import AgentChanged, OfferAccepted, PresenceChanged
from acd.ids import AgentId, ContactId
from acd.policy import Disposition, RoutingSettings
from acd.settings import members
from crm_bridge.errors import CrmUnavailable
from crm_bridge.model import Delivery, Message
from crm_bridge.transcripts import TranscriptLine
from hub.accounts import Account
from hub.acquaintance import Acquaintance
from hub.board import Board, LiveContact
from hub.clock import now_ms
from hub.commands import Commands
from hub.crm import Crm
from hub.desktop.commands import DomainCommand
from hub.desktop.protocol import (
    AgentCard,
    ContactShown,
    DeliveryShown,
    Event,
    MessageShown,
    Offered,
    OfferWithdrawn,
    PhoneKind,
    PhoneShown,
    PresenceShown,
    ShownState,
    SignShown,
    TranscriptShown,
    Welcome,
)
from hub.desktop.refusals import Refusal
from hub.desktop.registry import Desktops
from hub.journal import Journal
from hub.recordings.commands import RecordCommands
from hub.recordings.live import LiveRecordings
from hub.seats import Seats
from hub.signs import Signs
from hub.submit import Submit
from hub.talk_commands import TalkCommands
from hub.text import TextDesk
from hub.text_commands import CallLink
from hub.voice import VoiceDesk

log = structlog.get_logger()

_LINES_MAX = 50
"""So many lines of what was said in a call a new desktop is shown."""


class Said(Protocol):
    """Returns what was said so far in a call (`hub.transcripts.Transcripts.lines`)."""

    def __call__(self, contact: ContactId, /) -> Sequence[TranscriptLine]: ...


_SHOWN = {
    ContactState.CONNECTED: ShownState.CONNECTED,
    ContactState.WRAP_UP: ShownState.WRAP_UP,
    ContactState.ENDED: ShownState.ENDED,
}


class Desk:
    """The domain side of desktops (`DesktopHandler`), and their view of contacts and messages.

    `tell_others` has other hubs show what only this one knows; `ways` returns where callers can be invited.
    """

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
        recordings: LiveRecordings,
        talks: TalkCommands,
        settings: RoutingSettings,
        signs: Signs,
    ) -> None:
        self._board, self._crm = board, crm
        self._acquaintance, self._submit, self._voice = acquaintance, submit, voice
        self._commands = Commands(
            board=board,
            crm=crm,
            journal=journal,
            submit=submit,
            text=text,
            voice=voice,
            recordings=RecordCommands(recordings),
            talks=talks,
            signs=signs,
        )
        signs.view = self
        recordings.show = voice.talks.changed = self.changed
        self._accounts: dict[AgentId, Account] = {}
        self.go_by(settings)
        self.desktops: Desktops
        self.seats: Seats | None = None
        self.said: Said = lambda _: ()
        self.tell_others: Callable[[ContactId, Event], None] = lambda *_: None
        self.phone_of: Callable[[AgentId], PhoneKind] = lambda _: PhoneKind.SIP
        self.ways: Callable[[], tuple[Channel, ...]] = tuple

    def go_by(self, settings: RoutingSettings) -> None:
        """Take over the settings of queues."""
        self._agents: Mapping[AgentId, Agent] = {agent.id: agent for agent in members(settings)}
        self._queues = settings.queues
        self._commands.go_by(settings.queues)

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
            self._commands.settle(contact.id, contact.agent, None)
        self.desktops.send(contact.agent, await self._shown(contact))

    async def returned(self, contact: LiveContact, agent: AgentId) -> None:
        """Take a contact that waits again from the agent who had it."""
        self.desktops.send(agent, msgspec.structs.replace(await self._shown(contact), state=ShownState.ENDED))

    def refused(self, action: RefuseEvent) -> None:
        """The router did not take an accept: the agent who waits for it hears why."""
        if action.event == OfferAccepted.__name__ and action.contact and action.agent:
            refusal = Refusal.TAKEN if action.reason == Refusal.TAKEN else Refusal.OFFER_GONE
            self._commands.settle(action.contact, action.agent, refusal)

    def presence(self, action: PublishPresence) -> None:
        shown = PresenceShown(agent=action.agent, presence=action.presence, reason=action.reason)
        self.desktops.send(action.agent, shown)

    def link_calls(self, call_link: CallLink) -> None:
        """Let agents send links by which customers call."""
        self._commands.link_calls(call_link)

    def phone(self, agent: AgentId, kind: PhoneKind) -> None:
        """Show an agent where his calls ring."""
        self.desktops.send(agent, PhoneShown(phone=kind))

    def message(self, contact: LiveContact, message: Message) -> None:
        self._tell(contact, MessageShown(contact=contact.id, message=message))

    def delivery(self, contact: LiveContact, message: str, delivery: Delivery) -> None:
        self._tell(contact, DeliveryShown(contact=contact.id, message=message, delivery=delivery))

    def sign(self, contact: LiveContact, *, is_typing: bool, read_ms: int | None) -> None:
        """Show what the customer does, which is stored nowhere."""
        self._tell(contact, SignShown(contact=contact.id, typing=is_typing, read_ms=read_ms))

    def _tell(self, contact: LiveContact, event: Event) -> None:
        if contact.agent is not None:
            self.desktops.send(contact.agent, event)
        self.tell_others(contact.id, event)

    def heard(self, contact_id: ContactId, frame: bytes) -> None:
        """Show what another hub knows of a contact; without an agent yet, he is shown the whole later."""
        contact = self._board.get(contact_id)
        if contact is not None and contact.agent is not None:
            self.desktops.put(contact.agent, frame)

    async def show_all(self) -> None:
        """Show all who are here all that is theirs, after a time in which no other hub was heard."""
        await self.show_anew(self.desktops.connected())

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
            suspended=contact.suspended,
            recording=contact.recording,
            muted=contact.muted,
            parties=contact.parties,
            about=contact.about,
            outbound=contact.outbound,
            messages=messages,
            wrap_up_until_ms=contact.wrap_up_until_ms,
            case=contact.case,
            subject=contact.subject,
            notes=contact.notes,
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
            phone=self.phone_of(agent.id),
            ways=self.ways(),
        )
        offered = [contact for offer in offers if (contact := self._board.get(offer.contact))]
        pops = [await self._acquaintance.pop(contact) for contact in (*contacts, *offered)]
        supervision = self._voice.supervisors.of(account.id)
        said = [
            TranscriptShown(contact=each.id, line=line)
            for each in contacts
            for line in self.said(each.id)[-_LINES_MAX:]
        ]
        return [welcome, *pops, *said, *([supervision.shown()] if supervision else [])]

    async def agent_gone(self, agent: AgentId) -> None:
        if self.seats is not None and await self.seats.is_elsewhere(agent):
            return
        await self._submit(PresenceChanged(agent=agent, presence=Presence.OFFLINE, reason="gone"))

    def _agent(self, agent: AgentId) -> Agent:
        return self._agents.get(agent) or Agent(id=agent)

    def _dispositions_of(self, agent: Agent) -> tuple[Disposition, ...]:
        queues = (queue for name in agent.queues if (queue := self._queues.get(name)) is not None)
        codes = {each.code: each for queue in queues for each in queue.dispositions}
        return tuple(codes.values())

    async def command(self, agent: AgentId, command: DomainCommand) -> None:
        await self._commands.carry_out(agent, command)


def _offered(action: OfferContact) -> Offered:
    return Offered(
        offer=action.offer,
        contact=action.contact,
        channel=action.channel,
        queue=action.queue,
        deadline_ms=action.deadline_ms,
        callback=action.is_callback,
    )
