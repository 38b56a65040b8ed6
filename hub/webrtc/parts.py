"""The parts of calls from browsers, made and wired."""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine
from yarl import URL

from acd.contact import Channel
from acd.ids import AgentId, QueueName
from cti.ari.http import HttpRequester
from cti.web_endpoints import WebEndpoints
from hub.board import Board, LiveContact
from hub.contact_status import ContactStatuses
from hub.crm import Crm
from hub.journal import Journal
from hub.settings import Settings
from hub.short_links import ShortLinks
from hub.webrtc.arrivals import WebArrivals
from hub.webrtc.calls import WebCalls
from hub.webrtc.conf import WebRules, read_web
from hub.webrtc.ice import IceSettings
from hub.webrtc.limits import WebGuard
from hub.webrtc.minting import CallLinks
from hub.webrtc.phones import BrowserPhones
from hub.webrtc.requests import CallRequests, CallsBack
from hub.webrtc.store import WebCallStore, WebPhoneStore
from hub.webrtc.tokens import CallTokens


@dataclass(slots=True, kw_only=True)
class WebParts:
    """`sip_url` is Asterisk's own SIP over WebSocket; `origins` the sites whose pages may connect."""

    rules: WebRules
    guard: WebGuard
    calls: WebCalls
    phones: BrowserPhones
    links: CallLinks
    arrivals: WebArrivals
    requests: CallRequests
    sip_url: URL
    own_origins: frozenset[str]

    @property
    def origins(self) -> frozenset[str]:
        return self.own_origins | self.rules.origins

    def go_by(self, rules: WebRules) -> None:
        """Take over webrtc.conf as it is now."""
        self.rules = rules
        self.guard.go_by(rules.calls_per_min, rules.sockets)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.calls.run())
            tasks.create_task(self.phones.run())

    async def close(self) -> None:
        await self.calls.close()


def web_parts(
    settings: Settings,
    engine: AsyncEngine,
    *,
    queues: Collection[QueueName],
    entry: Callable[[Channel], QueueName],
    chat_origins: frozenset[str],
    statuses: ContactStatuses,
    short_links: ShortLinks,
    board: Board,
    crm: Crm,
    journal: Journal,
    acquaint: Callable[[LiveContact], None],
    call_back: CallsBack,
    changed: Callable[[AgentId, bool], None],
) -> WebParts:
    """Make the parts. `changed` is told of agents whose calls ring in a browser now, or no longer."""
    rules = read_web(settings.config_dir, queues)
    tokens = CallTokens(settings.secret_key.get_secret_value().encode())
    secret = settings.turn_secret.get_secret_value() if settings.turn_secret else ""
    ice = IceSettings(
        uris=tuple(filter(None, settings.turn_uris.split(","))),
        secret=secret,
        is_relay_only=settings.turn_only,
    )
    requester = HttpRequester(settings.ari_url, settings.ari_user, settings.ari_password.get_secret_value())
    endpoints = WebEndpoints(requester, settings.media_address)
    calls = WebCalls(
        WebCallStore(engine),
        endpoints,
        tokens,
        ice,
        rules=lambda: parts.rules,
        crm=crm,
        journal=journal,
    )
    links = CallLinks(tokens, short_links, settings.public_url, board=board, crm=crm, entry=entry)
    phones = BrowserPhones(WebPhoneStore(engine), endpoints, ice, statuses, changed)
    parts = WebParts(
        rules=rules,
        guard=WebGuard(rules.calls_per_min, rules.sockets),
        calls=calls,
        phones=phones,
        links=links,
        arrivals=WebArrivals(calls, board=board, crm=crm, journal=journal, acquaint=acquaint),
        requests=CallRequests(calls, board, phones, call_back, region=settings.region),
        sip_url=URL(settings.ari_url).with_path("/ws"),
        own_origins=frozenset({str(URL(settings.public_url).origin())}) | chat_origins,
    )
    return parts
