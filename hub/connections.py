"""Agents' phones: rung for a call, picked up, brought together with the caller."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

from acd.actions import ConnectContact, OfferContact
from acd.events import OfferAccepted, OfferRejected
from acd.ids import AgentId, ContactId, OfferId
from cti.calls import CallControl
from cti.errors import CallGone, LegGone, NodeUnavailable
from cti.listener import LegFailure
from cti.phones import REFERABLE
from hub.board import Board
from hub.call import LOST, Call, caller_id
from hub.callback import CallbackDesk
from hub.dialled import DialledCalls
from hub.lines import Lines
from hub.parties import is_outside, is_rung_again
from hub.recordings.live import LiveRecordings
from hub.submit import Report
from hub.talks import Talks
from hub.voice_settings import VoiceSettings
from hub.waiting_calls import WaitingCalls

log = structlog.get_logger()


class Connections:
    """Carries out offers of calls. `wait_again` takes a caller back whose agent was gone."""

    def __init__(
        self,
        settings: Callable[[], VoiceSettings],
        lines: Lines,
        waiting: WaitingCalls,
        callbacks: CallbackDesk,
        talks: Talks,
        *,
        board: Board,
        report: Report,
        recordings: LiveRecordings,
        wait_again: Callable[[Call], Awaitable[None]],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._settings, self._lines, self._waiting = settings, lines, waiting
        self._callbacks, self._talks = callbacks, talks
        self._board, self._report, self._wait_again = board, report, wait_again
        self._recordings = recordings
        self.sleep = sleep
        self._ringing: set[OfferId] = set()
        self._answered: set[OfferId] = set()
        self.control: CallControl
        self.dialled: DialledCalls | None = None

    def forget_all(self) -> None:
        """Another hub serves the node now."""
        self._ringing.clear()
        self._answered.clear()

    async def settle(self) -> None:
        """Let no phone ring for an offer that the router no longer has."""
        for offer in sorted(each for each in self._ringing if self._board.offer(each) is None):
            log.info("voice.offer_lost", offer=offer)
            self._ringing.discard(offer)
            await self.control.cancel(offer)

    # --- what phones do ------------------------------------------------------------------------

    async def answered(self, ref: str) -> None:
        if is_outside(ref):
            await self._talks.outside_answered(ref)
            return
        offer = OfferId(ref)
        self._ringing.discard(offer)
        self._answered.add(offer)
        open_offer = self._board.offer(offer)
        if open_offer is None:
            await self.control.hang_up_leg(ref)
        else:
            await self._report(OfferAccepted(offer=offer, agent=open_offer.agent))

    async def failed(self, ref: str, reason: LegFailure) -> None:
        if is_outside(ref):
            await self._talks.party_gone(ref, reason)
            return
        self._ringing.discard(OfferId(ref))
        offer = self._board.offer(OfferId(ref))
        if offer is not None and reason is not LegFailure.CANCELLED:
            await self._report(OfferRejected(offer=offer.offer, agent=offer.agent, reason=reason))

    def gone(self, ref: str) -> Call | None:
        """A phone that was picked up is hung up; returns the call that talked to it."""
        self._answered.discard(OfferId(ref))
        return self._lines.by_leg(ref)

    # --- the router's actions ------------------------------------------------------------------

    def rings(self, offer: OfferId) -> bool:
        """Whether a phone rings for an offer, or was answered."""
        return offer in self._ringing or offer in self._answered

    def talks(self, contact: ContactId, offer: OfferId) -> bool:
        """Whether caller and agent talk by an offer, or do so no more by its leg alone."""
        call, live = self._lines.calls.get(contact), self._board.get(contact)
        if live is not None and live.about is not None:
            return self._talks.is_there(live)
        return call is not None and (call.leg == offer or self._is_kept(call))

    @staticmethod
    def _is_kept(call: Call) -> bool:
        """Whether a call's agent lost the phone by which he won it: it is waited for, or is back."""
        return call.leg is not None and (call.leg == LOST or is_rung_again(call.leg))

    async def ring(self, action: OfferContact) -> None:
        """Ring the agent's phone; one that was answered rings no more, however late it is asked for again."""
        if action.offer in self._answered:
            return
        contact = self._board.get(action.contact)
        about = contact.about if contact is not None else None
        call = self._lines.calls.get(about or action.contact)
        if call is not None and contact is not None:
            key, shown = call.key, call.caller_id(contact.by)
            if about is not None:
                self._talks.rings(call, contact, action.offer)
        elif action.is_callback and contact is not None:
            key, shown = self._callbacks.key(contact.id), caller_id(contact.name, contact.address)
        else:
            return  # that it is gone was told, or is found at the next agreement
        self._ringing.add(action.offer)
        await self.control.ring(
            action.offer,
            key,
            await self._endpoint(action),
            caller_id=shown,
            timeout_s=action.ring_s + 1,  # the router's own deadline comes first
            variables=REFERABLE,
        )

    def is_dialling(self, agent: AgentId) -> bool:
        """Whether an agent's phone waits for a call that was dialled on it."""
        return self.dialled is not None and self.dialled.has(agent)

    async def _endpoint(self, action: OfferContact) -> str:
        """Return what is rung: the agent's phone, or the call by which it asked for the contact itself."""
        waiting = None
        if self.dialled is not None and (action.is_reserved or action.is_callback):
            waiting = await self.dialled.endpoint(action.agent)
        return waiting or self._lines.phone_of(action.agent)

    def is_to_call_back(self, action: ConnectContact) -> bool:
        """Whether the customer is to be called: nobody is on the line."""
        return action.is_callback and action.contact not in self._lines.calls

    async def connect(self, action: ConnectContact) -> bool:
        """Let caller and agent talk; whether they do. An agent who is gone is told to the router."""
        contact = self._board.get(action.contact)
        if contact is not None and contact.about is not None:
            return await self._talks.connect(contact, action)
        call = self._lines.calls.get(action.contact)
        if call is None:
            await self.control.hang_up_leg(action.offer)
            return False
        try:
            await self._delay(call)
            await self._bring_together(call, action.offer)
        except CallGone:
            return False
        except (LegGone, NodeUnavailable) as error:
            log.info("voice.not_connected", contact=action.contact, reason=str(error))
            await self.control.hang_up_leg(action.offer)
            await self._without_agent(call, is_agent_gone=isinstance(error, LegGone))
            return False
        return True

    async def _without_agent(self, call: Call, *, is_agent_gone: bool) -> None:
        """The two could not talk: the caller waits again, but whom an agent dialled waits for nobody else."""
        if is_agent_gone and call.contact.outbound:
            with suppress(NodeUnavailable):
                await self.control.hang_up(call.key)
            return
        await self._wait_again(call)

    async def _delay(self, call: Call) -> None:
        """Keep the agent's pause before a caller is put through (`memberdelay`), then end what is played."""
        delay_s = self._settings().queue(call.contact.queue).member_delay_s
        if delay_s and not call.incoming.callback:
            await self.sleep(delay_s)
        await self._recordings.before_talk(call)
        await self._waiting.hush(call.contact.id)

    async def _bring_together(self, call: Call, offer: OfferId) -> None:
        await self.control.connect(call.key, offer)
        if offer not in self._answered:
            raise LegGone(offer)
        call.leg = offer  # from here on the end of the leg is the end of the call
        await self._recordings.talk_began(call)
