"""A message's HTML as a page of its own that can do nothing: no script, no form, no request unless asked."""

import re
from typing import Annotated

from aiohttp import web
from pydantic import Field

from acd.ids import ContactId
from crm_bridge.model import Message
from gateways.files import StoredFile
from hub.accounts import Role
from hub.http.model import Request
from hub.http.operations import Call, Operations
from hub.http.problems import Code, RequestRefused

api = Operations("messages")

_HEAD = (
    "<!doctype html><meta charset=utf-8><meta name=referrer content=no-referrer><base target=_blank>"
    "<style>body{margin:.75rem;background:#fff;color:#1d252e;font:.875rem/1.75 system-ui,sans-serif;"
    "overflow-wrap:anywhere}img{max-width:100%;height:auto}</style>"
)
_NOTHING = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; img-src data: {images}"
)
_FILE = re.compile(r"(?<![\w/])/api/v1/files/([0-9a-f]{32})\b")


class HtmlQuery(Request):
    """`images`: load those from elsewhere too, by which the sender learns that the message is read."""

    images: Annotated[bool, Field()] = False


@api.operation("GET", "/contacts/{contact}/messages/{message}/html", role=Role.AGENT, codes=(Code.NOT_FOUND,))
async def message_html(call: Call, contact: ContactId, message: str, query: HtmlQuery) -> web.StreamResponse:
    """Send a message's HTML, to be shown in a frame. For who may fetch the contact's files."""
    shelf, caller = call.parts.files, call.caller
    if not caller.role.covers(Role.SUPERVISOR) and not await shelf.serves(caller.id, contact):
        raise RequestRefused(Code.NOT_FOUND, "message")
    messages = await call.parts.messages.of(contact)
    found = next((each for each in messages if each.id == message), None)
    if found is None or not found.html or found.withdrawn_ms is not None:
        raise RequestRefused(Code.NOT_FOUND, "message")
    origin = call.parts.public_url
    images = f"{origin} https: http:" if query.images else origin
    return web.Response(
        text=_HEAD + _with_own_images(call, found, found.html),
        content_type="text/html",
        headers={"Content-Security-Policy": _NOTHING.format(images=images)},
    )


def _with_own_images(call: Call, message: Message, html: str) -> str:
    """Let the message's own files be shown by addresses that need no cookie: the frame has none."""
    files = {each.id: each for each in message.files if not each.refused}

    def link(match: re.Match[str]) -> str:
        file = files.get(match[1])
        if file is None:
            return match[0]
        stored = StoredFile(id=file.id, name=file.name, type=file.type, size=file.size)
        return call.parts.files.attachments.link(stored)

    return _FILE.sub(link, html)
