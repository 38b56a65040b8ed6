"""Providers' webhooks: believed, stored, answered. All else happens after."""

import time

import structlog
from aiohttp import web

from acd.contact import Channel
from gateways.errors import InboxFull, InboxUnavailable, WebhookRefused
from gateways.protocol import Answer, Webhook
from hub.http.metrics import HttpMetrics
from hub.http.operations import read_body
from hub.http.parts import HttpParts
from hub.http.problems import Code, RequestRefused

log = structlog.get_logger()

_ACCEPTED = Answer(body=b"{}", type="application/json")
_FOR_PAGE = web.RequestKey("headers for the page that sent it", dict[str, str])
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Content-Type, Idempotency-Key",
    "Access-Control-Max-Age": "600",
}
_RETRY_AFTER_S, _FULL_S = 10.0, 60.0


async def let_page_read(request: web.Request, response: web.StreamResponse) -> None:
    """Let a page read what it is answered, whatever that is (a signal of aiohttp)."""
    response.headers.update(request.get(_FOR_PAGE, {}))


class Webhooks:
    """`POST /webhooks/{channel}`: 200 once every event is durable, 503 if that cannot be said.

    `GET` is how some providers ask whether the address is ours.
    """

    def __init__(self, parts: HttpParts, metrics: HttpMetrics) -> None:
        self._gateways, self._inbox, self._metrics = parts.gateways, parts.inbox, metrics
        self._public_url = parts.public_url

    async def handle(self, request: web.Request) -> web.Response:
        """Take one webhook in."""
        began_s = time.perf_counter()
        channel = self._channel(request.match_info["channel"])
        request[_FOR_PAGE] = dict(self._gateways[channel].for_page(self._webhook(request)))
        outcome = "failed"
        try:
            answer = await self._take(channel, request)
            outcome = "accepted"
        except RequestRefused as refusal:
            outcome = str(int(refusal.status))
            raise
        except web.HTTPException as error:
            outcome = str(error.status)
            raise
        finally:
            self._metrics.webhooks.labels(channel, outcome).inc()
            self._metrics.webhook_s.labels(channel).observe(time.perf_counter() - began_s)
        return web.Response(body=answer.body, content_type=answer.type)

    async def allow(self, request: web.Request) -> web.Response:
        """Tell a browser whether a page may send here what is more than a form (the CORS preflight)."""
        channel = self._channel(request.match_info["channel"])
        headers = self._gateways[channel].for_page(self._webhook(request))
        if not headers:
            raise web.HTTPMethodNotAllowed(request.method, ("GET", "POST"))
        return web.Response(status=204, headers={**_PREFLIGHT, **headers})

    def _channel(self, name: str) -> Channel:
        if name not in self._gateways:
            raise RequestRefused(Code.NOT_FOUND, "channel")
        return Channel(name)

    async def _take(self, channel: Channel, request: web.Request) -> Answer:
        gateway = self._gateways[channel]
        request = request.clone(client_max_size=gateway.body_max)
        webhook = self._webhook(request, await read_body(request) if request.method == "POST" else b"")
        try:
            events = () if webhook.method == "GET" else gateway.verify(webhook)
            new = await self._inbox.store(events)
            answer = gateway.answer(webhook)
        except WebhookRefused as error:
            log.warning("webhook.refused", channel=channel, status=error.status, reason=error.reason)
            raise RequestRefused(Code.REFUSED, error.shown, status=error.status) from None
        except InboxUnavailable as error:
            log.warning("webhook.unavailable", channel=channel, reason=str(error))
            is_full = isinstance(error, InboxFull)
            self._metrics.unavailable.labels(channel, "full" if is_full else "unavailable").inc()
            raise RequestRefused(
                Code.UNAVAILABLE,
                "the inbox is full" if is_full else "",
                retry_after_s=_FULL_S if is_full else _RETRY_AFTER_S,
            ) from None
        self._metrics.events.labels(channel, "new").inc(new)
        self._metrics.events.labels(channel, "duplicate").inc(len(events) - new)
        return answer or _ACCEPTED

    def _webhook(self, request: web.Request, body: bytes = b"") -> Webhook:
        return Webhook(
            method=request.method,
            url=self._public_url + request.path_qs,
            path=request.match_info.get("path", ""),
            query=request.query,
            headers=request.headers,
            body=body,
            remote=request.remote or "",
        )
