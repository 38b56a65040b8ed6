"""Calls from pages, and browser phones, as the database has them. Raises `DatabaseUnavailable`."""

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.ids import AgentId, ContactId, CustomerId, QueueName
from hub.clock import now_ms
from hub.database import reading, writing
from hub.tables import AccountRow, SessionRow, WebCallRow, WebPhoneRow
from hub.webrtc.tokens import Via

_KEPT_MS = 24 * 3600 * 1000
_CALL = WebCallRow.__table__.c
_PHONE = WebPhoneRow.__table__.c


@dataclass(frozen=True, slots=True, kw_only=True)
class WebCall:
    """A call from a page; fields as in `WebCallRow`."""

    id: str
    token: str
    key_hash: str
    via: Via
    queue: QueueName
    video: bool
    about: ContactId | None
    customer: CustomerId | None
    language: str
    made_at_ms: int
    expires_at_ms: int
    contact: ContactId | None = None
    is_linked: bool = False
    quality: Mapping[str, Any] | None = None
    ended_at_ms: int | None = None

    def is_live(self, at_ms: int) -> bool:
        """Whether it may be dialled, or was and goes on."""
        return self.ended_at_ms is None and (self.contact is not None or self.expires_at_ms > at_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebPhone:
    """A browser phone; fields as in `WebPhoneRow`."""

    user: str
    agent: AgentId
    name: str
    session_hash: str
    key_hash: str
    digest: str
    made_at_ms: int


def hash_of(secret: str) -> str:
    """Return what is kept of a random secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def is_key(key: str, key_hash: str) -> bool:
    return hmac.compare_digest(hash_of(key), key_hash)


class WebCallStore:
    """Customers' calls."""

    def __init__(self, engine: AsyncEngine, now: Callable[[], int] = now_ms) -> None:
        self._engine, self._now = engine, now

    async def add(self, call: WebCall) -> bool:
        """Store a new call; False if its token has one that lives."""
        values = {name: getattr(call, name) for name in WebCall.__dataclass_fields__}
        try:
            async with writing(self._engine) as connection:
                await connection.execute(delete(WebCallRow).where(_CALL.made_at_ms < self._now() - _KEPT_MS))
                await connection.execute(insert(WebCallRow).values(values))
        except IntegrityError:
            return False
        return True

    async def get(self, id_: str) -> WebCall | None:
        return await self._one(_CALL.id == id_)

    async def of_token(self, token: str) -> WebCall | None:
        """Return the call of a token that has not ended."""
        return await self._one(_CALL.token == token, _CALL.ended_at_ms.is_(None))

    async def of_contact(self, contact: ContactId) -> WebCall | None:
        return await self._one(_CALL.contact == contact)

    async def came(self, id_: str, contact: ContactId) -> bool:
        """Note by which contact a call came; False if it came by another before, or has ended."""
        is_its = (_CALL.id == id_, _CALL.ended_at_ms.is_(None))
        async with writing(self._engine) as connection:
            done = await connection.execute(
                update(WebCallRow)
                .where(*is_its, _CALL.contact.is_(None) | (_CALL.contact == contact))
                .values(contact=contact)
            )
        return bool(done.rowcount)

    async def linked(self, id_: str, *, is_linked: bool) -> None:
        """Note whether the page of a call is connected."""
        await self._change(id_, is_linked=is_linked)

    async def measured(self, id_: str, quality: Mapping[str, Any]) -> None:
        await self._change(id_, quality=dict(quality))

    async def end(self, id_: str) -> WebCall | None:
        """End a call; returns it as it was, None if it had ended before."""
        async with writing(self._engine) as connection:
            done = await connection.execute(
                update(WebCallRow)
                .where(_CALL.id == id_, _CALL.ended_at_ms.is_(None))
                .values(ended_at_ms=self._now(), is_linked=False)
            )
        return await self.get(id_) if done.rowcount else None

    async def not_dialled(self) -> Sequence[str]:
        """Return the calls whose time to be dialled is over."""
        query = select(_CALL.id).where(
            _CALL.ended_at_ms.is_(None), _CALL.contact.is_(None), _CALL.expires_at_ms <= self._now()
        )
        async with reading(self._engine) as connection:
            return list((await connection.execute(query)).scalars())

    async def _change(self, id_: str, **values: object) -> None:
        async with writing(self._engine) as connection:
            await connection.execute(update(WebCallRow).where(_CALL.id == id_).values(**values))

    async def _one(self, *conditions: Any) -> WebCall | None:
        query = select(*_CALL).where(*conditions).order_by(_CALL.made_at_ms.desc()).limit(1)
        async with reading(self._engine) as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
        return WebCall(**{**row, "via": Via(row["via"])}) if row is not None else None


class WebPhoneStore:
    """Agents' browser phones."""

    def __init__(self, engine: AsyncEngine, now: Callable[[], int] = now_ms) -> None:
        self._engine, self._now = engine, now

    async def add(self, phone: WebPhone) -> None:
        values = {name: getattr(phone, name) for name in WebPhone.__dataclass_fields__}
        async with writing(self._engine) as connection:
            await connection.execute(insert(WebPhoneRow).values(values))

    async def get(self, user: str) -> WebPhone | None:
        phones = await self._all(_PHONE.user == user)
        return phones[0] if phones else None

    async def of_session(self, session_hash: str) -> Sequence[WebPhone]:
        return await self._all(_PHONE.session_hash == session_hash)

    async def all(self) -> Sequence[WebPhone]:
        """Return all whose session goes on."""
        return await self._all(_PHONE.session_hash.in_(self._sessions()))

    async def signed_out(self) -> Sequence[WebPhone]:
        """Return those whose session is over."""
        return await self._all(_PHONE.session_hash.not_in(self._sessions()))

    async def drop(self, user: str) -> None:
        async with writing(self._engine) as connection:
            await connection.execute(delete(WebPhoneRow).where(_PHONE.user == user))

    def _sessions(self) -> Any:
        return (
            select(SessionRow.token_hash)
            .join(AccountRow, AccountRow.id == SessionRow.account)
            .where(SessionRow.expires_at_ms > self._now(), AccountRow.disabled_at_ms.is_(None))
        )

    async def _all(self, *conditions: Any) -> Sequence[WebPhone]:
        query = select(*_PHONE).where(*conditions).order_by(_PHONE.user)
        async with reading(self._engine) as connection:
            return [WebPhone(**row) for row in (await connection.execute(query)).mappings()]
