"""What agents do with text contacts."""

from typing import Protocol
from uuid import uuid4

from acd.ids import AgentId
from gateways.protocol import Choice
from hub.board import LiveContact
from hub.desktop.commands import CallMe, HandBack, Send, SendCallLink, TextCommand
from hub.desktop.refusals import CommandRefused, Refusal
from hub.talk_commands import TalkCommands
from hub.text import TextDesk
from hub.texting.language import language_of
from hub.texting.sender import FileUnknown, MessageIdTaken, OptedOut
from hub.texts import text


class CallLink(Protocol):
    """Makes a link by which a customer calls (`hub.webrtc.minting.CallLinks.for_contact`)."""

    async def __call__(self, contact: LiveContact, *, video: bool) -> str: ...


class TextCommands:
    """Carries out `TextCommand` for the agent who has a contact."""

    def __init__(self, text: TextDesk, talks: TalkCommands) -> None:
        self._text, self._talks = text, talks
        self.call_link: CallLink | None = None

    async def carry_out(self, agent: AgentId, contact: LiveContact, command: TextCommand) -> None:
        """Carry a command out; raises `CommandRefused`, and what passes (`retryable`)."""
        match command:
            case Send():
                await self._send(agent, contact, command)
            case HandBack():
                if not await self._text.hand_back(contact, agent):
                    raise CommandRefused(Refusal.NO_BOT)
            case CallMe():
                number = await self._text.calls.number_of(contact)
                if number is None:
                    raise CommandRefused(Refusal.UNKNOWN_TARGET)
                await self._talks.dial_for(agent, number, contact.queue)
            case SendCallLink(video=video):
                await self._send_call_link(agent, contact, video=video)

    async def _send_call_link(self, agent: AgentId, contact: LiveContact, *, video: bool) -> None:
        if self.call_link is None:
            raise CommandRefused(Refusal.UNAVAILABLE)
        url, said = await self.call_link(contact, video=video), await self._text.last_words(contact)
        words = text("call_link", language_of(said), url=url)
        await self._text.send(contact, agent, f"call-link-{uuid4().hex}", words)

    async def _send(self, agent: AgentId, contact: LiveContact, command: Send) -> None:
        choices = [Choice(label=each.label, url=each.url) for each in command.choices]
        try:
            await self._text.send(
                contact, agent, command.message, command.text, files=command.files, choices=choices
            )
        except MessageIdTaken:
            detail = "message: expected an id that no other contact's message has"
            raise CommandRefused(Refusal.BAD_COMMAND, detail) from None
        except FileUnknown:
            detail = "files: expected ids of files that were uploaded for this contact"
            raise CommandRefused(Refusal.BAD_COMMAND, detail) from None
        except OptedOut:
            raise CommandRefused(Refusal.OPTED_OUT) from None
