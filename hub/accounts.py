"""Agents' accounts: who may sign in, as what, and with which phone."""

import getpass
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.ids import AgentId
from hub.clock import now_ms
from hub.database import reading, writing
from hub.errors import AccountExists, AccountInvalid, UnknownAccount
from hub.passwords import Passwords, generate_password
from hub.services.agents_conf import SipAgent, sip_digest
from hub.tables import AccountRow

ID_PATTERN = r"^[a-z0-9][a-z0-9._-]{0,63}$"
EXTENSION_PATTERN = r"^[1-9][0-9]{1,7}$"
"""No 0 in front: that is the way to a number outside."""
LANGUAGES = ("", "ja", "en")
NAME_MAX = 100
_RANK = ("agent", "supervisor", "admin")


class Role(StrEnum):
    """What an account may do; each role may do all that the ones before it may."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"

    def covers(self, needed: "Role") -> bool:
        """Whether this role may do what `needed` may."""
        return _RANK.index(self) >= _RANK.index(needed)


@dataclass(frozen=True, slots=True)
class Account:
    """An agent who may sign in. `disabled_ms` (Unix time): since when not any more.

    `extension` is what is dialled on a phone to reach the agent, empty if there is none. `language` is that
    in which he is spoken to, empty: that of the menus.
    """

    id: AgentId
    name: str
    role: Role
    created_ms: int
    disabled_ms: int | None = None
    extension: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account just made, with the two passwords that nobody can read again."""

    account: Account
    password: str
    sip_password: str


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a sign-in is checked against."""

    account: Account
    password_hash: str


ACCOUNT_COLUMNS = (
    AccountRow.id,
    AccountRow.name,
    AccountRow.role,
    AccountRow.created_at_ms,
    AccountRow.disabled_at_ms,
    AccountRow.extension,
    AccountRow.language,
)


def account_of(row: Row[*tuple[Any, ...]]) -> Account:
    """Read an account from a row that has `ACCOUNT_COLUMNS`."""
    return Account(
        AgentId(row.id),
        row.name,
        Role(row.role),
        row.created_at_ms,
        row.disabled_at_ms,
        row.extension or "",
        row.language or "",
    )


class Accounts:
    """All accounts of the database; methods raise `DatabaseUnavailable`."""

    def __init__(
        self,
        engine: AsyncEngine,
        passwords: Passwords,
        clock_ms: Callable[[], int] = now_ms,
    ) -> None:
        self._engine, self._passwords, self._clock_ms = engine, passwords, clock_ms

    async def add(
        self,
        agent: str,
        name: str,
        role: Role,
        password: str | None = None,
        *,
        extension: str = "",
        language: str = "",
    ) -> NewAccount:
        """Make an account; without a `password` one is made up, as the phone's always is.

        Raises `AccountInvalid` for what will not do, and `AccountExists`.
        """
        _check(agent, name)
        _check_language(language)
        await self._check_extension(agent, extension)
        sign_in = password if password is not None else generate_password()
        phone = generate_password()
        account = Account(
            AgentId(agent), name.strip(), role, self._clock_ms(), extension=extension, language=language
        )
        row = {
            "id": agent,
            "name": account.name,
            "role": role,
            "password_hash": await self._passwords.hash(sign_in),
            "sip_digest": sip_digest(agent, phone),
            "created_at_ms": account.created_ms,
            "extension": extension or None,
            "language": language or None,
        }
        try:
            async with writing(self._engine) as connection:
                await connection.execute(insert(AccountRow).values(row))
        except IntegrityError:
            raise AccountExists(f"there is an account {agent} already") from None
        return NewAccount(account, sign_in, phone)

    async def all(self) -> list[Account]:
        """List all accounts, disabled ones too, by id."""
        async with reading(self._engine) as connection:
            rows = await connection.execute(select(*ACCOUNT_COLUMNS).order_by(AccountRow.id))
        return [account_of(row) for row in rows]

    async def credentials(self, agent: str) -> Credentials | None:
        """Return what a sign-in as `agent` is checked against; None if there is no such account."""
        query = select(*ACCOUNT_COLUMNS, AccountRow.password_hash).where(AccountRow.id == agent)
        async with reading(self._engine) as connection:
            row = (await connection.execute(query)).one_or_none()
        return Credentials(account_of(row), row.password_hash) if row is not None else None

    async def get(self, agent: str) -> Account | None:
        """Return an account that may be used; None if there is none."""
        query = select(*ACCOUNT_COLUMNS).where(AccountRow.id == agent, AccountRow.disabled_at_ms.is_(None))
        async with reading(self._engine) as connection:
            row = (await connection.execute(query)).one_or_none()
        return account_of(row) if row is not None else None

    async def disable(self, agent: str) -> None:
        """Let an account sign in no more, nor its phone register; raises `UnknownAccount`."""
        change = (
            update(AccountRow)
            .where(AccountRow.id == agent, AccountRow.disabled_at_ms.is_(None))
            .values(disabled_at_ms=self._clock_ms())
        )
        async with writing(self._engine) as connection:
            changed = (await connection.execute(change)).rowcount
        if not changed and await self.credentials(agent) is None:
            raise UnknownAccount(f"there is no account {agent}")

    async def give_extension(self, agent: str, extension: str) -> None:
        """Let an agent be dialled by a number, `""` by none; raises `AccountInvalid`, `UnknownAccount`."""
        await self._check_extension(agent, extension)
        await self._change(agent, extension=extension or None)

    async def speak(self, agent: str, language: str) -> None:
        """Let an agent be spoken to in a language, `""` in that of the menus; raises as `give_extension`."""
        _check_language(language)
        await self._change(agent, language=language or None)

    async def by_extension(self, extension: str) -> Account | None:
        """Return who is dialled by a number, None if that is nobody who may sign in."""
        query = select(*ACCOUNT_COLUMNS).where(
            AccountRow.extension == extension, AccountRow.disabled_at_ms.is_(None)
        )
        async with reading(self._engine) as connection:
            row = (await connection.execute(query)).one_or_none()
        return account_of(row) if row is not None else None

    async def rehash(self, agent: str, password_hash: str) -> None:
        """Keep a password's hash made with newer costs."""
        change = update(AccountRow).where(AccountRow.id == agent).values(password_hash=password_hash)
        async with writing(self._engine) as connection:
            await connection.execute(change)

    async def sip_agents(self) -> list[SipAgent]:
        """List the phones that may register, for `pjsip_agents.conf`."""
        query = (
            select(AccountRow.id, AccountRow.name, AccountRow.sip_digest)
            .where(AccountRow.disabled_at_ms.is_(None))
            .order_by(AccountRow.id)
        )
        async with reading(self._engine) as connection:
            rows = await connection.execute(query)
        return [SipAgent(id=row.id, name=row.name, digest=row.sip_digest) for row in rows]

    async def _change(self, agent: str, **values: str | None) -> None:
        change = update(AccountRow).where(AccountRow.id == agent).values(values)
        async with writing(self._engine) as connection:
            changed = (await connection.execute(change)).rowcount
        if not changed:
            raise UnknownAccount(f"there is no account {agent}")

    async def _check_extension(self, agent: str, extension: str) -> None:
        if not extension:
            return
        if not re.match(EXTENSION_PATTERN, extension):
            raise AccountInvalid("extension: expected 2 to 8 digits, the first not 0")
        query = select(AccountRow.id).where(AccountRow.extension == extension, AccountRow.id != agent)
        async with reading(self._engine) as connection:
            holder = (await connection.execute(query)).scalar_one_or_none()
        if holder is not None:
            raise AccountInvalid(f"extension: expected one of its own, {holder} has {extension}")


def console() -> Account:
    """Return who acts from the command line: no account has such an id."""
    return Account(AgentId(f"console:{getpass.getuser()}"), "", Role.ADMIN, created_ms=0)


def _check_language(language: str) -> None:
    if language not in LANGUAGES:
        raise AccountInvalid("language: expected ja or en")


def _check(agent: str, name: str) -> None:
    if not re.match(ID_PATTERN, agent):
        raise AccountInvalid("id: expected 1 to 64 lower-case letters, digits, '.', '_' or '-'")
    if not 1 <= len(name.strip()) <= NAME_MAX or not name.isprintable():
        raise AccountInvalid(f"name: expected 1 to {NAME_MAX} printable characters")
