"""From text to voice: a customer who writes "call me" is called, by the agent whom he writes with."""

import hashlib
import re
import unicodedata
from collections import OrderedDict
from typing import Final, Protocol

import phonenumbers
import structlog
from phonenumbers import PhoneNumberType

from acd.contact import Channel, ContactState
from acd.ids import AgentId, ContactId, QueueName
from crm_bridge.errors import UnknownCustomer
from crm_bridge.identifiers import IdentifierKind, LinkedBy, normalise
from crm_bridge.model import Message
from gateways.protocol import Inbound
from hub.board import Board, LiveContact
from hub.clock import now_ms
from hub.crm import Crm
from hub.desktop.refusals import CommandRefused
from hub.texting.bot import Said
from hub.texting.call_wishes import asks_for_call, refuses_call
from hub.texting.code_words import CodeWords
from hub.texting.language import language_of
from hub.texting.sender import Sender
from hub.texts import text

log = structlog.get_logger()

CALL_ME: Final = "call_me"
"""What a button brings back that asks for a call."""
_NUMBER: Final = re.compile(r"\+?[0-9][0-9()\- ]{7,20}[0-9]")
_DASHES: Final = str.maketrans(dict.fromkeys("‐‑‒–—―−ー", "-"))
_CALLABLE: Final = (
    PhoneNumberType.FIXED_LINE,
    PhoneNumberType.MOBILE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE,
    PhoneNumberType.VOIP,
)
"""Kinds of numbers that a stranger may have us call: none that earns him money."""
_HOUR_MS: Final = 3_600_000
_CALLS_PER_HOUR: Final = 3
_SENDERS_MAX: Final = 10_000


class Caller(Protocol):
    """Calls customers: `hub.talk_commands.TalkCommands` serves."""

    async def dial_for(self, agent: AgentId, number: str, queue: QueueName) -> None:
        """Let an agent's phone ring, and call the number then; raises `CommandRefused`."""

    async def call_back(self, contact: ContactId, of: LiveContact, number: str) -> None:
        """Have a customer called by his agent or his queue's, in his place; told twice, it is done once."""


class Calls:
    """Finds out whom to call, and by whom. `region` is where numbers are at home."""

    def __init__(self, *, crm: Crm, board: Board, sender: Sender, region: str) -> None:
        self._crm, self._board, self._sender, self._region = crm, board, sender, region
        self._asked: OrderedDict[ContactId, None] = OrderedDict()
        self._heeded: OrderedDict[str, None] = OrderedDict()
        self._hours: OrderedDict[tuple[Channel, str | None, int], int] = OrderedDict()
        self.caller: Caller | None = None
        self.codes: CodeWords | None = None

    async def number_of(self, contact: LiveContact) -> str | None:
        """Return the number of a contact's customer that is known for certain; None if none is."""
        if contact.channel is Channel.SMS or (contact.channel is Channel.VOICEMAIL and contact.address):
            return contact.address
        if contact.customer is None:
            return None
        try:
            identifiers = await self._crm.customers.identifiers(contact.customer)
        except UnknownCustomer:
            return None
        phones = [
            each.value
            for each in identifiers
            if each.kind is IdentifierKind.PHONE and (each.how.is_proof or each.how is LinkedBy.CALLER_ID)
        ]
        return phones[-1] if phones else None

    async def heed(self, contact: LiveContact, inbound: Inbound, message: Message) -> bool:
        """Have a customer called who asks for it in this message, once; whether he did."""
        if self.caller is None or message.withdrawn_ms is not None or message.id in self._heeded:
            return False
        given = given_number(message.text, self._region)
        is_asked = contact.id in self._asked and given is not None and not refuses_call(message.text)
        if not (is_asked or wants_call(inbound)):
            return False
        language = language_of(message.text)
        number = given or await self.number_of(contact)
        if number is None:
            self._asked[contact.id] = None
            if len(self._asked) > _SENDERS_MAX:
                self._asked.popitem(last=False)
            self._heeded[message.id] = None
            await self._ask_number(contact, message, language)
            return True
        self._asked.pop(contact.id, None)
        may = self._may_call(contact)
        outcome = await self._call(contact, number, message.id) if may else "call_me_not"
        self._heeded[message.id] = None
        if len(self._heeded) > _SENDERS_MAX:
            self._heeded.popitem(last=False)
        await self._sender.say(contact, f"{message.id}:call_me", text(outcome, language))
        return True

    async def code(self, contact: LiveContact, language: str) -> Said | None:
        """Return words with a code to call us with; None where no number of ours is known."""
        return await self.codes.of(contact, language) if self.codes and self.codes.can_be_sent else None

    async def _ask_number(self, contact: LiveContact, message: Message, language: str) -> None:
        """Ask for the number to call; or he calls himself, with a code. Told twice, he has one code."""
        key, words = f"{message.id}:call_me", text("call_me_number", language)
        if await self._crm.messages.get(key) is not None:
            return
        said = await self.code(contact, language)
        whole = f"{words}\n{said.text}" if said else words
        await self._sender.say(contact, key, whole, choices=said.choices if said else ())

    async def _call(self, contact: LiveContact, number: str, message: str) -> str:
        """Let the agent who has the contact call, or the queue; returns what to say."""
        assert self.caller is not None, "see heed"
        if contact.agent is not None and contact.state is ContactState.CONNECTED:
            try:
                await self.caller.dial_for(contact.agent, number, contact.queue)
            except CommandRefused as refusal:
                log.info("text.agent_does_not_call", contact=contact.id, reason=refusal.code)
            else:
                return "call_me_coming"
        if self._is_waiting(number):
            return "call_me_queued"
        digest = hashlib.sha256(message.encode()).hexdigest()[:20]
        await self.caller.call_back(ContactId(f"call-{digest}"), contact, number)
        return "call_me_queued"

    def _is_waiting(self, number: str) -> bool:
        return any(each.is_callback and each.address == number for each in self._board.all())

    def _may_call(self, contact: LiveContact) -> bool:
        """Count a call for a sender; whether it is not too many for one hour."""
        key = contact.channel, contact.address, now_ms() // _HOUR_MS
        count = self._hours.pop(key, 0) + 1
        self._hours[key] = count
        if len(self._hours) > _SENDERS_MAX:
            self._hours.popitem(last=False)
        return count <= _CALLS_PER_HOUR


def given_number(words: str, region: str) -> str | None:
    """Return the number in a text that may be called or sent an SMS, though nobody knows whose it is."""
    folded = unicodedata.normalize("NFKC", words).translate(_DASHES)
    found = _NUMBER.search(folded)
    number = normalise(IdentifierKind.PHONE, found[0], region=region) if found else None
    if number is None:
        return None
    parsed = phonenumbers.parse(number)
    is_ours = phonenumbers.region_code_for_number(parsed) == region
    return number if is_ours and phonenumbers.number_type(parsed) in _CALLABLE else None


def wants_call(inbound: Inbound) -> bool:
    """Whether a message asks to be called."""
    if inbound.kind == "choice" and inbound.fields.get("data") == CALL_ME:
        return True
    return not inbound.is_automatic and asks_for_call(inbound.text)
