"""Blocked addresses in the database: several hubs, and the command line, see the same."""

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network

from sqlalchemy import Row, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.audit import AuditLog, Deed
from hub.clock import now_ms
from hub.database import reading, writing
from hub.tables import BlockedAddressRow

_V6_BITS = 64
"""One who attacks by IPv6 has a whole /64."""


@dataclass(frozen=True, slots=True)
class Block:
    """An address that is blocked until `until_ms`. Of IPv6 it is the first of a /64 that is blocked.

    `times`: how often in a row it was blocked, `reason`: Asterisk's name of the last refusal.
    """

    address: str
    since_ms: int
    until_ms: int
    times: int
    reason: str


def network_of(address: str) -> IPv4Network | IPv6Network:
    """Return what is blocked with an address; raises `ValueError` for what is none."""
    version_6 = ":" in address
    return ip_network(f"{address}/{_V6_BITS if version_6 else 32}", strict=False)


class BlockedStore:
    """Raises `DatabaseUnavailable`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine, self._audit = engine, AuditLog(engine)
        self._dialect = postgresql if engine.dialect.name == "postgresql" else sqlite

    async def all(self) -> list[Block]:
        """Return all that are remembered, also those whose time is over, by address."""
        columns = BlockedAddressRow.__table__.columns
        async with reading(self._engine) as connection:
            rows = await connection.execute(select(*columns).order_by(BlockedAddressRow.address))
            return [_block(row) for row in rows]

    async def active(self, at_ms: int | None = None) -> list[Block]:
        """Return those whose time is not over, by address."""
        at_ms = now_ms() if at_ms is None else at_ms
        return [block for block in await self.all() if block.until_ms > at_ms]

    async def put(self, block: Block) -> None:
        """Block an address, or block it anew."""
        values = {
            "since_ms": block.since_ms,
            "until_ms": block.until_ms,
            "times": block.times,
            "reason": block.reason[:64],
        }
        insert = self._dialect.insert(BlockedAddressRow).values(address=block.address, **values)
        async with writing(self._engine) as connection:
            await connection.execute(
                insert.on_conflict_do_update(index_elements=[BlockedAddressRow.address], set_=values)
            )

    async def unblock(self, actor: str, address: str) -> bool:
        """Let an address in again and forget what it did; whether it was blocked. Noted in the audit log.

        `actor` is the account's id, or who uses the command line.
        """
        if address not in {block.address for block in await self.active()}:
            return False
        await self._audit.note(actor, Deed.UNBLOCK_ADDRESS, address)
        await self.forget(address)
        return True

    async def forget(self, address: str) -> None:
        async with writing(self._engine) as connection:
            await connection.execute(delete(BlockedAddressRow).where(BlockedAddressRow.address == address))


def _block(row: Row[tuple[str, int, int, int, str]]) -> Block:
    return Block(row.address, row.since_ms, row.until_ms, row.times, row.reason)
