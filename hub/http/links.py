"""The links that callers are sent: on to chat, mail or LINE."""

from http import HTTPStatus

from aiohttp import web

from crm_bridge.errors import CrmUnavailable
from hub.errors import DatabaseUnavailable
from hub.http.parts import HttpParts

_HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
_GONE = (
    "<!doctype html><meta charset=utf-8><meta name=viewport content='width=device-width'>"
    "<title>リンクの期限切れ</title>"
    "<p>このリンクは使用済みか、有効期限が切れています。お手数ですが、もう一度お電話ください。"
    "<p lang=en>This link was used already, or is too old. Please call us again.\n"
)


_OVER = (
    "<!doctype html><meta charset=utf-8><meta name=viewport content='width=device-width'>"
    "<title>リンクの期限切れ</title>"
    "<p>このリンクは有効期限が切れています。"
    "<p lang=en>This link is too old.\n"
)


class LinkPages:
    """Sends browsers on. Opening a link uses it up as little as a messenger's preview of it does."""

    def __init__(self, parts: HttpParts) -> None:
        self._parts = parts

    async def follow(self, request: web.Request) -> web.StreamResponse:
        try:
            target = await self._parts.links.target(request.match_info["token"])
        except CrmUnavailable:
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE, headers={"Retry-After": "5"})
        if target is None:
            return web.Response(
                status=HTTPStatus.NOT_FOUND, text=_GONE, content_type="text/html", headers=_HEADERS
            )
        return web.Response(status=HTTPStatus.FOUND, headers={**_HEADERS, "Location": target})

    async def follow_short(self, request: web.Request) -> web.StreamResponse:
        """Send a browser on to what was too long for an SMS."""
        try:
            target = await self._parts.short_links.open(
                request.match_info["slug"], is_counted=request.method == "GET"
            )
        except DatabaseUnavailable:
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE, headers={"Retry-After": "5"})
        if target is None:
            return web.Response(
                status=HTTPStatus.NOT_FOUND, text=_OVER, content_type="text/html", headers=_HEADERS
            )
        return web.Response(status=HTTPStatus.FOUND, headers={**_HEADERS, "Location": target})
