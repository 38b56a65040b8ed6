"""What agents do with text contacts."""

from acd.ids import AgentId
from gateways.protocol import Choice
from hub.board import LiveContact
from hub.desktop.commands import CallMe, HandBack, Send, TextCommand
from hub.desktop.refusals import CommandRefused, Refusal
from hub.talk_commands import TalkCommands
from hub.text import TextDesk
from hub.texting.sender import FileUnknown, MessageIdTaken, OptedOut


class TextCommands:
    """Carries out `TextCommand` for the agent who has a contact."""

    def __init__(self, text: TextDesk, talks: TalkCommands) -> None:
        self._text, self._talks = text, talks

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
