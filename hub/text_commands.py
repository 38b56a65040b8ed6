"""What agents do with text contacts."""

from collections.abc import Mapping, Sequence
from typing import Protocol
from uuid import uuid4

from acd.contact import Channel
from acd.ids import AgentId
from gateways.protocol import Choice, Gateway
from gateways.stickers import PLACEHOLDER as STICKER
from gateways.stickers import sticker_of
from hub.board import LiveContact
from hub.desktop.beside import Place, Sticker
from hub.desktop.commands import (
    CallMe,
    HandBack,
    Send,
    SendAccountLink,
    SendCallCode,
    SendCallLink,
    TextCommand,
)
from hub.desktop.refusals import CommandRefused, Refusal
from hub.talk_commands import TalkCommands
from hub.text import TextDesk
from hub.texting.sender import NO_FIELDS, FileUnknown, MessageIdTaken, OptedOut
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
        """Carry a command out; raises `CommandRefused`, and what passes (`retryable`).

        Who left a voice message cannot be written to by it: he is called.
        """
        if contact.channel is Channel.VOICEMAIL and not isinstance(command, CallMe):
            raise CommandRefused(Refusal.NOT_A_THREAD)
        match command:
            case Send():
                await self._send(agent, contact, command)
            case HandBack():
                if not await self._text.hand_back(contact, agent):
                    raise CommandRefused(Refusal.NO_BOT)
            case SendCallCode():
                await self._send_code(agent, contact, command.message)
            case SendAccountLink():
                await self._send_page(agent, contact, command.message)
            case CallMe():
                number = await self._text.calls.number_of(contact)
                if number is None:
                    raise CommandRefused(Refusal.NO_NUMBER)
                await self._talks.dial_for(agent, number, contact.queue)
            case SendCallLink(video=video):
                await self._send_call_link(agent, contact, video=video)

    async def _send_call_link(self, agent: AgentId, contact: LiveContact, *, video: bool) -> None:
        if self.call_link is None:
            raise CommandRefused(Refusal.UNAVAILABLE)
        url = await self.call_link(contact, video=video)
        words = text("call_link", await self._text.language(contact), url=url)
        await self._deliver(agent, contact, f"call-link-{uuid4().hex}", words)

    async def _send_code(self, agent: AgentId, contact: LiveContact, message: str) -> None:
        """Send a code to call with; sent twice, the one that arrived stays good."""
        if await self._text.has_said(message):
            return
        said = await self._text.code_for(contact)
        if said is None:
            raise CommandRefused(Refusal.NO_CODES)
        await self._deliver(agent, contact, message, said.text, choices=said.choices)

    async def _send_page(self, agent: AgentId, contact: LiveContact, message: str) -> None:
        """Send the page where a LINE user links his number."""
        said = await self._text.account_page(contact)
        if said is None:
            raise CommandRefused(Refusal.NOT_LINE)
        await self._deliver(agent, contact, message, said.text, choices=said.choices)

    async def _send(self, agent: AgentId, contact: LiveContact, command: Send) -> None:
        choices = [Choice(label=each.label, url=each.url) for each in command.choices]
        gateway = self._text.gateway_of(contact.channel)
        beside = (("choices", choices), ("place", command.place), ("sticker", command.sticker))
        for what, is_sent in beside:
            if is_sent and (gateway is None or what not in gateway.sends):
                raise CommandRefused(Refusal.NOT_BY_CHANNEL)
        body, fields = command.text, NO_FIELDS
        if command.place is not None:
            body, fields = _placed(command.place)
        elif command.sticker is not None and gateway is not None:
            body, fields = _stuck(command.sticker, gateway)
        await self._deliver(
            agent,
            contact,
            command.message,
            body,
            files=command.files,
            choices=choices,
            subject=command.subject.strip(),
            fields=fields,
        )

    async def _deliver(
        self,
        agent: AgentId,
        contact: LiveContact,
        message: str,
        body: str,
        *,
        files: Sequence[str] = (),
        choices: Sequence[Choice] = (),
        subject: str = "",
        fields: Mapping[str, str] = NO_FIELDS,
    ) -> None:
        try:
            await self._text.send(
                contact, agent, message, body, files=files, choices=choices, subject=subject, fields=fields
            )
        except MessageIdTaken:
            detail = "message: expected an id that no other contact's message has"
            raise CommandRefused(Refusal.BAD_COMMAND, detail) from None
        except FileUnknown:
            detail = "files: expected ids of files that were uploaded for this contact"
            raise CommandRefused(Refusal.BAD_COMMAND, detail) from None
        except OptedOut:
            raise CommandRefused(Refusal.OPTED_OUT) from None


def _placed(place: Place) -> tuple[str, Mapping[str, str]]:
    """Return how a place reads, and as gateways take it (`Outbound.fields`)."""
    where = {"latitude": str(place.latitude), "longitude": str(place.longitude)}
    fields = {"kind": "place", "title": place.title, "address": place.address, **where}
    return "\n".join(filter(None, (place.title, place.address))), fields


def _stuck(sticker: Sticker, gateway: Gateway) -> tuple[str, Mapping[str, str]]:
    """Return how a sticker reads, and as gateways take it; raises `CommandRefused` if there is none."""
    found = sticker_of(gateway.stickers, sticker.package, sticker.sticker)
    if found is None:
        where = f"GET /api/v1/stickers?channel={gateway.channel}"
        detail = f"sticker: expected a package and a sticker of {where}"
        raise CommandRefused(Refusal.BAD_COMMAND, detail)
    fields = {"kind": "sticker", "package": sticker.package, "sticker": sticker.sticker}
    return f"{STICKER}{found.ja or f'{sticker.package}/{sticker.sticker}'}", fields
