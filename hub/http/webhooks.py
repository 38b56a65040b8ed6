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
_RETRY_AFTER_S, _FULL_S = 10.0, 60.0


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
        return web.Response(body=answer.body, content_type=answer.type, headers=answer.headers)

    def _channel(self, name: str) -> Channel:
        if name not in self._gateways:
            raise RequestRefused(Code.NOT_FOUND, "channel")
        return Channel(name)

    async def _take(self, channel: Channel, request: web.Request) -> Answer:
        gateway = self._gateways[channel]
        webhook = await self._webhook(request.clone(client_max_size=gateway.body_max))
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

    async def _webhook(self, request: web.Request) -> Webhook:
        return Webhook(
            method=request.method,
            url=self._public_url + request.path_qs,
            path=request.match_info.get("path", ""),
            query=request.query,
            headers=request.headers,
            body=await read_body(request) if request.method == "POST" else b"",
            remote=request.remote or "",
        )
