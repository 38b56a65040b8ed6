"""Calls from web pages: tokens, credentials, what pages tell of their calls, and the page of links.

Pages of other sites stand in for customers here: which sites those may be is checked, and no cookie counts.
"""

import time
from dataclasses import asdict
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeVar

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler
from pydantic import BaseModel, Field, ValidationError
from yarl import URL

from gateways.addresses import client_address
from hub.chat.parts import ChatParts
from hub.errors import DatabaseUnavailable
from hub.http.model import Request
from hub.http.operations import read_body
from hub.http.problems import Code, RequestRefused
from hub.http.sip_proxy import SipProxy
from hub.webrtc.credentials import AsteriskAway, CallExists, Credentials, TokenRefused
from hub.webrtc.minting import PAGE_PATH
from hub.webrtc.parts import WebParts
from hub.webrtc.store import WebCall

log = structlog.get_logger()

_PAGE: Final = "call.html"
_RETRY_S: Final = 10
M = TypeVar("M", bound=BaseModel)


class Place(Request):
    token: Annotated[str, Field(min_length=1, max_length=2000, repr=False)]
    video: bool = False


class Quality(Request):
    """What a page measured: `loss` is a share from 0 to 1, `mos` 1 to 5, `at_s` seconds since the answer."""

    loss: Annotated[float, Field(ge=0, le=1)]
    jitter_ms: Annotated[float, Field(ge=0, le=60_000)]
    round_trip_ms: Annotated[float, Field(ge=0, le=60_000)]
    mos: Annotated[float, Field(ge=1, le=5)]
    codec: Annotated[str, Field(max_length=40)] = ""
    relay: bool = False
    at_s: Annotated[float, Field(ge=0, le=1e10)] = 0


class Trouble(Request):
    kind: Literal["microphone", "camera", "network", "codec", "unsupported"]
    detail: Annotated[str, Field(max_length=300)] = ""


class Callback(Request):
    number: Annotated[str, Field(min_length=3, max_length=40, repr=False)]


class WebRtcPages:
    """Serves what pages need that call."""

    def __init__(self, parts: WebParts, chat: ChatParts | None, web_dir: Path | None) -> None:
        self._parts, self._chat, self._web_dir = parts, chat, web_dir
        self._proxy = SipProxy(parts, self._origin, self._address)

    def add_to(self, app: web.Application) -> None:
        """Put all behind their addresses; sockets are told when the application shuts down."""
        router = app.router
        router.add_get("/sip", self._proxy.handle)
        for path, handler in (
            ("/webrtc/calls", self.place),
            ("/webrtc/calls/{call}/quality", self.quality),
            ("/webrtc/calls/{call}/trouble", self.trouble),
            ("/webrtc/calls/{call}/callback", self.callback),
            ("/webrtc/sites/{site}", self.site),
            ("/chat/call", self.visitor),
        ):
            router.add_post(path, self._open(handler))
            router.add_route(hdrs.METH_OPTIONS, path, self.preflight)
        router.add_get("/webrtc/calls/{call}", self._open(self.stage))
        router.add_route(hdrs.METH_OPTIONS, "/webrtc/calls/{call}", self.preflight)
        for path in (PAGE_PATH, PAGE_PATH + "{short}"):
            router.add_get(path, self.page)

        async def close(_: web.Application) -> None:
            await self._proxy.close()

        app.on_shutdown.append(close)

    # --- tokens ----------------------------------------------------------------------------------

    async def site(self, request: web.Request) -> web.Response:
        """Make a token for whoever looks at a site's page."""
        site = self._parts.rules.sites.get(request.match_info["site"])
        if site is None:
            raise RequestRefused(Code.NOT_FOUND)
        if request.headers.get(hdrs.ORIGIN) not in site.origins:
            raise RequestRefused(Code.FOREIGN_ORIGIN)
        self._pace(request)
        return web.json_response({"token": self._parts.links.for_site(site)})

    async def visitor(self, request: web.Request) -> web.Response:
        """Make a token for who chats in a session."""
        session = self._chat.base.gateway.tokens.read(_bearer(request)) if self._chat is not None else None
        if session is None:
            raise RequestRefused(Code.NOT_SIGNED_IN)
        self._pace(request)
        token, url = await self._parts.links.for_chat(session)
        return web.json_response({"token": token, "url": url})

    # --- calls -----------------------------------------------------------------------------------

    async def place(self, request: web.Request) -> web.Response:
        """Give a page what it calls by."""
        self._pace(request)
        wanted = await _body(request, Place)
        calls = self._parts.calls
        try:
            token = calls.read(await self._token(wanted.token))
            language = "en" if _speaks_english(request) else "ja"
            made = await calls.place(token, video=wanted.video, language=language)
        except TokenRefused:
            raise RequestRefused(Code.NOT_SIGNED_IN, "the token is not ours, or too old") from None
        except CallExists:
            detail = "a call by this token is going on"
            raise RequestRefused(Code.REFUSED, detail, status=HTTPStatus.CONFLICT) from None
        except AsteriskAway as away:
            return _away(away)
        return web.json_response(shown(made))

    async def stage(self, request: web.Request) -> web.Response:
        """Say how far a call is, and whether video can be switched on."""
        stage, has_video = self._parts.requests.stage(await self._call(request))
        return web.json_response({"state": stage, "video": has_video})

    async def quality(self, request: web.Request) -> web.Response:
        call, report = await self._call(request), await _body(request, Quality)
        await self._parts.calls.measured(call, report.model_dump())
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def trouble(self, request: web.Request) -> web.Response:
        call, told = await self._call(request), await _body(request, Trouble)
        self._pace(request)
        self._parts.calls.troubled(call, told.kind, told.detail)
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def callback(self, request: web.Request) -> web.Response:
        """Have a customer called back who cannot call by a page."""
        call, wanted = await self._call(request), await _body(request, Callback)
        self._pace(request)
        if not await self._parts.requests.call_back(call, wanted.number):
            raise RequestRefused(Code.BAD_REQUEST, "number: expected one that can be called back")
        return web.Response(status=HTTPStatus.ACCEPTED)

    async def _token(self, text: str) -> str:
        try:
            return await self._parts.links.token_of(text)
        except DatabaseUnavailable:
            return text

    async def _call(self, request: web.Request) -> WebCall:
        """Return the call that a request is about and proves to be its own."""
        call = await self._parts.calls.proven(request.match_info["call"], _bearer(request))
        if call is None:
            raise RequestRefused(Code.NOT_SIGNED_IN)
        return call

    # --- pages and sites -------------------------------------------------------------------------

    async def page(self, _: web.Request) -> web.StreamResponse:
        """Serve the page by which customers call; what is wrong with a link, it says itself."""
        path = self._web_dir / _PAGE if self._web_dir else None
        if path is None or not path.is_file():
            raise RequestRefused(Code.NOT_FOUND, "the web pages are not built")
        return web.FileResponse(path, headers={"Cache-Control": "no-cache"})

    async def preflight(self, request: web.Request) -> web.Response:
        """Let a page of another site ask (Fetch Standard, "CORS-preflight request")."""
        headers = {
            "Access-Control-Allow-Methods": "GET, POST",
            "Access-Control-Allow-Headers": "Authorization, Content-Type",
            "Access-Control-Max-Age": "600",
        }
        return web.Response(status=HTTPStatus.NO_CONTENT, headers=headers | _cors(self._origin(request)))

    def _open(self, handler: Handler) -> Handler:
        """Let pages of the sites that may call read an answer, refusals too."""

        async def handle(request: web.Request) -> web.StreamResponse:
            origin = self._origin(request, is_needed=False)
            try:
                answer = await handler(request)
            except RequestRefused as refusal:
                answer = refusal.answer()
            answer.headers.update({**_cors(origin), "Cache-Control": "no-store"})
            return answer

        return handle

    def _origin(self, request: web.Request, *, is_needed: bool = True) -> str:
        """Return the site that a request comes from, one that may call; programs may name none."""
        given = request.headers.get(hdrs.ORIGIN)
        if given is None and not is_needed:
            return ""
        try:
            origin = URL(given or "").origin()
            is_known = str(origin) in self._parts.origins or origin.authority == request.host
        except ValueError:
            is_known = False
        if not is_known:
            log.warning("webrtc.foreign_origin", origin=(given or "")[:200])
            raise RequestRefused(Code.FOREIGN_ORIGIN)
        return given or ""

    def _address(self, request: web.Request) -> str:
        forwarded = request.headers.get("X-Forwarded-For", "")
        return client_address(request.remote, forwarded, self._parts.rules.proxies)

    def _pace(self, request: web.Request) -> None:
        wait_s = self._parts.guard.call_wait_s(self._address(request), time.monotonic())
        if wait_s:
            raise RequestRefused(Code.REFUSED, status=HTTPStatus.TOO_MANY_REQUESTS, retry_after_s=wait_s)


def shown(made: Credentials) -> dict[str, Any]:
    """Return credentials as they are sent."""
    return asdict(made)


def _away(away: AsteriskAway) -> web.Response:
    refusal = RequestRefused(Code.UNAVAILABLE, retry_after_s=_RETRY_S)
    more = {"fallback": asdict(away.fallback), "call": away.call, "key": away.key}
    return refusal.answer_with(more)


def _bearer(request: web.Request) -> str:
    scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


async def _body(request: web.Request, kind: type[M]) -> M:
    try:
        return kind.model_validate_json(await read_body(request))
    except ValidationError as error:
        where = ".".join(map(str, error.errors(include_input=False)[0]["loc"]))
        raise RequestRefused(Code.BAD_REQUEST, where) from None


def _speaks_english(request: web.Request) -> bool:
    """Whether a browser would rather have English than Japanese (RFC 9110 §12.5.4)."""
    for each in request.headers.get(hdrs.ACCEPT_LANGUAGE, "").lower().split(","):
        tag = each.partition(";")[0].strip()[:2]
        if tag in ("ja", "en"):
            return tag == "en"
    return False


def _cors(origin: str) -> dict[str, str]:
    return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"} if origin else {}
