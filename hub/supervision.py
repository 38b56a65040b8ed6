"""Supervisors in other agents' calls: their phone rings, then they listen, whisper, barge in or take over.

    ringing -> listening -> ended       answered; the mode may change
    ringing -> ended                    no_answer, busy, unreachable, stopped, call_ended
    either -> ended (taken_over)        the call is the supervisor's

All of it is written into the audit log before it is done.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol
from uuid import uuid4

import structlog

from acd.contact import ContactState
from acd.events import ContactHandedOver
from acd.ids import AgentId, ContactId, OfferId
from crm_bridge.model import JourneyKind
from cti.calls import CallControl
from cti.errors import CallGone, CtiError, LegGone
from cti.legs import SUPERVISOR, is_supervisors
from cti.listener import LegFailure
from cti.supervision import SuperviseMode
from hub.accounts import Account, Role
from hub.audit import AuditLog, Deed
from hub.board import Board, LiveContact
from hub.call import Call
from hub.desktop.commands import StopSupervising, Supervise, SuperviseCommand, TakeOver
from hub.desktop.protocol import Event, SupervisionShown, SupervisionState
from hub.desktop.refusals import CommandRefused, Refusal
from hub.lines import Lines
from hub.submit import Submit
from hub.talks import Talks
from hub.verdicts import Verdicts
from hub.voice_settings import VoiceSettings

log = structlog.get_logger()

_VERDICT_S = 2.0


class Show(Protocol):
    """Tells all desktops of an agent; whether there was one (`hub.desktop.registry.Desktops.send`)."""

    def __call__(self, agent: AgentId, event: Event) -> bool: ...


@dataclass(slots=True, eq=False)
class Supervision:
    """A supervisor's part in the call of `agent`. `takes_over`: once his phone is answered; `reason`: of its
    end."""

    supervisor: AgentId
    contact: ContactId
    agent: AgentId
    mode: SuperviseMode
    ref: str
    state: SupervisionState = SupervisionState.RINGING
    takes_over: bool = False
    reason: str = ""

    def shown(self) -> SupervisionShown:
        return SupervisionShown(
            contact=self.contact, agent=self.agent, mode=self.mode, state=self.state, reason=self.reason
        )


class Supervisors:
    """All supervisions of this hub's calls; each supervisor is in one at most.

    `settings` returns those that hold now, `account` who may give commands; `show` tells a supervisor's
    desktops. A phone rings as long as for an offer of the call's queue.
    """

    def __init__(
        self,
        settings: Callable[[], VoiceSettings],
        lines: Lines,
        talks: Talks,
        verdicts: Verdicts,
        *,
        board: Board,
        submit: Submit,
        audit: AuditLog,
        account: Callable[[AgentId], Awaitable[Account | None]],
    ) -> None:
        self._settings, self._lines, self._talks, self._board = settings, lines, talks, board
        self._submit, self._audit, self._account = submit, audit, account
        self._supervisions: dict[AgentId, Supervision] = {}
        self._verdicts = verdicts
        self.control: CallControl
        self.show: Show

    def of(self, supervisor: AgentId) -> Supervision | None:
        """Return what a supervisor is in."""
        return self._supervisions.get(supervisor)

    async def carry_out(self, supervisor: AgentId, command: SuperviseCommand) -> None:
        """Carry a command out; raises `CommandRefused`, and what passes (`retryable`)."""
        if isinstance(command, StopSupervising):
            await self._stop(supervisor, command.contact)
            return
        contact, call = await self._permitted(supervisor, command.contact)
        match command:
            case Supervise(mode=mode):
                await self._supervise(supervisor, contact, call, mode)
            case TakeOver():
                await self._take_over(supervisor, contact, call)

    async def _permitted(self, supervisor: AgentId, contact_id: ContactId) -> tuple[LiveContact, Call]:
        """Return a call of another agent that is under our control."""
        account = await self._account(supervisor)
        if account is None or not account.role.covers(Role.SUPERVISOR):
            raise CommandRefused(Refusal.NOT_ALLOWED)
        contact = self._board.get(contact_id)
        if contact is None:
            raise CommandRefused(Refusal.UNKNOWN_CONTACT)
        if not contact.channel.is_live:
            raise CommandRefused(Refusal.NOT_A_CALL)
        if contact.agent == supervisor:
            raise CommandRefused(Refusal.TO_ONESELF)
        return contact, self._talking(contact)

    def _talking(self, contact: LiveContact) -> Call:
        call = self._lines.calls.get(contact.id)
        if call is None or contact.state is not ContactState.CONNECTED or contact.agent is None:
            raise CommandRefused(Refusal.WRONG_STATE)
        if not call.is_under_control or self.control.place(call.leg or "") is None:
            raise CommandRefused(Refusal.WRONG_STATE)
        return call

    # --- what supervisors want -------------------------------------------------------------------

    async def _supervise(
        self, supervisor: AgentId, contact: LiveContact, call: Call, mode: SuperviseMode
    ) -> None:
        there = self._in(supervisor, contact.id)
        if there is None:
            await self._begin(supervisor, contact, call, mode)
            return
        if there.mode is mode:
            return
        await self._audit.note(supervisor, Deed.SUPERVISE, contact.id, agent=there.agent, mode=mode.value)
        if there.state is SupervisionState.LISTENING:
            await self._enter(there, call, mode)
        there.mode = mode
        self.show(supervisor, there.shown())

    async def _begin(
        self,
        supervisor: AgentId,
        contact: LiveContact,
        call: Call,
        mode: SuperviseMode,
        *,
        takes_over: bool = False,
    ) -> None:
        """Ring a supervisor's phone for a call."""
        if self._board.has_call(supervisor):
            raise CommandRefused(Refusal.WRONG_STATE)
        assert contact.agent is not None, "a call that talks has an agent"
        ref = SUPERVISOR + uuid4().hex
        begun = Supervision(supervisor, contact.id, contact.agent, mode, ref, takes_over=takes_over)
        self._supervisions[supervisor] = begun  # before anything is awaited: one at a time
        try:
            await self._note_begin(begun)
        except BaseException:
            del self._supervisions[supervisor]
            raise
        self.show(supervisor, begun.shown())
        await self.control.ring(
            ref,
            call.key,
            self._lines.phone_of(supervisor),
            caller_id=call.caller_id(contact.agent),
            timeout_s=self._settings().queue(contact.queue).ring_s,
        )

    async def _note_begin(self, begun: Supervision) -> None:
        if begun.takes_over:
            await self._audit.note(begun.supervisor, Deed.TAKE_OVER, begun.contact, agent=begun.agent)
        else:
            detail = {"agent": begun.agent, "mode": begun.mode.value}
            await self._audit.note(begun.supervisor, Deed.SUPERVISE, begun.contact, **detail)

    async def _stop(self, supervisor: AgentId, contact: ContactId) -> None:
        there = self._supervisions.get(supervisor)
        if there is None or there.contact != contact:
            raise CommandRefused(Refusal.WRONG_STATE)
        there.reason = "stopped"
        await self.control.hang_up_leg(there.ref)

    async def _take_over(self, supervisor: AgentId, contact: LiveContact, call: Call) -> None:
        there = self._in(supervisor, contact.id)
        if there is None:
            await self._begin(supervisor, contact, call, SuperviseMode.BARGE, takes_over=True)
            return
        if there.takes_over:
            return
        await self._audit.note(supervisor, Deed.TAKE_OVER, contact.id, agent=there.agent)
        if there.state is SupervisionState.RINGING:
            there.takes_over = True
        else:
            await self._hand_over(there, self._talking(contact))

    def _in(self, supervisor: AgentId, contact: ContactId) -> Supervision | None:
        """Return a supervisor's part in a call, None if there is none; refuses who is in another."""
        there = self._supervisions.get(supervisor)
        if there is not None and (there.contact != contact or there.reason):
            raise CommandRefused(Refusal.WRONG_STATE)
        return there

    # --- what their phones do ----------------------------------------------------------------------

    def has(self, ref: str) -> bool:
        """Whether a leg was rung for a supervisor, who has not taken over its call."""
        return is_supervisors(ref) and self._lines.by_leg(ref) is None

    async def answered(self, ref: str) -> None:
        there = self._by_ref(ref)
        call = self._lines.calls.get(there.contact) if there else None
        if there is None or call is None:
            await self.control.hang_up_leg(ref)
            return
        try:
            if there.takes_over:
                await self._hand_over(there, call)
                return
            await self._enter(there, call, there.mode)
        except Exception as error:
            log.info("supervision.not_begun", contact=there.contact, reason=str(error))
            there.reason = there.reason or ("refused" if there.takes_over else "call_ended")
            await self.control.hang_up_leg(ref)
            return
        there.state = SupervisionState.LISTENING
        self.show(there.supervisor, there.shown())

    def failed(self, ref: str, reason: LegFailure) -> None:
        self._end(ref, "call_ended" if reason is LegFailure.CANCELLED else reason.value)

    def gone(self, ref: str) -> None:
        there = self._by_ref(ref)
        call = self._lines.calls.get(there.contact) if there else None
        talks = call is not None and call.leg is not None and self.control.place(call.leg) is not None
        self._end(ref, "hung_up" if talks else "call_ended")

    def forget_all(self) -> None:
        """Another hub serves the node now, and lets supervisors go."""
        for there in tuple(self._supervisions.values()):
            self._end(there.ref, "call_ended")

    def _end(self, ref: str, reason: str) -> None:
        if (there := self._by_ref(ref)) is not None:
            del self._supervisions[there.supervisor]
            there.state, there.reason = SupervisionState.ENDED, there.reason or reason
            self.show(there.supervisor, there.shown())

    def _by_ref(self, ref: str) -> Supervision | None:
        return next((each for each in self._supervisions.values() if each.ref == ref), None)

    # --- with the call -----------------------------------------------------------------------------

    async def _enter(self, there: Supervision, call: Call, mode: SuperviseMode) -> None:
        try:
            await self.control.supervise(call.key, there.ref, mode)
        except (CallGone, LegGone):
            raise CommandRefused(Refusal.WRONG_STATE) from None

    async def _hand_over(self, there: Supervision, call: Call) -> None:
        """Let the call be the supervisor's: the router is asked first, then the two legs change places."""
        contact = call.contact
        async with call.turn:
            await self._ask(ContactHandedOver(contact=contact.id, agent=there.supervisor))
            try:
                await self._talks.take_over(call, OfferId(there.ref))
            except CtiError:
                await self._submit(ContactHandedOver(contact=contact.id, agent=there.agent))
                raise CommandRefused(Refusal.WRONG_STATE) from None
        self._talks.note(call, JourneyKind.TAKEN_OVER, there.supervisor, **{"from": there.agent})
        self._end(there.ref, "taken_over")

    async def _ask(self, event: ContactHandedOver) -> None:
        """Have the router move a contact; raises `CommandRefused` when it does not."""
        with self._verdicts.expected(event.contact) as verdict:
            await self._submit(event)
            try:
                reason = await asyncio.wait_for(verdict, _VERDICT_S)
            except TimeoutError:
                raise CommandRefused(Refusal.UNAVAILABLE) from None
        if reason:
            log.info("supervision.not_taken_over", contact=event.contact, reason=reason)
            raise CommandRefused(Refusal.WRONG_STATE)
