"""Carrying out what the router decides: one action after the other for each contact."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Protocol

import structlog

from acd.actions import (
    Action,
    ArrangeCallback,
    CloseContact,
    ConnectContact,
    DivertContact,
    OfferContact,
    PassContact,
    ProposeWay,
    PublishPresence,
    RefuseContact,
    RefuseEvent,
    ResumeContact,
    ReturnContact,
    StartWrapUp,
    SuspendContact,
    WithdrawOffer,
)
from acd.contact import ContactState
from acd.core.state import RoutingState
from acd.errors import AcdFull, AcdUnavailable, ActionsLost
from acd.events import (
    CallbackRequested,
    ContactEnded,
    ContactHandedOver,
    ContactLeft,
    ContactParked,
    ContactPickedUp,
    ContactQueued,
    ContactReturned,
    OfferRejected,
)
from acd.ids import AgentId, ContactId
from acd.router import Acd
from crm_bridge.errors import CrmUnavailable
from gateways.errors import OutboxUnavailable
from hub.board import Board, LiveContact
from hub.clock import now_ms
from hub.crm import Crm
from hub.journal import Journal
from hub.lanes import LaneFull, Lanes, Work
from hub.submit import Report
from hub.text import TextDesk
from hub.voice_parts import VoiceParts

log = structlog.get_logger()

_AGAIN_S = 0.5
ContactAction = (
    OfferContact
    | WithdrawOffer
    | ConnectContact
    | ReturnContact
    | PassContact
    | SuspendContact
    | ResumeContact
    | ProposeWay
    | ArrangeCallback
    | StartWrapUp
    | CloseContact
    | RefuseContact
    | DivertContact
)
_ASKED = tuple(
    each.__name__
    for each in (ContactReturned, ContactHandedOver, ContactParked, ContactPickedUp, ContactQueued)
)
_ENDS = (ContactEnded.__name__, ContactLeft.__name__)


class AgentView(Protocol):
    """What agents' desktops are shown of the router's actions."""

    async def offered(self, contact: LiveContact, action: OfferContact) -> None:
        """Show screen pop and offer; returns when both are sent."""

    def withdrawn(self, action: WithdrawOffer) -> None: ...

    async def changed(self, contact: LiveContact) -> None: ...

    async def returned(self, contact: LiveContact, agent: AgentId) -> None:
        """Take a contact that waits again from the agent who had it."""

    def refused(self, action: RefuseEvent) -> None: ...

    def presence(self, action: PublishPresence) -> None: ...


class Agree(Protocol):
    """Brings router, board, channels and database to agree, given the router's state.

    The board then stands where the router did, no action more or less. Raises `AcdUnavailable`, `AcdFull`.
    """

    async def __call__(self, state: RoutingState) -> None: ...


class Performer:
    """Reads the router's actions and has them done, in order within a contact. `run` is the service.

    It alone moves the board from one of the router's states to the next, so that all are brought to
    agree here too: at the start, when actions were lost, and whenever somebody asks for it. `has_node`:
    whether calls are ours; if not, what another hub does with them is only shown. `over` is told of each
    contact whose talk is over, perhaps twice.
    """

    def __init__(
        self,
        acd: Acd,
        *,
        board: Board,
        view: AgentView,
        calls: VoiceParts,
        text: TextDesk,
        crm: Crm,
        journal: Journal,
        report: Report,
        agree: Agree,
        has_node: Callable[[], bool] = lambda: True,
        over: Callable[[LiveContact], None] = lambda _: None,
    ) -> None:
        self._acd, self._board, self._view, self._text = acd, board, view, text
        self._calls, self._voice = calls, calls.desk
        self._crm, self._journal, self._report, self._agree = crm, journal, report, agree
        self._has_node, self._over = has_node, over
        self._lanes = Lanes()
        self._position: str | None = None
        self._asked = asyncio.Event()
        self.refused = 0

    def agree_soon(self) -> None:
        """Have all parts brought to agree, as soon as they are there."""
        self._asked.set()

    async def run(self) -> None:
        """Serve until cancelled; what is under way then gets a moment to end."""
        try:
            while True:
                await self._serve_safely()
        finally:
            await asyncio.shield(self._lanes.drain(2.0))

    async def _serve_safely(self) -> None:
        try:
            await self._bring_to_agree()
            await self._follow()
        except ActionsLost:
            log.warning("perform.actions_lost")
            self._position = None
        except (AcdUnavailable, AcdFull) as error:
            log.warning("perform.not_yet", reason=str(error))
            await asyncio.sleep(_AGAIN_S)
        except Exception:
            log.exception("perform.failed")
            await asyncio.sleep(_AGAIN_S)

    async def _bring_to_agree(self) -> None:
        """Go exactly as far as the router has come, then compare; open actions are done once more."""
        self._asked.clear()
        snapshot = await self._acd.snapshot()
        if self._position is None:
            self._position = snapshot.after
        await self._take_all(self._position, until=snapshot.after)
        is_settled = self._voice.is_settled  # what settles later was not compared: it asks for that anew
        await self._agree(snapshot.state)
        if is_settled:
            self._do_again(snapshot.state)

    async def _follow(self) -> None:
        """Have actions done until somebody asks for agreement."""
        assert self._position is not None, "agreement comes first"
        works = (
            asyncio.create_task(self._take_all(self._position, until=None)),
            asyncio.create_task(self._asked.wait()),
        )
        try:
            done, _ = await asyncio.wait(works, return_when=asyncio.FIRST_COMPLETED)
            for work in done:
                work.result()
        finally:
            for each in works:
                each.cancel()
            await asyncio.gather(*works, return_exceptions=True)

    async def _take_all(self, after: str, *, until: str | None) -> None:
        """Take actions, with `until` up to that one, otherwise for ever."""
        if after == until:
            return
        async for position, action in self._acd.actions(after=after):
            if isinstance(action, OfferContact | ConnectContact) and not action.channel.is_live:
                await self._fetch(action.contact)
            self._position = position
            self._take(action)
            if position == until:
                return

    async def _fetch(self, contact: ContactId) -> None:
        """Have a text contact on the board that another hub took in; without a database agreement has it."""
        if self._board.get(contact) is not None:
            return
        try:
            record = await self._crm.contacts.get(contact)
        except CrmUnavailable:
            return
        is_open = record is not None and record.state is not ContactState.ENDED
        if record is not None and is_open and self._board.get(contact) is None:
            self._board.add(LiveContact.of(record))

    def _do_again(self, state: RoutingState) -> None:
        """Do what a hub that ended may not have come to; where it did, twice is harmless."""
        for contact in self._board.all():
            for offer in contact.offers:
                if contact.channel.is_live and not self._calls.connections.rings(offer.offer):
                    self._put(offer, contact)
        for record in state.contacts.values():
            won, routed, live = record.won, record.contact, self._board.get(record.contact.id)
            if record.state is ContactState.CONNECTED and routed.channel.is_live and won and record.agent:
                connect = ConnectContact(
                    offer=won,
                    contact=routed.id,
                    channel=routed.channel,
                    agent=record.agent,
                    is_callback=live is not None and live.is_callback,
                )
                self._put(connect, live)

    def _take(self, action: Action) -> None:
        match action:
            case PublishPresence():
                self._board.apply(action, now_ms())
                self._view.presence(action)
            case RefuseEvent():
                self._view.refused(action)
                if action.contact and action.event in _ASKED:
                    self._calls.verdicts.settle(action.contact, action.reason)
                if action.event == CallbackRequested.__name__ and action.contact:
                    work = partial(self._calls.proposals.not_arranged, action.contact, action.reason)
                    self._enlist(action.contact, work, action.event)
                if action.event in _ENDS and action.contact and action.reason == "contact_unknown":
                    # What the router knows nothing of is over all the same.
                    self._take(CloseContact(contact=action.contact, agent=None, reason="lost"))
            case _:
                at_ms = now_ms()
                contact = self._board.apply(action, at_ms)
                if isinstance(
                    action, OfferContact | ReturnContact | PassContact | CloseContact | RefuseContact
                ):
                    refusal = action.reason if isinstance(action, CloseContact | RefuseContact) else ""
                    self._calls.verdicts.settle(action.contact, refusal)
                if contact is not None and isinstance(action, StartWrapUp | CloseContact):
                    reason = action.reason if isinstance(action, CloseContact) else "closed"
                    self._note_end(contact, at_ms, reason)
                self._put(action, contact)

    def _note_end(self, contact: LiveContact, at_ms: int, reason: str) -> None:
        self._over(contact)
        if contact.channel.is_live:
            self._calls.recordings.ended(contact.id)
            over_ms, line = contact.ended_ms(at_ms), contact.line
            self._journal.put(lambda: self._crm.contacts.ended(contact.id, over_ms, reason, line=line))
        else:
            self._text.over(contact.id, at_ms, reason)

    def _put(self, action: ContactAction, contact: LiveContact | None) -> None:
        self._enlist(action.contact, partial(self._perform, action, contact), type(action).__name__)

    def _enlist(self, contact: ContactId, work: Work, name: str) -> None:
        try:
            self._lanes.put(contact, work)
        except LaneFull:
            self.refused += 1
            log.error("perform.lane_full", contact=contact, action=name)

    async def _perform(self, action: ContactAction, contact: LiveContact | None) -> None:
        """Do one action; what needs the database waits for it, and with it the rest of that contact."""
        while True:
            try:
                return await self._act(action, contact)
            except (CrmUnavailable, OutboxUnavailable) as error:
                log.warning("perform.database_away", action=type(action).__name__, reason=str(error))
                await asyncio.sleep(_AGAIN_S)

    async def _act(self, action: ContactAction, contact: LiveContact | None) -> None:
        match action:
            case WithdrawOffer():
                self._view.withdrawn(action)
                await self._voice.control.cancel(action.offer)
            case OfferContact() | ConnectContact() if contact is None:
                log.warning("perform.unknown_contact", contact=action.contact)
                self.agree_soon()
            case _ if contact is not None:
                await self._do(action, contact)

    async def _do(self, action: ContactAction, contact: LiveContact) -> None:
        match action:
            case OfferContact():
                await self._offer(contact, action)
            case ConnectContact():
                await self._connect(contact, action)
            case ReturnContact():
                self._journal.put(lambda: self._crm.contacts.returned(contact.id))
                await self._view.returned(contact, action.agent)
                if contact.channel.is_live and self._has_node():
                    await self._calls.talks.released(contact, action)
            case PassContact():
                at_ms = now_ms()
                self._journal.put(lambda: self._crm.contacts.connected(contact.id, action.to, at_ms))
                await self._view.returned(contact, action.agent)
                await self._view.changed(contact)
            case SuspendContact() | ResumeContact():
                await self._view.changed(contact)
            case StartWrapUp():
                await self._view.changed(contact)
                await self._text.told_end(contact)
            case CloseContact():
                await self._close(contact)
            case _:
                await self._do_while_waiting(action, contact)

    async def _do_while_waiting(self, action: ContactAction, contact: LiveContact) -> None:
        match action:
            case ProposeWay():
                self._calls.proposals.propose(contact, action.way)
            case ArrangeCallback():
                self._calls.proposals.arranged(contact)
            case RefuseContact():
                await self._refuse(contact, action)
            case DivertContact():
                await self._divert(contact, action)
            case _:
                pass

    async def _offer(self, contact: LiveContact, action: OfferContact) -> None:
        """Show an offer, and for a call ring. While it can reach no phone it is no agent's fault."""
        is_call = contact.channel.is_live and self._has_node()
        if is_call and (not self._voice.is_settled or self._voice.fallback.has(contact.id)):
            reason = "fallback" if self._voice.is_settled else "node_away"
            await self._report(OfferRejected(offer=action.offer, agent=action.agent, reason=reason))
            return
        await self._view.offered(contact, action)
        if is_call and self._board.offer(action.offer) is not None:
            await self._calls.connections.ring(action)

    async def _connect(self, contact: LiveContact, action: ConnectContact) -> None:
        at_ms = now_ms()
        if contact.channel.is_live and not self._has_node():
            await self._view.changed(contact)
            return
        if contact.channel.is_live:
            if self._calls.connections.talks(action.contact, action.offer):
                return  # done before
            if self._calls.connections.is_to_call_back(action):
                await self._view.changed(contact)
                await self._calls.callbacks.begin(contact, action)
                return
            if not await self._calls.connections.connect(action):
                gone = WithdrawOffer(
                    offer=action.offer, contact=contact.id, agent=action.agent, reason="left"
                )
                self._view.withdrawn(gone)
                return
        self._journal.put(lambda: self._crm.contacts.connected(contact.id, action.agent, at_ms))
        await self._view.changed(contact)

    async def _close(self, contact: LiveContact) -> None:
        await self._view.changed(contact)
        await self._text.told_end(contact)
        if contact.about is not None:
            await self._calls.talks.contact_over(contact)
        if self._voice.expects(contact.id):  # over while its customer was being called
            await self._voice.hang_up(contact)

    async def _divert(self, contact: LiveContact, action: DivertContact) -> None:
        log.info("perform.contact_diverted", contact=contact.id, to=action.to)
        diversions = self._calls.diversions
        if contact.channel.is_live:
            diversions.divert(contact, action)
        else:
            language = await self._text.language(contact)
            await self._text.turn_away(contact, "diverted", diversions.words(action, language))

    async def _refuse(self, contact: LiveContact, action: RefuseContact) -> None:
        log.warning("perform.contact_refused", contact=contact.id, reason=action.reason)
        if contact.about is not None or contact.outbound:
            return  # who asked was told
        if contact.channel.is_live:
            was_helped = await self._calls.offers.refused(contact, action)
            if not was_helped and not self._calls.departures.refuse(contact, action):
                await self._voice.refused(contact)
        else:
            await self._text.refused(action, contact)
