"""Repairing differences, each by those parts whose business it is."""

from collections.abc import Callable, Collection, Coroutine
from dataclasses import dataclass

import structlog

from acd.agent import Presence
from acd.contact import ContactState
from acd.errors import AcdFull, AcdUnavailable
from acd.events import PresenceChanged, TimerDue
from acd.ids import AgentId, ContactId, QueueName
from crm_bridge.errors import CrmUnavailable
from cti.ami import AmiError
from cti.errors import NodeUnavailable
from cti.examination import Fault
from hub.board import LiveContact
from hub.clock import now_ms
from hub.doctor.compare import FAULTS
from hub.doctor.eyes import TECHNOLOGY, Eyes
from hub.doctor.kinds import Difference, Kind
from hub.errors import DatabaseUnavailable
from hub.phones import Phones

log = structlog.get_logger()

_KINDS = {kind: fault for fault, kind in FAULTS.items()}
_MEMBERS = frozenset({Kind.MEMBER_MISSING, Kind.MEMBER_TOO_MANY})
_PHONES = frozenset({Kind.PHONE_MISSING, Kind.PHONE_TOO_MANY})
_ANEW = frozenset(
    {Kind.CONTACT_ONLY_IN_HUB, Kind.CONTACT_ONLY_IN_ROUTER, Kind.CONTACT_DIFFERS, Kind.RECORD_TORN}
)
_AWAY = (AcdUnavailable, AcdFull, CrmUnavailable, DatabaseUnavailable, NodeUnavailable, AmiError, OSError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """What cannot be done is left, and is there at the next look. `mend` asks for all to agree."""

    eyes: Eyes
    phones: Phones
    mend: Callable[[], None]

    async def repair(self, found: Collection[Difference]) -> None:
        """Repair all that was found, as far as it can be done."""
        for each in found:
            await self._try(each)
        kinds = {each.kind for each in found}
        if kinds & _MEMBERS:
            await self._members([each for each in found if each.kind in _MEMBERS])
        if kinds & _PHONES:
            await self._quietly(self.phones.refresh(anyway=True))
        if kinds & _ANEW:
            await self._quietly(self.eyes.acd.begin_anew())
        if Kind.RECORD_TORN in kinds:  # what was cleared away as it was read is written with the next event
            await self._quietly(self.eyes.acd.submit(TimerDue()))
        self.mend()

    async def _try(self, difference: Difference) -> None:
        match difference.kind:
            case kind if kind in _KINDS:
                fault = Fault(_KINDS[kind], difference.subject)
                held = self.eyes.held()
                await self._quietly(self.eyes.node.control.examiner.put_right(fault, held))
            case Kind.PRESENCE_WITHOUT_DESKTOP:
                await self._set_presence(difference.agent, Presence.OFFLINE, "gone")
            case Kind.DESKTOP_WITHOUT_PRESENCE:
                await self._set_presence(difference.agent, Presence.NOT_READY, "signed_in")
            case Kind.CONTACT_ONLY_IN_DATABASE:
                await self._quietly(self._end_call(ContactId(difference.subject)))
            case Kind.CONTACT_NOT_IN_DATABASE:
                live = self.eyes.board.get(ContactId(difference.subject))
                if live is not None:
                    await self._quietly(self._write(live))
            case Kind.MEMBER_PAUSED:
                await self._change_member("QueuePause", difference, Paused="false")
            case Kind.MEMBER_PENALTY:
                penalty = self._penalty(difference)
                await self._change_member("QueuePenalty", difference, Penalty=str(penalty))
            case _:
                pass  # done for all at once

    async def _set_presence(self, agent: str, presence: Presence, reason: str) -> None:
        changed = PresenceChanged(agent=AgentId(agent), presence=presence, reason=reason)
        await self._quietly(self.eyes.acd.submit(changed))

    async def _change_member(self, action: str, member: Difference, **fields: str) -> None:
        about = {"Queue": member.queue, "Interface": TECHNOLOGY + member.agent}
        await self._quietly(self.eyes.node.ami.request(action, about | fields))

    def _penalty(self, member: Difference) -> int:
        queue = self.eyes.truth.routing.queues[QueueName(member.queue)]
        return next((each.penalty for each in queue.members if each.agent == member.agent), 0)

    async def _end_call(self, contact: ContactId) -> None:
        """Note the end of a call that is on no line; text and callbacks are queued again by `mend`."""
        contacts = self.eyes.crm.contacts
        stored = await contacts.get(contact)
        if stored is not None and stored.channel.is_live and not stored.is_callback:
            await contacts.ended(contact, now_ms(), "lost")

    async def _write(self, live: LiveContact) -> None:
        contacts = self.eyes.crm.contacts
        if not await contacts.resumed(live.id):
            await contacts.opened(
                live.id,
                channel=live.channel,
                address=live.address,
                at_ms=live.arrived_ms,
                customer=live.customer,
                queue=live.queue,
            )
        if live.state is ContactState.CONNECTED and live.agent is not None:
            await contacts.connected(live.id, live.agent, now_ms())

    async def _members(self, found: Collection[Difference]) -> None:
        """Members of the files come by reading those again, added ones from the hub's own roll."""
        for queue in sorted({each.queue for each in found}):
            await self._quietly(self.eyes.node.ami.request("QueueReload", {"Queue": queue, "Members": "yes"}))
        self.eyes.node.roll.tell_anew()

    async def _quietly(self, work: Coroutine[object, object, object]) -> None:
        try:
            await work
        except _AWAY as error:
            log.warning("doctor.not_repaired", error=type(error).__name__, reason=str(error))
