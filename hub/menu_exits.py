"""What becomes of callers who leave the menus."""

from typing import Protocol

import structlog

from acd.ids import QueueName
from cti.calls import CallControl
from hub.board import Board
from hub.call import Call
from hub.crm import Crm
from hub.deflected import IN_MENU
from hub.departures import Departures
from hub.dialling import dialled
from hub.diversions import Diversions
from hub.journal import Journal
from hub.offers import Offers
from hub.proposals import Proposals
from hub.talks import TRANSFERRED, Talks
from hub.trunks import Trunks
from hub.voice_settings import VoiceSettings
from ivr.flow import Exit, ToCallback, ToQueue, ToThread, ToVoicemail, Transfer

log = structlog.get_logger()


class Desk(Protocol):
    """`hub.voice.VoiceDesk` serves."""

    settings: VoiceSettings
    control: CallControl
    talks: Talks

    @property
    def trunks(self) -> Trunks: ...

    async def queue(self, call: Call, wanted: ToQueue) -> None:
        """Let a caller wait."""


class MenuExits:
    """Does what the menus led to. Raises what `CallControl` and the router raise."""

    def __init__(
        self,
        desk: Desk,
        proposals: Proposals,
        offers: Offers,
        diversions: Diversions,
        departures: Departures,
        *,
        board: Board,
        crm: Crm,
        journal: Journal,
    ) -> None:
        self._desk, self._proposals, self._offers = desk, proposals, offers
        self._diversions, self._departures = diversions, departures
        self._board, self._crm, self._journal = board, crm, journal

    async def leave(self, call: Call, action: Exit) -> None:
        """Let a caller go where the menus led; a `Transfer` was done before (`send_out`)."""
        default = self._desk.settings.default_queue
        match action:
            case ToQueue():
                await self._let_wait(call, action)
            case ToThread(queue):
                await self._let_wait(call, self._to_thread(call, queue or default))
            case ToCallback(queue, priority, skills):
                await self._desk.queue(call, ToQueue(queue or default, priority, skills))
                await self._proposals.call_back(call, IN_MENU)
            case ToVoicemail(queue):
                call.contact.queue = queue = queue or default
                self._journal.put(lambda: self._crm.contacts.queued(call.contact.id, queue))
                await self._desk.control.answer(call.key)
                self._diversions.take_message(call)
            case Transfer():
                pass
            case _:
                await self._desk.control.hang_up(call.key)

    async def _let_wait(self, call: Call, wanted: ToQueue) -> None:
        """Let a caller wait, who has not chosen another way, and offer him those that there are."""
        await self._desk.queue(call, wanted)
        self._offers.consider(call)

    def _to_thread(self, call: Call, otherwise: QueueName) -> ToQueue:
        """Return where a caller waits who goes on with his text contact."""
        thread = call.thread
        if thread is None and call.known is not None and call.known.thread is not None:
            thread = self._board.get(call.known.thread.contact)
        if thread is None or thread.queue not in self._desk.settings.queues:
            return ToQueue(otherwise, 0, {})
        return ToQueue(thread.queue, thread.priority, thread.skills)

    async def send_out(self, call: Call, number: str) -> bool:
        """Let a caller go on to a number outside; False if no way leads there.

        If nobody answers there the call comes back, to the default queue.
        """
        settings = self._desk.settings
        to, queue = dialled(number, settings.region), settings.default_queue
        ways = to and await self._desk.trunks.ways(to.number, queue=queue, identity=to.identity)
        ways = [way for way in ways or () if not way.variables]  # there only the number says who calls
        if to is None or not ways:
            log.warning("menus.no_way_out", contact=call.contact.id)
            return False
        await self._desk.control.answer(call.key)
        call.contact.queue = queue
        await self._desk.talks.send_out(call, ways, to.number)
        self._departures.drop(call.contact, TRANSFERRED)
        return True
