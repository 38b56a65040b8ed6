"""Sending what is stored, whole or in the part that a request asks for (RFC 9110 §14)."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from http import HTTPStatus

import structlog
from aiohttp import web

from hub.http.problems import Code, RequestRefused
from hub.http.ranges import Stretch, Unsatisfiable, wanted
from hub.objects.errors import NoKey, ObjectDamaged

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Content:
    """Something stored, by its `id` in logs. `headers` come with the whole and with parts."""

    id: str
    size: int
    sha256: str
    headers: dict[str, str]

    @property
    def etag(self) -> str:
        return f'"{self.sha256}"'

    @property
    def all_headers(self) -> dict[str, str]:
        return {"Accept-Ranges": "bytes", "ETag": self.etag, **self.headers}


def headed(content: Content) -> web.Response:
    """Answer a HEAD."""
    return web.Response(headers={**content.all_headers, "Content-Length": str(content.size)})


async def ranged(
    request: web.Request, content: Content, read: Callable[[int, int], AsyncIterator[bytes]]
) -> web.StreamResponse:
    """Send it, from the first to the last byte that is wanted; raises `RequestRefused` if it is damaged."""
    headers = request.headers
    try:
        part = wanted(headers.get("Range"), headers.get("If-Range"), content.etag, content.size)
    except Unsatisfiable:
        return web.Response(
            status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
            headers={"Content-Range": f"bytes */{content.size}"},
        )
    stretch = part or Stretch(0, content.size - 1, content.size)
    blocks = read(stretch.first, stretch.last)
    try:
        first = await anext(blocks, b"")
    except (ObjectDamaged, NoKey) as error:
        log.error("stored.unreadable", id=content.id, reason=str(error))
        raise RequestRefused(Code.DAMAGED, str(error)) from None
    response = web.StreamResponse(
        status=HTTPStatus.PARTIAL_CONTENT if part else HTTPStatus.OK, headers=content.all_headers
    )
    response.content_length = stretch.length
    if part:
        response.headers["Content-Range"] = stretch.content_range
    await _send(request, response, first, blocks, content.id)
    return response


async def _send(
    request: web.Request,
    response: web.StreamResponse,
    first: bytes,
    blocks: AsyncIterator[bytes],
    id_: str,
) -> None:
    """Send what was verified; where that ends too early the connection is cut, so that it shows."""
    await response.prepare(request)
    try:
        await response.write(first)
        async for block in blocks:
            await response.write(block)
    except ConnectionError:
        return  # nobody reads any more
    except Exception as error:
        log.error("stored.broken_off", id=id_, reason=str(error))
        if request.transport is not None:
            request.transport.abort()
        return
    await response.write_eof()
