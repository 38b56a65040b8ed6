"""What most of the hub's parts stand on."""

from collections.abc import Callable
from dataclasses import dataclass

from prometheus_client import CollectorRegistry
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.leases import Leases
from acd.policy import RoutingSettings
from hub.accounts import Accounts
from hub.acquaintance import Acquaintance
from hub.audit import AuditLog
from hub.board import Board
from hub.crm import Crm
from hub.database import together
from hub.history import RoutingHistory
from hub.journal import Journal
from hub.noted import NotedAcd
from hub.passwords import Passwords
from hub.settings import Settings
from hub.submit import Reports
from hub.triage import Triaging, read_triage


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseParts:
    """Settings, stores and the router. `mend` has all that is known agree again, soon."""

    settings: Settings
    routing: RoutingSettings
    engine: AsyncEngine
    accounts: Accounts
    acd: NotedAcd
    history: RoutingHistory
    audit: AuditLog
    registry: CollectorRegistry
    board: Board
    journal: Journal
    crm: Crm
    acquaintance: Acquaintance
    reports: Reports
    mend: Callable[[], None]
    triage: Triaging
    leases: Leases


def base_parts(
    settings: Settings, engine: AsyncEngine, routing: RoutingSettings, mend: Callable[[], None]
) -> BaseParts:
    """Make the parts."""

    async def rebuild() -> None:
        mend()

    acd, crm = NotedAcd(settings.redis_url, on_rebuild=rebuild), Crm.on(engine)
    return BaseParts(
        settings=settings,
        routing=routing,
        engine=engine,
        accounts=Accounts(engine, Passwords()),
        acd=acd,
        history=RoutingHistory(engine),
        audit=AuditLog(engine),
        registry=CollectorRegistry(),
        board=Board(),
        journal=Journal(together=lambda: together(engine)),
        crm=crm,
        acquaintance=Acquaintance(crm),
        reports=Reports(acd.submit, mend),
        mend=mend,
        triage=Triaging(read_triage(settings.config_dir, routing.queues)),
        leases=Leases(settings.redis_url),
    )
