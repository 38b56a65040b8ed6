"""A customer's message as it comes in: with its files, stored, and what he filled in before."""

import html
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import unquote

from crm_bridge.model import Direction, HeardItem, Message, MessageFile
from gateways.protocol import Inbound, RawEvent
from hub.board import LiveContact
from hub.crm import Crm
from hub.texting.files import IncomingFiles, not_taken
from hub.texting.threads import message_id

_INLINE: Final = re.compile(r'(?<=\ssrc=")cid:([^"\s]{1,400})(?=")', re.IGNORECASE)


class Arrivals:
    """Makes messages of what gateways read."""

    def __init__(self, crm: Crm, files: IncomingFiles) -> None:
        self._crm, self._files = crm, files

    async def received(
        self, contact: LiveContact, inbound: Inbound, event: RawEvent | None, *, without_files: str = ""
    ) -> Message:
        """Return a message as it is stored, with its files; empty if it was withdrawn before it came.

        `without_files`: why none is fetched.
        """
        message = Message(
            id=message_id(inbound),
            direction=Direction.IN,
            author=None,
            text=inbound.text,
            at_ms=inbound.at_ms,
            kind=inbound.kind,
            subject=inbound.subject,
            html=inbound.html,
            notes=inbound.notes,
        )
        if (withdrawn_ms := await self._crm.messages.early_withdrawal(message.id)) is not None:
            return replace(message, text="", subject=None, html=None, notes=(), withdrawn_ms=withdrawn_ms)
        if not inbound.parts:
            return message
        if without_files:
            return replace(message, files=tuple(not_taken(each, without_files) for each in inbound.parts))
        files = await self._files.take(contact.id, inbound, event)
        return replace(message, files=files, html=_with_inline(inbound, files))

    async def store(
        self, contact: LiveContact, message: Message, inbound: Inbound, event: RawEvent | None
    ) -> bool:
        """Store a message, with what leads back to its raw event and to earlier ones; whether it is new."""
        is_other = event is not None and event.event_id != inbound.event_id
        if not (is_other or inbound.refs):
            return await self._crm.messages.add(contact.id, message)
        key = event.event_id if event is not None else ""
        return await self._crm.messages.add(contact.id, message, event=key, refs=inbound.refs)

    async def learn(self, contact: LiveContact, inbound: Inbound) -> None:
        """Keep what a customer filled in, and where he was when he wrote."""
        fields = {} if inbound.kind == "choice" else dict(inbound.fields)
        fields |= {f"page_{name}": value for name, value in inbound.page.items()}
        id_ = message_id(inbound)
        items = tuple(HeardItem(name, value, message=id_) for name, value in fields.items() if value)
        if not items or set(items) <= set(contact.heard):
            return
        kept = tuple(each for each in contact.heard if each.name not in fields)
        contact.heard = (*kept, *items)
        await self._crm.contacts.learned(
            contact.id,
            intent=contact.intent,
            heard=contact.heard,
            preferred=contact.preferred,
            at_ms=inbound.at_ms,
        )


def _with_inline(inbound: Inbound, files: Sequence[MessageFile]) -> str | None:
    """Return a message's HTML whose own images (`cid:`, RFC 2392) are those that were kept."""
    if inbound.html is None:
        return None
    parts = zip(inbound.parts, files, strict=False)
    kept = {part.cid: file.id for part, file in parts if part.cid and file.id and not file.refused}

    def address(found: re.Match[str]) -> str:
        file = kept.get(unquote(html.unescape(found[1])))
        return found[0] if file is None else f"/api/v1/files/{file}"

    return _INLINE.sub(address, inbound.html)
