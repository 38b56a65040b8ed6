"""The customer record with 100,000 customers: `python -m bench.crm [--url DATABASE_URL]`.

Without a URL it makes a SQLite database in a temporary folder. A database named by URL must be empty;
what the bench stores stays there.
"""

import argparse
import asyncio
import random
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from acd.contact import Channel, ContactState
from acd.ids import AgentId, ContactId, CustomerId
from bench.report import print_report
from crm_bridge.background import Backgrounds
from crm_bridge.contacts import Contacts
from crm_bridge.customers import Customers
from crm_bridge.identifiers import IdentifierKind, LinkedBy, normalise
from crm_bridge.messages import Messages
from crm_bridge.model import Direction, Message
from crm_bridge.tables import Base, ContactRow, CustomerRow, IdentifierRow, JourneyRow, MessageRow
from hub.database import create_engine

CUSTOMERS = 100_000
BUSY_CONTACTS = 2_000
"""Contacts of the busiest customer, number 0; the others have two each."""
_BATCH = 5_000
_START_MS = 1_750_000_000_000

Rows = dict[type[Base], list[dict[str, object]]]


def number(customer: int) -> str:
    return f"+8190{customer:08}"


def add_contact(rows: Rows, contact: str, customer: int, channel: Channel, at_ms: int) -> None:
    rows[ContactRow].append(
        {
            "id": contact,
            "channel": channel,
            "queue": "support",
            "address": number(customer),
            "customer": f"k{customer}",
            "origin": f"k{customer}",
            "agent": f"agent{customer % 50}",
            "state": ContactState.ENDED,
            "arrived_at_ms": at_ms,
            "connected_at_ms": at_ms + 1_000,
            "ended_at_ms": at_ms + 9_000,
        }
    )
    for kind, after_ms in (("contact_started", 0), ("connected", 1_000), ("ended", 9_000)):
        item = {"id": f"{contact}:{kind}", "contact": contact, "at_ms": at_ms + after_ms, "kind": kind}
        rows[JourneyRow].append({**item, "text": "", "detail": {}})
    for n in range(3 if channel is Channel.LINE else 0):
        message = {"id": f"{contact}:{n}", "contact": contact, "direction": "in", "delivery": "sent"}
        rows[MessageRow].append({**message, "text": "お世話になっております。", "at_ms": at_ms + 2_000 + n})


def customers(first: int, count: int) -> Rows:
    """Rows of customers who called once and wrote once; customer 0 did so much more often."""
    rows: Rows = {table: [] for table in (CustomerRow, IdentifierRow, ContactRow, JourneyRow, MessageRow)}
    for customer in range(first, first + count):
        owner = {"customer": f"k{customer}", "origin": f"k{customer}", "linked_at_ms": _START_MS}
        rows[CustomerRow].append(
            {"id": f"k{customer}", "name": f"顧客{customer}", "created_at_ms": _START_MS}
        )
        for kind, value in (("phone", number(customer)), ("line", f"U{customer:032x}")):
            link = {"id": f"{kind}{customer}", "kind": kind, "value": value, "linked_by": "first_contact"}
            rows[IdentifierRow].append(owner | link)
        for n in range(BUSY_CONTACTS if customer == 0 else 2):
            channel = Channel.LINE if n % 2 else Channel.VOICE
            add_contact(rows, f"c{customer}.{n}", customer, channel, _START_MS + n * 60_000)
    return rows


async def fill(connection: AsyncConnection) -> None:
    await connection.run_sync(Base.metadata.create_all)
    for first in range(0, CUSTOMERS, _BATCH):
        for table, rows in customers(first, _BATCH).items():
            for at in range(0, len(rows), _BATCH):
                await connection.execute(insert(table), rows[at : at + _BATCH])


async def timed(name: str, times: int, once: Callable[[int], Awaitable[object]]) -> dict[str, float]:
    """Run `once` with 0, 1, 2… and return median and 99th percentile in milliseconds."""
    await once(0)
    took_ms = []
    for n in range(1, times + 1):
        start = time.perf_counter()
        await once(n)
        took_ms.append((time.perf_counter() - start) * 1000)
    took_ms.sort()
    return {
        f"{name}_ms_p50": round(took_ms[times // 2], 3),
        f"{name}_ms_p99": round(took_ms[times * 99 // 100], 3),
    }


async def measure(engine: AsyncEngine) -> dict[str, float]:
    people, contacts, messages, backgrounds = (
        Customers(engine),
        Contacts(engine),
        Messages(engine),
        Backgrounds(engine),
    )
    someone = random.Random(1)
    phone, line = IdentifierKind.PHONE, IdentifierKind.LINE

    async def background(n: int) -> None:
        await backgrounds.of(CustomerId(f"k{n}"), apart_from=ContactId("none"))

    async def open_call(n: int) -> None:
        await contacts.opened(
            ContactId(f"call{n}"), channel=Channel.VOICE, address=number(n), at_ms=_START_MS
        )

    async def say(n: int) -> None:
        await messages.add(ContactId("call0"), Message(f"m{n}", Direction.IN, None, "はい", _START_MS))

    async def parse(n: int) -> None:
        normalise(phone, f"090-{n:04}-5678")

    figures = {"customers": float(CUSTOMERS)}
    figures |= await timed(
        "identify", 2000, lambda _: people.identify(phone, number(someone.randrange(CUSTOMERS)))
    )
    figures |= await timed("identify_stranger", 500, lambda n: people.identify(phone, f"+8170{n:08}"))
    figures |= await timed("identify_busy", 500, lambda _: people.identify(phone, number(0)))
    figures |= await timed("background", 500, lambda _: background(someone.randrange(1, CUSTOMERS)))
    figures |= await timed("background_busy", 50, lambda _: background(0))
    figures |= await timed("opened", 500, open_call)
    figures |= await timed(
        "connected", 500, lambda n: contacts.connected(ContactId(f"call{n}"), AgentId("sato"), _START_MS + 1)
    )
    figures |= await timed("message", 500, say)
    figures |= await timed(
        "ensure_new", 300, lambda n: people.ensure(line, f"W{n}", LinkedBy.FIRST_CONTACT, at_ms=_START_MS)
    )
    figures |= await timed("normalise", 500, parse)
    return figures


async def run(url: str) -> None:
    engine = create_engine(url)
    start = time.perf_counter()
    async with engine.begin() as connection:
        await fill(connection)
        if engine.dialect.name == "postgresql":
            await connection.exec_driver_sql("ANALYZE")  # what autovacuum does within a minute
    print(f"filled in {time.perf_counter() - start:.0f} s", flush=True)
    print_report("crm", await measure(engine))
    await engine.dispose()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", help="an empty database (default: SQLite in a temporary folder)")
    url: str | None = parser.parse_args().url
    with tempfile.TemporaryDirectory(prefix="toritsugi-bench-") as folder:
        asyncio.run(run(url or f"sqlite+aiosqlite:///{Path(folder) / 'crm.db'}"))


if __name__ == "__main__":
    main()
