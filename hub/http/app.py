"""The HTTP application, put together from its parts."""

import json
from importlib.metadata import PackageNotFoundError, version
from itertools import chain

from aiohttp import web
from aiohttp.typedefs import Handler

from hub.http import (
    agents,
    audit,
    commands,
    contacts,
    customers,
    dead_letters,
    deflections,
    desktop,
    doctor,
    files,
    ivr,
    knowledge,
    members,
    messages,
    middlewares,
    overview,
    phone,
    recordings,
    session,
    sip,
    stickers,
    supervision,
    templates,
    transcripts,
)
from hub.http.account_link import AccountLinkPage
from hub.http.chat import ChatPages
from hub.http.health import Health
from hub.http.links import LinkPages
from hub.http.metrics import HttpMetrics, HubCollector
from hub.http.openapi import document
from hub.http.operations import Operation
from hub.http.pages import Pages
from hub.http.parts import HttpParts
from hub.http.webhooks import Webhooks, let_page_read
from hub.http.webrtc import WebRtcPages
from hub.invitations import LINK_PATH
from hub.short_links import SHORT_PATH

BODY_MAX = 1024 * 1024
"""Bytes of a request's body. A LINE webhook carries some kilobytes."""

_SUBJECTS = (
    session,
    agents,
    supervision,
    overview,
    ivr,
    customers,
    contacts,
    members,
    recordings,
    audit,
    dead_letters,
    files,
    messages,
    deflections,
    knowledge,
    templates,
    stickers,
    transcripts,
    desktop,
    phone,
    commands,
    sip,
    doctor,
)


def operations() -> tuple[Operation, ...]:
    """Return every operation that is described."""
    return tuple(chain.from_iterable(subject.api.all for subject in _SUBJECTS))


def create_http(parts: HttpParts) -> web.Application:
    """Make the application. When it shuts down it tells the desktops, and closes nothing else."""
    metrics = HttpMetrics(parts.registry)
    parts.registry.register(HubCollector(parts.readiness, parts.desktop.desktops))
    app = web.Application(
        client_max_size=BODY_MAX,
        middlewares=(
            middlewares.measured(metrics),
            middlewares.errors_in_shape,
            middlewares.from_our_site(parts.public_url),
        ),
    )
    app.on_response_prepare.append(middlewares.add_security_headers)

    async def close_desktops(_: web.Application) -> None:
        await parts.desktop.desktops.close()

    app.on_shutdown.append(close_desktops)
    _add_api(app, parts)
    webhooks = Webhooks(parts, metrics)
    for path in ("/webhooks/{channel}", "/webhooks/{channel}/{path:.+}"):
        app.router.add_post(path, webhooks.handle)
        app.router.add_get(path, webhooks.handle)
        app.router.add_options(path, webhooks.allow)
    app.on_response_prepare.append(let_page_read)
    links = LinkPages(parts)
    app.router.add_get(LINK_PATH + "{token}", links.follow)
    app.router.add_get(SHORT_PATH + "{slug}", links.follow_short)
    if parts.account_links is not None:
        AccountLinkPage(parts.account_links).add_to(app)
    if parts.chat is not None:
        ChatPages(parts.chat, parts.web_dir, parts.public_url).add_to(app)
    if parts.web is not None:
        WebRtcPages(parts.web, parts.chat, parts.web_dir).add_to(app)
    health = Health(parts)
    app.router.add_get("/healthz", health.healthz)
    app.router.add_get("/readyz", health.readyz)
    app.router.add_get("/metrics", health.metrics)
    if parts.web_dir is not None:
        app.router.add_get("/{path:.*}", Pages(parts.web_dir).handle)
    return app


def _add_api(app: web.Application, parts: HttpParts) -> None:
    for operation in operations():
        app.router.add_route(operation.method, operation.path, _handler(operation, parts))
    described = json.dumps(document(operations(), _version()), ensure_ascii=False).encode()

    async def openapi(_: web.Request) -> web.Response:
        return web.Response(body=described, content_type="application/json")

    app.router.add_get("/api/openapi.json", openapi)


def _handler(operation: Operation, parts: HttpParts) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        return await operation.serve(parts, request)

    return handle


def _version() -> str:
    try:
        return version("toritsugi")
    except PackageNotFoundError:  # run from the repository
        return "0"
