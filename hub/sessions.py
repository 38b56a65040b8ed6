"""Sign-in sessions: an opaque random token for each, of which only the SHA-256 is stored."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.ids import AgentId
from hub.accounts import ACCOUNT_COLUMNS, Account, account_of
from hub.clock import now_ms
from hub.database import reading, writing
from hub.tables import AccountRow, SessionRow

LIFETIME_S = 12 * 3600


@dataclass(frozen=True, slots=True)
class Session:
    """A sign-in just begun; `token` is its bearer's proof until `expires_ms` (Unix time)."""

    token: str
    account: Account
    expires_ms: int


class Sessions:
    """All sessions of the database; methods raise `DatabaseUnavailable`."""

    def __init__(
        self,
        engine: AsyncEngine,
        clock_ms: Callable[[], int] = now_ms,
        lifetime_s: int = LIFETIME_S,
    ) -> None:
        self._engine, self._clock_ms, self._lifetime_s = engine, clock_ms, lifetime_s

    async def begin(self, account: Account) -> Session:
        """Begin a session; those that have run out are cleared away by the way."""
        began_ms = self._clock_ms()
        session = Session(secrets.token_urlsafe(32), account, began_ms + self._lifetime_s * 1000)
        row = {
            "token_hash": _hash(session.token),
            "account": account.id,
            "created_at_ms": began_ms,
            "expires_at_ms": session.expires_ms,
        }
        async with writing(self._engine) as connection:
            await connection.execute(delete(SessionRow).where(SessionRow.expires_at_ms <= began_ms))
            await connection.execute(insert(SessionRow).values(row))
        return session

    async def account_of(self, token: str) -> Account | None:
        """Return whose token this is; None if it is unknown, ran out, or the account is disabled."""
        query = (
            select(*ACCOUNT_COLUMNS)
            .join(SessionRow, SessionRow.account == AccountRow.id)
            .where(
                SessionRow.token_hash == _hash(token),
                SessionRow.expires_at_ms > self._clock_ms(),
                AccountRow.disabled_at_ms.is_(None),
            )
        )
        async with reading(self._engine) as connection:
            row = (await connection.execute(query)).one_or_none()
        return account_of(row) if row is not None else None

    async def end(self, token: str) -> None:
        """Make a token worthless; nothing happens if it is so already."""
        async with writing(self._engine) as connection:
            await connection.execute(delete(SessionRow).where(SessionRow.token_hash == _hash(token)))

    async def end_all(self, agent: AgentId) -> None:
        """Make all tokens of an account worthless."""
        async with writing(self._engine) as connection:
            await connection.execute(delete(SessionRow).where(SessionRow.account == agent))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
