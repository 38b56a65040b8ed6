"""What supervisors change about agents' work: presence, and that somebody is signed in at all."""

from collections.abc import Callable
from typing import Protocol

from acd.agent import Presence
from acd.events import PresenceChanged
from acd.ids import AgentId
from acd.router import Snapshot
from hub.accounts import Account, Accounts
from hub.audit import AuditLog, Deed
from hub.errors import AgentAway, OutOfReach, UnknownAccount
from hub.sessions import Sessions
from hub.submit import Submit

LOGGED_OFF = "logged_off"


class Router(Protocol):
    """What is needed of the router (`acd.router.Acd` serves)."""

    @property
    def submit(self) -> Submit: ...

    async def snapshot(self) -> Snapshot: ...


class Workforce:
    """Acts on agents in somebody's name (`by`), who reaches those of his role and below.

    `close_desktops` ends an agent's desktops here. Raises `UnknownAccount`, `OutOfReach`,
    `DatabaseUnavailable` and what the router raises; what is done is in the audit log before.
    """

    def __init__(
        self,
        accounts: Accounts,
        sessions: Sessions,
        audit: AuditLog,
        router: Router,
        close_desktops: Callable[[AgentId], None],
    ) -> None:
        self._accounts, self._sessions, self._audit, self._router = accounts, sessions, audit, router
        self._close_desktops = close_desktops

    async def set_presence(self, by: Account, agent: AgentId, presence: Presence, reason: str) -> None:
        """Change the presence of an agent who is signed in; raises `AgentAway` for one who is not."""
        await self._reach(by, agent)
        record = (await self._router.snapshot()).state.agents.get(agent)
        if record is None or not record.is_signed_in:
            raise AgentAway(f"{agent} is not signed in")
        detail = {"presence": presence.value, "reason": reason}
        await self._audit.note(by.id, Deed.CHANGE_PRESENCE, agent, **detail)
        await self._router.submit(PresenceChanged(agent=agent, presence=presence, reason=reason))

    async def log_off(self, by: Account, agent: AgentId) -> None:
        """End an agent's sessions and desktops; contacts that he has stay with him until their end."""
        await self._reach(by, agent)
        await self._audit.note(by.id, Deed.LOG_OFF, agent)
        await self._sessions.end_all(agent)
        gone = PresenceChanged(agent=agent, presence=Presence.OFFLINE, reason=LOGGED_OFF)
        try:
            await self._router.submit(gone)
        finally:  # a router that is away hears of it once the desktops are gone
            self._close_desktops(agent)

    async def _reach(self, by: Account, agent: AgentId) -> None:
        account = await self._accounts.get(agent)
        if account is None:
            raise UnknownAccount(f"there is no account {agent}")
        if not by.role.covers(account.role):
            raise OutOfReach(f"{agent} is {account.role}")
