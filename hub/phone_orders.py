"""What agents do on their phones during a call becomes commands, the same as the desktop's.

Codes (`cti.feature_codes`) and REFER. The agent hears a tone, or why not.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

import structlog

from acd.ids import AgentId, ContactId
from acd.policy import RecordPolicy
from cti.calls import CallControl
from cti.errors import LegGone, NodeUnavailable
from cti.feature_codes import Feature, Keypad, Outcome, PassedOn, TargetWanted, Typed
from cti.phones import DialledCall, Referral
from hub.board import Board, LiveContact
from hub.call import media
from hub.desktop.commands import (
    CompleteTransfer,
    Consult,
    DomainCommand,
    Ping,
    RemoveParty,
    SendDigits,
    Target,
    Transfer,
    parse,
)
from hub.desktop.protocol import Party, PartyState, RecordingState
from hub.desktop.refusals import CommandRefused, Refusal
from hub.dialled import DialledCalls, japanese
from hub.lines import Lines
from hub.numbers import Numbers
from hub.texts import spoken, spoken_refusal
from ivr.caller import Sounds
from ivr.flow import Language, Prompt

log = structlog.get_logger()

_REF: Final = "phone"
_PENDING_MAX: Final = 8
"""Orders of one phone that wait for those before them; what is beyond is not carried out."""
_COMMAND_S: Final = 5.0
_TALKS_S: Final = 5.0
_LOOK_S: Final = 0.05


class Heard(Sounds, Protocol):
    """Where the sounds are that agents hear."""

    @property
    def beep(self) -> Path: ...


@dataclass(slots=True)
class _Phone:
    """A phone in a call: its keys, and what is being done for it, one thing at a time."""

    keypad: Keypad
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    pending: int = 0
    timer: asyncio.TimerHandle | None = None
    playback: str = ""


class PhoneOrders:
    """Listens to phones (`cti.phones.PhoneListener`), those of calls' agents and of whom they consult.

    `records` says how a contact is recorded, `speaks` in which language an agent is spoken to.
    """

    def __init__(
        self,
        lines: Lines,
        board: Board,
        numbers: Numbers,
        sounds: Heard,
        carry_out: Callable[[AgentId, DomainCommand], Awaitable[None]],
        dialled: DialledCalls,
        *,
        records: Callable[[LiveContact], RecordPolicy],
        speaks: Callable[[AgentId], Awaitable[Language]] = japanese,
    ) -> None:
        self._dialled = dialled
        self._lines, self._board = lines, board
        self.numbers, self._sounds = numbers, sounds
        self._carry_out, self._records, self._speaks = carry_out, records, speaks
        self._phones: dict[str, _Phone] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.control: CallControl

    # --- what phones do: see PhoneListener ---------------------------------------------------------

    def typed(self, ref: str, digit: str) -> None:
        contact = self._whose(ref)
        if contact is None:
            return
        phone = self._phone(ref)
        outcomes = phone.keypad.typed(digit, self._now_s(), consults=_consulted(contact) is not None)
        self._follow(ref, phone, outcomes)

    def referred(self, referral: Referral) -> None:
        if self._whose(referral.ref) is None:
            self._begin(self._answer(referral.ref, is_done=False))
        else:
            self._soon(referral.ref, self._phone(referral.ref), lambda: self._refer(referral))

    def dialled(self, call: DialledCall) -> None:
        self._dialled.begin(call)

    async def close(self) -> None:
        """Carry out nothing more; may be called twice."""
        for phone in self._phones.values():
            if phone.timer is not None:
                phone.timer.cancel()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, self._dialled.close(), return_exceptions=True)

    # --- codes -----------------------------------------------------------------------------------

    def _follow(self, ref: str, phone: _Phone, outcomes: list[Outcome]) -> None:
        if phone.timer is not None:
            phone.timer.cancel()
            phone.timer = None
        if (deadline_s := phone.keypad.deadline_s) is not None:
            phone.timer = asyncio.get_running_loop().call_at(deadline_s, self._lapsed, ref)
        for outcome in outcomes:
            self._soon(ref, phone, lambda outcome=outcome: self._do(ref, phone, outcome))  # type: ignore[misc]

    def _lapsed(self, ref: str) -> None:
        if (phone := self._phones.get(ref)) is not None and self._whose(ref) is not None:
            self._follow(ref, phone, phone.keypad.lapsed(self._now_s()))

    async def _do(self, ref: str, phone: _Phone, outcome: Outcome) -> None:
        contact = self._whose(ref)
        if contact is None:
            return
        match outcome:
            case PassedOn(digits=digits):
                await self._ask(
                    contact, SendDigits(type="send_digits", ref=_REF, contact=contact.id, digits=digits)
                )
            case TargetWanted(feature=feature):
                name = "transfer_target" if feature is Feature.BLINDXFER else "consult_target"
                phone.playback = await self._tell(ref, spoken(name, await self._language(contact)))
            case Typed(feature=feature, target=target):
                await self._hush(phone)
                refusal = await self._code(contact, feature, target)
                if refusal is not None:
                    await self._tell(ref, spoken_refusal(refusal, await self._language(contact)))
                elif feature in _SILENT:
                    await self._tell(ref, None)

    async def _language(self, contact: LiveContact | None) -> Language:
        agent = contact.agent if contact is not None else None
        return await self._speaks(agent or AgentId(""))

    async def _code(self, contact: LiveContact, feature: Feature, target: str) -> Refusal | None:
        """Carry a code out; returns why not."""
        if feature.wants_target:
            if not target:
                return Refusal.UNKNOWN_TARGET
            return await self._go_on(contact, target, is_consulted=feature is Feature.ATXFER)
        command = _command(feature, contact, self._records(contact))
        return await self._ask(contact, command) if command is not None else Refusal.WRONG_STATE

    async def _go_on(self, contact: LiveContact, target: str, *, is_consulted: bool) -> Refusal | None:
        try:
            to = await self.numbers.find(target)
        except CommandRefused as refusal:
            return refusal.code
        if is_consulted:
            return await self._ask(contact, Consult(type="consult", ref=_REF, contact=contact.id, to=to))
        return await self._ask(contact, Transfer(type="transfer", ref=_REF, contact=contact.id, to=to))

    # --- REFER -----------------------------------------------------------------------------------

    async def _refer(self, referral: Referral) -> None:
        """Carry a REFER out: to whom nobody talks yet, or whom the phone has called by itself meanwhile."""
        contact = self._whose(referral.ref)
        refusal: Refusal | None = Refusal.WRONG_STATE
        if contact is not None and referral.is_announced:
            refusal = await self._announced(contact, referral)
        elif contact is not None:
            refusal = await self._go_on(contact, referral.target, is_consulted=False)
        await self._answer(referral.ref, is_done=refusal is None)
        if refusal is not None:
            log.info("phones.transfer_refused", leg=referral.ref, reason=refusal)
            await self._tell(referral.ref, spoken_refusal(refusal, await self._language(contact)))

    async def _announced(self, contact: LiveContact, referral: Referral) -> Refusal | None:
        """Let a call go on with a colleague to whom the phone talks in a call of its own.

        It becomes a consultation, whose leg is that colleague's call as it stands, and is completed. If it
        cannot be, nobody is consulted any more, and the agent is back with the customer.
        """
        other = referral.other or await self._other(contact, referral.target)
        colleague = AgentId(other.rpartition("-")[0])
        if not colleague:
            return Refusal.UNKNOWN_TARGET
        await self._dialled.take_along(colleague, other)
        to, id_ = Target(agent=colleague), contact.id
        before = {party.id for party in contact.parties}
        refusal = await self._ask(contact, Consult(type="consult", ref=_REF, contact=id_, to=to))
        if refusal is None and not await self._talks(contact, colleague):
            refusal = Refusal.TARGET_BUSY
        self._dialled.forget(colleague)
        if refusal is None:
            complete = CompleteTransfer(type="complete_transfer", ref=_REF, contact=id_)
            refusal = await self._ask(contact, complete)
        for party in contact.parties if refusal is not None else ():
            if party.agent == colleague and party.id not in before:
                gone = RemoveParty(type="remove_party", ref=_REF, contact=id_, party=party.id)
                await self._ask(contact, gone)
        return refusal

    async def _other(self, contact: LiveContact, target: str) -> str:
        """Return the channel of a colleague whom a phone has called, where Asterisk did not tell it."""
        try:
            to = await self.numbers.find(target)
        except CommandRefused:
            return ""
        if to.agent is None or contact.agent is None:
            return ""
        return await self.control.phones.talk_of(self._lines.phone_of(to.agent), contact.agent)

    async def _talks(self, contact: LiveContact, colleague: AgentId) -> bool:
        """Wait until a colleague is there; nothing tells, so it is looked for."""
        deadline_s = self._now_s() + _TALKS_S
        while self._now_s() < deadline_s:
            if any(each.agent == colleague and each.state is PartyState.TALKING for each in contact.parties):
                return True
            await asyncio.sleep(_LOOK_S)
        return False

    async def _answer(self, ref: str, *, is_done: bool) -> None:
        await self.control.phones.answer_referral(ref, is_done=is_done)

    # --- carrying out ------------------------------------------------------------------------------

    async def _ask(self, contact: LiveContact, command: DomainCommand) -> Refusal | None:
        """Have a command carried out for who has the contact; returns why it was not."""
        if contact.agent is None:
            return Refusal.WRONG_STATE
        try:
            async with asyncio.timeout(_COMMAND_S):
                await self._carry_out(contact.agent, command)
        except CommandRefused as refusal:
            return refusal.code
        except Exception as error:
            is_passing = isinstance(error, TimeoutError) or getattr(error, "retryable", False)
            note = log.warning if is_passing else log.exception
            note("phones.command_failed", command=command.type, error=type(error).__name__)
            return Refusal.UNAVAILABLE
        return None

    async def _tell(self, ref: str, words: Prompt | None) -> str:
        """Play words, or a tone, to an agent alone; returns the playback, "" if he is gone."""
        sound = self._sounds.beep if words is None else await self._sounds.sound(words)
        try:
            return await self.control.phones.tell(ref, [media(sound)])
        except (LegGone, NodeUnavailable):
            return ""

    async def _hush(self, phone: _Phone) -> None:
        """End what is being said: until then a leg can go nowhere."""
        playback, phone.playback = phone.playback, ""
        if playback:
            await self.control.phones.hush(playback)

    def _whose(self, ref: str) -> LiveContact | None:
        """Return by which contact an agent is on a leg; None for a number outside and an unknown leg."""
        if (call := self._lines.by_leg(ref)) is not None:
            return call.contact
        found = self._lines.by_party(ref)
        if found is None or found[1].agent is None:
            return None
        return self._board.get(ContactId(found[1].id))

    def _phone(self, ref: str) -> _Phone:
        if (phone := self._phones.get(ref)) is None:
            self._phones = {each: known for each, known in self._phones.items() if self._whose(each)}
            phone = self._phones[ref] = _Phone(Keypad(self.numbers.settings.codes))
        return phone

    def _soon(self, ref: str, phone: _Phone, work: Callable[[], Awaitable[None]]) -> None:
        """Do something for a phone, after what was asked before."""
        if phone.pending >= _PENDING_MAX:
            log.error("phones.too_many_orders", leg=ref)
            return
        phone.pending += 1
        self._begin(self._in_turn(phone, work))

    async def _in_turn(self, phone: _Phone, work: Callable[[], Awaitable[None]]) -> None:
        try:
            async with phone.turn:
                await work()
        except Exception:
            log.exception("phones.failed")
        finally:
            phone.pending -= 1

    def _begin(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        assert isinstance(task, asyncio.Task)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _now_s(self) -> float:
        return asyncio.get_running_loop().time()


_NAMES: Final = {
    Feature.DISCONNECT: "hang_up",
    Feature.PARKCALL: "park",
    Feature.HOLD: "hold",
    Feature.MUTE: "mute",
    Feature.AUTOMIXMON: "record",
    Feature.ATXFER_ABORT: "remove_party",
    Feature.ATXFER_COMPLETE: "complete_transfer",
    Feature.ATXFER_THREEWAY: "conference",
    Feature.ATXFER_SWAP: "swap",
}
_SILENT = frozenset({Feature.HOLD, Feature.MUTE, Feature.AUTOMIXMON})
"""What cannot be heard by itself: a tone says that it was done."""


def _command(feature: Feature, contact: LiveContact, policy: RecordPolicy) -> DomainCommand | None:
    """Return what a code without a target comes to; None if it means nothing now."""
    fields: dict[str, str] = {"type": _NAMES.get(feature, ""), "ref": _REF, "contact": contact.id}
    match feature:
        case Feature.HOLD if contact.held:
            fields["type"] = "resume"
        case Feature.MUTE if contact.muted:
            fields["type"] = "unmute"
        case Feature.AUTOMIXMON:
            fields["action"] = _recording(contact.recording, policy)
        case Feature.ATXFER_ABORT:
            party = _consulted(contact)
            if party is None:
                return None
            fields["party"] = party.id
        case _:
            pass
    command = parse(json.dumps(fields))
    assert not isinstance(command, Ping)
    return command


def _recording(state: RecordingState, policy: RecordPolicy) -> str:
    """Return what the code does with a recording: what always runs can be paused only."""
    if policy is RecordPolicy.ALWAYS:
        return "resume" if state is RecordingState.PAUSED else "pause"
    return "start" if state is RecordingState.OFF else "stop"


def _consulted(contact: LiveContact) -> Party | None:
    """Return who is consulted, the last one if there are several."""
    apart = [party for party in contact.parties if party.state is not PartyState.JOINED]
    return apart[-1] if apart else None
