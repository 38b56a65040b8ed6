"""A hub's HTTP side on a real server and a real SQLite, with fakes for what lies behind it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application, Request
from argon2 import PasswordHasher
from prometheus_client import CollectorRegistry
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.contact import Channel
from crm_bridge.contacts import Contacts
from crm_bridge.deflections import Deflections
from crm_bridge.messages import Messages
from crm_bridge.tables import Base as CrmBase
from crm_bridge.transcripts import TranscriptStore
from cti.ami import AmiLink, AmiSettings
from hub.accounts import Accounts, Role
from hub.attachments.shelf import FileShelf
from hub.audit import AuditLog
from hub.blocked_store import BlockedStore
from hub.board import Board
from hub.contact_status import ContactStatuses
from hub.crm import Crm
from hub.database import create_engine
from hub.desktop.registry import Desktops
from hub.desktop.socket import DesktopSocket, SocketTimes
from hub.guard import Guard
from hub.http.app import create_http
from hub.http.parts import HttpParts
from hub.members import Members, MemberStore
from hub.overview import Overview
from hub.passwords import Passwords
from hub.readiness import Readiness
from hub.sessions import Sessions
from hub.sign_in import SignIn
from hub.sip_view import SipView
from hub.tables import Base
from hub.texting.canned import CannedReplies
from hub.trunks import Trunks
from hub.trunks_conf import Trunk
from hub.workforce import Workforce
from tests.hub.attachments.made import RULES, attachments_in
from tests.hub.doubles import Control, Router
from tests.hub.fakes import (
    KNOWLEDGE,
    TEMPLATES,
    Clock,
    FakeDeadLetters,
    FakeDoctor,
    FakeGateway,
    FakeHandler,
    FakeInbox,
    FakeJourney,
    FakeLinks,
    FakeRouting,
    FakeShortLinks,
    Hub,
)
from tests.hub.recordings.made import shelf
from tests.hub.stage import ROUTING, Stage, build, crm_engine, flow_in, running

Client = TestClient[Request, Application]

SWIFT = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Argon2 at the least cost: tests are not about how long it takes."""


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a caller wait for the database as long as a loaded machine may take."""
    monkeypatch.setattr("hub.comings_back._LOOK_S", 3.0)
    monkeypatch.setattr("hub.reception._IDENTIFY_S", 3.0)


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(f"sqlite+aiosqlite:///{tmp_path / 'hub.db'}")
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
        await connection.run_sync(CrmBase.metadata.create_all)
    yield engine
    await engine.dispose()


async def no_refresh() -> None:
    """There is nothing to look at before a scrape."""


def _sip_view(engine: AsyncEngine, accounts: Accounts) -> SipView:
    """Asterisk is away; blocked addresses are in the database."""
    ami = AmiLink(AmiSettings(node="pbx1", host="127.0.0.1", port=1, user="hub", password="x"))
    statuses = ContactStatuses(ami, lambda: ["carrier"])
    trunks = Trunks([Trunk(name="carrier")], statuses, region="JP")
    return SipView(accounts, statuses, trunks, BlockedStore(engine))


@pytest.fixture
async def hub(engine: AsyncEngine, tmp_path: Path) -> AsyncIterator[Hub]:
    clock, handler = Clock(), FakeHandler()
    passwords = Passwords(hasher=SWIFT)
    accounts = Accounts(engine, passwords, clock.ms)
    sessions, audit = Sessions(engine, clock.ms), AuditLog(engine)
    sign_in = SignIn(accounts, sessions, passwords, Guard(clock=clock))
    board, router = Board(), Router()
    desktops = Desktops(handler, sleep=clock.sleep)
    fakes = FakeInbox(), FakeJourney(), FakeRouting(), FakeDeadLetters(), FakeDoctor()
    web_dir, flow = tmp_path / "dist", flow_in(tmp_path)
    web_dir.mkdir()
    parts = HttpParts(
        public_url="https://hub.example.jp",
        accounts=accounts,
        sign_in=sign_in,
        inbox=fakes[0],
        journeys=fakes[1],
        routing=fakes[2],
        recordings=shelf(engine, tmp_path / "recordings"),
        messages=Messages(engine),
        files=FileShelf(
            attachments=attachments_in(engine, tmp_path),
            board=board,
            contacts=Contacts(engine),
            audit=audit,
            size_max=RULES.size_max,
        ),
        members=Members(MemberStore(engine), accounts, audit, lambda: ROUTING),
        workforce=Workforce(accounts, sessions, audit, router, desktops.sign_out),
        overview=Overview(board, accounts.all, lambda: ROUTING),
        flow=lambda: flow,
        audit=audit,
        dead_letters=fakes[3],
        deflections=Deflections(engine),
        links=FakeLinks(),
        short_links=FakeShortLinks(),
        knowledge=lambda: KNOWLEDGE,
        templates=CannedReplies(lambda: TEMPLATES, board, Crm.on(engine)),
        transcripts=TranscriptStore(engine),
        sip=_sip_view(engine, accounts),
        doctor=fakes[4],
        gateways={Channel.LINE: FakeGateway()},
        desktop=DesktopSocket(desktops, handler, times=SocketTimes(), clock=clock),
        commands=handler.command,
        readiness=Readiness(("redis", "database", "asterisk"), clock.ms),
        registry=CollectorRegistry(),
        refresh_metrics=no_refresh,
        web_dir=web_dir,
    )
    for name, role in (("sato", Role.AGENT), ("kato", Role.SUPERVISOR), ("abe", Role.ADMIN)):
        await accounts.add(name, name.title(), role, f"{name}-password")
    yield Hub(parts, clock, handler, *fakes, board, router)
    await desktops.close()


@pytest.fixture
async def client(hub: Hub) -> AsyncIterator[Client]:
    """A client that keeps no cookies by itself."""
    async with TestClient(TestServer(create_http(hub.parts))) as client:
        yield client


@pytest.fixture
def bearer(hub: Hub) -> Callable[[str], Awaitable[dict[str, str]]]:
    """Sign somebody in and return the header that says so."""

    async def header(agent: str) -> dict[str, str]:
        session = await hub.parts.sign_in.begin(agent, f"{agent}-password", "test")
        return {"Authorization": f"Bearer {session.token}"}

    return header


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """All parts at work, with Asterisk there and nobody on the line."""
    engine = await crm_engine(tmp_path)
    async with running(build(engine, flow_in(tmp_path), Router(), Control())) as stage:
        yield stage
    await engine.dispose()
