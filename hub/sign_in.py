"""Signing in: password checked, guessing slowed down, session begun."""

import structlog

from hub.accounts import Account, Accounts
from hub.errors import SignInRefused, TooManyTries
from hub.guard import Guard
from hub.passwords import Passwords
from hub.sessions import Session, Sessions

log = structlog.get_logger()


class SignIn:
    """The one way from a password to a session."""

    def __init__(
        self, accounts: Accounts, sessions: Sessions, passwords: Passwords, guard: Guard | None = None
    ) -> None:
        self._accounts, self._sessions, self._passwords = accounts, sessions, passwords
        self._guard = guard or Guard()

    async def begin(self, agent: str, password: str, address: str) -> Session:
        """Sign in from a network `address`.

        Raises `SignInRefused`, `TooManyTries` (by account and address), `TooBusy` or
        `DatabaseUnavailable`.
        """
        key = (agent, address)
        if (wait_s := self._guard.begin(key)) > 0:
            raise TooManyTries(wait_s)
        try:
            account = await self._checked(agent, password)
            session = await self._sessions.begin(account)
        except SignInRefused:
            log.warning("sign_in.refused", agent=agent, address=address)
            raise
        except BaseException:
            self._guard.take_back(key)
            raise
        self._guard.forget(key)
        log.info("sign_in.begun", agent=agent, role=account.role)
        return session

    async def who(self, token: str) -> Account | None:
        """Return who bears this token; None if it is worth nothing (any more)."""
        return await self._sessions.account_of(token)

    async def end(self, token: str) -> None:
        """Sign out."""
        await self._sessions.end(token)

    async def _checked(self, agent: str, password: str) -> Account:
        found = await self._accounts.credentials(agent)
        fits = await self._passwords.verify(found.password_hash if found else None, password)
        if found is None or not fits or found.account.disabled_ms is not None:
            raise SignInRefused("id and password do not fit")
        if self._passwords.is_outdated(found.password_hash):
            await self._accounts.rehash(agent, await self._passwords.hash(password))
        return found.account
