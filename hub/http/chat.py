"""The web chat's addresses: the widget's script, its socket, its files, and a page that has nothing else.

Widgets stand in pages of other sites: which those may be is checked here, and no cookie counts.
"""

import asyncio
from http import HTTPStatus
from pathlib import Path
from urllib.parse import unquote

import structlog
from aiohttp import hdrs, web
from yarl import URL

from gateways.addresses import client_address
from gateways.chat.uploads import Upload, UploadTooLarge
from gateways.errors import StoreUnavailable
from hub.chat.parts import ChatParts
from hub.http.problems import Code, RequestRefused

log = structlog.get_logger()

PREFIX = "/chat"
_SCRIPT_CACHING = "public, max-age=300, stale-while-revalidate=86400"
_PAGE_HEADERS = {"Cache-Control": "no-cache"}
_READ_S = 120.0


class ChatPages:
    """Serves what the widget needs from the hub. Without a web chat there is nothing at these addresses."""

    def __init__(self, chat: ChatParts, web_dir: Path | None, public_url: str) -> None:
        self._chat, self._base = chat, chat.base
        self._folder = web_dir / "chat" if web_dir else None
        self._rules = chat.base.gateway.rules
        self._own = URL(public_url).origin()

    def add_to(self, app: web.Application) -> None:
        """Put all behind their addresses; widgets are told when the application shuts down."""
        router = app.router
        router.add_get(f"{PREFIX}/socket", self.socket)
        router.add_post(f"{PREFIX}/files", self.upload)
        router.add_route(hdrs.METH_OPTIONS, f"{PREFIX}/files", self.preflight)
        router.add_get(f"{PREFIX}/widget.js", self.script)
        for path in (PREFIX, f"{PREFIX}/"):
            router.add_get(path, self.page)

        async def close(_: web.Application) -> None:
            await self._base.rooms.close()

        app.on_shutdown.append(close)

    async def socket(self, request: web.Request) -> web.StreamResponse:
        """Open a widget's socket, subprotocol `toritsugi.chat.v1` (docs/chat.md)."""
        self._origin(request)
        address, guard = self._address(request), self._base.guard
        if not guard.join(address, self._base.clock()):
            log.warning("chat.too_many_sockets", personal_address=address)
            raise RequestRefused(Code.REFUSED, status=HTTPStatus.TOO_MANY_REQUESTS, retry_after_s=10)
        try:
            return await self._chat.socket.serve(request, address)
        finally:
            guard.leave(address)

    async def upload(self, request: web.Request) -> web.Response:
        """Take a file of a session in: its bytes are the body, its name is in `X-File-Name`, URL-encoded."""
        origin = self._origin(request)
        try:
            kept = await self._take(request)
            answer = web.json_response({"id": kept.id, "size": kept.size})
        except RequestRefused as refusal:
            answer = refusal.answer()  # which the other site's page may read, too
        answer.headers.update(_cors(origin))
        return answer

    async def _take(self, request: web.Request) -> Upload:
        session = self._base.gateway.tokens.read(_bearer(request))
        if session is None:
            raise RequestRefused(Code.NOT_SIGNED_IN)
        wait_s = self._base.guard.file(session, self._address(request), self._base.clock())
        if wait_s:
            raise RequestRefused(Code.REFUSED, status=HTTPStatus.TOO_MANY_REQUESTS, retry_after_s=wait_s)
        if (request.content_length or 0) > self._rules.file_max:
            raise RequestRefused(Code.TOO_LARGE)
        name = unquote(request.headers.get("X-File-Name", ""))[:255].replace("\x00", "") or "file"
        blocks = request.content.iter_any()
        try:
            async with asyncio.timeout(_READ_S):
                return await self._base.uploads.put(session, name, request.content_type, blocks)
        except UploadTooLarge:
            raise RequestRefused(Code.TOO_LARGE) from None
        except TimeoutError:
            raise RequestRefused(Code.TIMEOUT) from None
        except StoreUnavailable:
            raise RequestRefused(Code.UNAVAILABLE, retry_after_s=5) from None

    async def preflight(self, request: web.Request) -> web.Response:
        """Let a widget in another site's page send a file (Fetch Standard, "CORS-preflight request")."""
        headers = {
            "Access-Control-Allow-Methods": "POST",
            "Access-Control-Allow-Headers": "Authorization, Content-Type, X-File-Name",
            "Access-Control-Max-Age": "600",
        }
        return web.Response(status=HTTPStatus.NO_CONTENT, headers=headers | _cors(self._origin(request)))

    async def script(self, _: web.Request) -> web.StreamResponse:
        """Serve the widget, which any page may load: its socket is what is guarded."""
        headers = {
            "Cache-Control": _SCRIPT_CACHING,
            "Cross-Origin-Resource-Policy": "cross-origin",
            "Access-Control-Allow-Origin": "*",
        }
        return self._file("widget.js", headers)

    async def page(self, _: web.Request) -> web.StreamResponse:
        """Serve the page to which links lead."""
        return self._file("index.html", _PAGE_HEADERS)

    def _file(self, name: str, headers: dict[str, str]) -> web.StreamResponse:
        path = self._folder / name if self._folder else None
        if path is None or not path.is_file():
            raise RequestRefused(Code.NOT_FOUND, "the web pages are not built")
        return web.FileResponse(path, headers=headers)

    def _origin(self, request: web.Request) -> str:
        """Return the site that a request comes from, if widgets may stand there; programs name none."""
        given = request.headers.get(hdrs.ORIGIN)
        if given is None:
            return ""
        try:
            origin = URL(given).origin()
            is_known = str(origin) in self._rules.origins or origin == self._own
            is_known = is_known or origin.authority == request.host
        except ValueError:
            is_known = False
        if not is_known:
            log.warning("chat.foreign_origin", origin=given[:200])
            raise RequestRefused(Code.FOREIGN_ORIGIN)
        return given

    def _address(self, request: web.Request) -> str:
        forwarded = request.headers.get("X-Forwarded-For", "")
        return client_address(request.remote, forwarded, self._rules.proxies)


def _bearer(request: web.Request) -> str:
    scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    return token if scheme.lower() == "bearer" else ""


def _cors(origin: str) -> dict[str, str]:
    return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"} if origin else {}
