"""What happens to every request: measured, its origin checked, errors put into their shape."""

import time
from http import HTTPStatus

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from crm_bridge.errors import UnknownCustomer
from hub.errors import (
    AccountExists,
    AccountInvalid,
    AgentAway,
    OutOfReach,
    SignInRefused,
    TooManyTries,
    UnknownAccount,
)
from hub.http.credentials import check_origin
from hub.http.metrics import HttpMetrics
from hub.http.problems import Code, RequestRefused

log = structlog.get_logger()

_RETRY_AFTER_S = 5.0
_WITHOUT_COOKIES = ("/chat/", "/webhooks/", "/webrtc/", "/sip")
"""Web chat, forms and calls have lists of sites of their own; none of these goes by a cookie."""
_BY_STATUS = {
    400: Code.BAD_REQUEST,
    401: Code.NOT_SIGNED_IN,
    403: Code.FORBIDDEN,
    404: Code.NOT_FOUND,
    405: Code.METHOD_NOT_ALLOWED,
    408: Code.TIMEOUT,
    413: Code.TOO_LARGE,
    415: Code.NOT_JSON,
    503: Code.UNAVAILABLE,
}
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; media-src 'self' blob:; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def measured(metrics: HttpMetrics) -> Middleware:
    """Time each request under its route's pattern, so that ids make no new series."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        began_s = time.perf_counter()
        status = 500
        try:
            response = await handler(request)
            status = response.status
            return response
        finally:
            resource = request.match_info.route.resource
            route = resource.canonical if resource is not None else "none"
            took_s = time.perf_counter() - began_s
            if status != HTTPStatus.SWITCHING_PROTOCOLS:  # a socket's life is no answering time
                metrics.requests.labels(request.method, route, str(status)).observe(took_s)

    return middleware


@web.middleware
async def errors_in_shape(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever goes wrong into the one shape of errors."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        answer = RequestRefused(_BY_STATUS.get(error.status, Code.REFUSED), status=error.status).answer()
        if "Allow" in error.headers:
            answer.headers["Allow"] = error.headers["Allow"]
        return answer
    except Exception as error:
        refusal = _refusal_of(error)
        if refusal.code is Code.INTERNAL:
            log.exception("http.failed", method=request.method, route=request.path)
        elif refusal.code is Code.UNAVAILABLE:
            log.warning("http.unavailable", method=request.method, error=type(error).__name__)
        return refusal.answer()


def _refusal_of(error: Exception) -> RequestRefused:
    match error:
        case RequestRefused():
            return error
        case SignInRefused():
            return RequestRefused(Code.WRONG_SIGN_IN)
        case TooManyTries(wait_s=wait_s):
            return RequestRefused(Code.TOO_MANY_TRIES, retry_after_s=wait_s)
        case AccountExists():
            return RequestRefused(Code.AGENT_EXISTS)
        case AccountInvalid():
            return RequestRefused(Code.BAD_REQUEST, str(error))
        case UnknownCustomer() | UnknownAccount():
            return RequestRefused(Code.NOT_FOUND)
        case OutOfReach():
            return RequestRefused(Code.FORBIDDEN, str(error))
        case AgentAway():
            return RequestRefused(Code.AGENT_AWAY)
    if getattr(error, "retryable", False):
        return RequestRefused(Code.UNAVAILABLE, retry_after_s=_RETRY_AFTER_S)
    return RequestRefused(Code.INTERNAL)


def from_our_site(public_url: str) -> Middleware:
    """Refuse what another site made a browser send; webhooks know no cookies."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith(_WITHOUT_COOKIES):
            check_origin(request, public_url)
        return await handler(request)

    return middleware


async def add_security_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Tell browsers what the hub's pages never do; nothing of the API is kept by caches."""
    response.headers["Server"] = "Toritsugi"
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if request.path.startswith("/api/"):
        response.headers.setdefault("Cache-Control", "no-store")
    if request.secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
