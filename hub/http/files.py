"""Files of messages: brought by agents, fetched by whoever may."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated
from urllib.parse import quote

from aiohttp import BodyPartReader, web
from aiohttp.multipart import MultipartReader
from pydantic import Field

from acd.ids import ContactId
from crm_bridge.model import MessageFile
from hub.accounts import Role
from hub.attachments.catalogue import Attachment
from hub.attachments.errors import Refused
from hub.attachments.links import PATH
from hub.http.model import Request
from hub.http.operations import Call, Operations
from hub.http.problems import Code, RequestRefused
from hub.http.ranged import Content, headed, ranged

api = Operations("files")

_FRAME = 64 * 1024
"""What a form has around its file, at most."""
_PATIENCE_S = 30.0
_BROUGHT = frozenset({"multipart/form-data"})
_SHOWN = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
"""What a browser shows by itself and cannot be made to run."""
_HARMLESS = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; media-src 'self'"


class UploadQuery(Request):
    """`name` of a file that is the body itself; one that comes as a form says its own."""

    name: Annotated[str, Field(max_length=1024)] = ""


class FileQuery(Request):
    """`save`: to be saved, and not shown, whatever it is."""

    save: bool = False


@api.operation(
    "POST",
    "/contacts/{contact}/files",
    role=Role.AGENT,
    status=201,
    codes=(Code.NOT_FOUND, Code.TIMEOUT, Code.TOO_LARGE, Code.FILE_REFUSED),
    brings_file=True,
)
async def bring_file(call: Call, contact: ContactId, query: UploadQuery) -> MessageFile:
    """Bring a file that is to go out with a message of this contact: as the body, or as a form's one file.

    `send` of the desktop protocol names it by its id. For the contact's agent. A file that is not sent within
    a day is deleted.
    """
    shelf, request = call.parts.files, call.request
    if not shelf.may_bring(call.caller, contact):
        raise RequestRefused(Code.NOT_FOUND, "contact")
    if (request.content_length or 0) > shelf.size_max + _FRAME:
        raise RequestRefused(Code.TOO_LARGE)
    name, type_, blocks = query.name, request.content_type, _blocks(request.content.readany)
    if type_ in _BROUGHT:
        part = await _file_of(request)
        name, type_, blocks = (
            part.filename or "",
            part.headers.get("Content-Type", ""),
            _blocks(part.read_chunk),
        )
    file = await shelf.attachments.put(contact, call.caller.id, name, type_, blocks)
    if file.refused == Refused.TOO_LARGE:
        raise RequestRefused(Code.TOO_LARGE)
    if file.refused and file.refused != Refused.NOT_SCANNED:
        raise RequestRefused(Code.FILE_REFUSED, file.refused)
    return file


@api.operation("HEAD", "/files/{file}", role=Role.AGENT, codes=(Code.NOT_FOUND,))
async def file_head(call: Call, file: str) -> web.StreamResponse:
    """Say what a file is, and how long."""
    return headed(_content(await _found(call, file), is_saved=True))


@api.operation("GET", "/files/{file}", role=Role.AGENT, codes=(Code.NOT_FOUND, Code.DAMAGED))
async def fetch_file(call: Call, file: str, query: FileQuery) -> web.StreamResponse:
    """Send a file, or the part that `Range` asks for; the audit log has each time.

    For the contact's agent, for who serves the same customer, and for supervisors.
    """
    found, shelf = await _found(call, file), call.parts.files
    return await ranged(
        call.request,
        _content(found, is_saved=query.save),
        lambda first, last: shelf.fetch(call.caller, found, first, last),
    )


@api.operation("HEAD", PATH + "{token}", role=None, codes=(Code.NOT_FOUND,), prefix="")
async def linked_head(call: Call, token: str) -> web.StreamResponse:
    """Say what the file of a signed address is, and how long."""
    return headed(_public(await _linked(call, token)))


@api.operation("GET", PATH + "{token}", role=None, codes=(Code.NOT_FOUND, Code.DAMAGED), prefix="")
async def linked_file(call: Call, token: str) -> web.StreamResponse:
    """Send the file that a signed address is of, while that is good: for providers and customers."""
    found, attachments = await _linked(call, token), call.parts.files.attachments
    return await ranged(
        call.request,
        _public(found),
        lambda first, last: attachments.stretch(found, first, last),
    )


async def _linked(call: Call, token: str) -> Attachment:
    found = await call.parts.files.attachments.linked(token)
    if found is None:
        raise RequestRefused(Code.NOT_FOUND, "file")
    return found


def _public(file: Attachment) -> Content:
    content = _content(file, is_saved=False, caching="private, max-age=3600")
    content.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return content


async def _found(call: Call, id_: str) -> Attachment:
    found = await call.parts.files.get(call.caller, id_)
    if found is None:
        raise RequestRefused(Code.NOT_FOUND, "file")
    return found


def _content(file: Attachment, *, is_saved: bool, caching: str = "private, no-store") -> Content:
    is_shown = file.type in _SHOWN and not is_saved
    return Content(
        file.id,
        file.size,
        file.sha256,
        {
            "Content-Type": file.type,
            "Content-Disposition": disposition(file.name, is_shown=is_shown),
            "Content-Security-Policy": _HARMLESS,
            "Cache-Control": caching,
        },
    )


def disposition(name: str, *, is_shown: bool) -> str:
    """Return a `Content-Disposition` (RFC 6266) with a clean name, in ASCII for the old and in UTF-8."""
    plain = "".join(each if each.isascii() and each not in '"\\%' else "_" for each in name)
    how = "inline" if is_shown else "attachment"
    return f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


async def _blocks(read: Callable[[], Awaitable[bytes]]) -> AsyncIterator[bytes]:
    """Yield a body as it comes; one that stops coming is given up."""
    while True:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                block = await read()
        except TimeoutError:
            raise RequestRefused(Code.TIMEOUT) from None
        if not block:
            return
        yield block


async def _file_of(request: web.Request) -> BodyPartReader:
    """Return the first file of a form."""
    try:
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            if isinstance(part, BodyPartReader) and part.filename is not None:
                return part
            if isinstance(part, MultipartReader):
                break
    except ValueError:
        pass
    raise RequestRefused(Code.BAD_REQUEST, "expected a form with one file")
