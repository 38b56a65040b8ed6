"""Members of queues beside those of `queues.conf`: added while all runs, kept in the database."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace
from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.ids import AgentId, QueueName
from acd.policy import Member, QueueSettings, RoutingSettings
from hub.accounts import Accounts
from hub.audit import AuditLog, Deed
from hub.clock import now_ms
from hub.database import reading, writing
from hub.errors import MemberOfFiles, UnknownAccount, UnknownMember, UnknownQueue
from hub.tables import QueueMemberRow

DynamicMembers = Mapping[QueueName, Sequence[Member]]
"""The members that were added, by queue, each queue's ordered by agent."""


@dataclass(frozen=True, slots=True)
class QueueMember:
    """A member of a queue; `is_dynamic`: added while all runs, else by `queues.conf`."""

    queue: QueueName
    agent: AgentId
    penalty: int
    is_dynamic: bool


class MemberStore:
    """The members in the database, whether or not the files have their queue.

    Raises `DatabaseUnavailable`.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._dialect = postgresql if engine.dialect.name == "postgresql" else sqlite

    async def all(self) -> DynamicMembers:
        query = select(QueueMemberRow.queue, QueueMemberRow.agent, QueueMemberRow.penalty).order_by(
            QueueMemberRow.queue, QueueMemberRow.agent
        )
        found: dict[QueueName, list[Member]] = {}
        async with reading(self._engine) as connection:
            for row in await connection.execute(query):
                member = Member(agent=AgentId(row.agent), penalty=row.penalty)
                found.setdefault(QueueName(row.queue), []).append(member)
        return found

    async def put(self, queue: QueueName, agent: AgentId, penalty: int) -> None:
        """Add a member, or give it another penalty."""
        insert = self._dialect.insert(QueueMemberRow).values(
            queue=queue, agent=agent, penalty=penalty, added_at_ms=now_ms()
        )
        key = [QueueMemberRow.queue, QueueMemberRow.agent]
        async with writing(self._engine) as connection:
            await connection.execute(
                insert.on_conflict_do_update(index_elements=key, set_={"penalty": penalty})
            )

    async def remove(self, queue: QueueName, agent: AgentId) -> bool:
        """Remove a member; whether there was one."""
        gone = delete(QueueMemberRow).where(QueueMemberRow.queue == queue, QueueMemberRow.agent == agent)
        async with writing(self._engine) as connection:
            return bool((await connection.execute(gone)).rowcount)


class Members:
    """All members of queues, those of the files and those that were added, and what may be changed.

    Raises `DatabaseUnavailable`, and `UnknownQueue` for a queue that the files do not have. `changed` is
    called after each change, which is in the audit log before as a deed of who did it (`by`).
    """

    def __init__(
        self,
        store: MemberStore,
        accounts: Accounts,
        audit: AuditLog,
        files: Callable[[], RoutingSettings],
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._store, self._accounts, self._audit = store, accounts, audit
        self._files, self._changed = files, changed

    async def of(self, queue: QueueName) -> list[QueueMember]:
        """Return a queue's members: by the files first, then by penalty and id."""
        settings = self._queue(queue)
        named = {each.agent for each in settings.members}
        added = [each for each in (await self._store.all()).get(queue, ()) if each.agent not in named]
        return [
            *(QueueMember(queue, each.agent, each.penalty, False) for each in settings.members),
            *(
                QueueMember(queue, each.agent, each.penalty, True)
                for each in sorted(added, key=lambda each: (each.penalty, each.agent))
            ),
        ]

    async def add(self, queue: QueueName, agent: AgentId, penalty: int, *, by: AgentId) -> QueueMember:
        """Make an agent a member, or give a member another penalty.

        Raises `MemberOfFiles` for one who is a member by `queues.conf`, and `UnknownAccount`.
        """
        self._refuse_member_of_files(queue, agent)
        if await self._accounts.credentials(agent) is None:
            raise UnknownAccount(f"there is no account {agent}")
        await self._audit.note(by, Deed.CHANGE_QUEUES, agent, queue=queue, penalty=penalty)
        await self._store.put(queue, agent, penalty)
        self._changed()
        return QueueMember(queue, agent, penalty, is_dynamic=True)

    async def remove(self, queue: QueueName, agent: AgentId, *, by: AgentId) -> None:
        """Take a member that was added out again; raises `MemberOfFiles` and `UnknownMember`."""
        self._refuse_member_of_files(queue, agent)
        if all(each.agent != agent for each in (await self._store.all()).get(queue, ())):
            raise UnknownMember(f"{agent} is no member of {queue}")
        await self._audit.note(by, Deed.CHANGE_QUEUES, agent, queue=queue, removed=True)
        await self._store.remove(queue, agent)
        self._changed()

    def _refuse_member_of_files(self, queue: QueueName, agent: AgentId) -> None:
        if any(each.agent == agent for each in self._queue(queue).members):
            raise MemberOfFiles(
                f"{agent} is a member of {queue} by a `member =>` line of queues.conf: change it there"
            )

    def _queue(self, queue: QueueName) -> QueueSettings:
        settings = self._files().queues.get(queue)
        if settings is None:
            raise UnknownQueue(f"queues.conf has no queue {queue}")
        return settings


def merged(files: RoutingSettings, added: DynamicMembers) -> RoutingSettings:
    """Return the settings with the members that were added after those of the files, who win."""
    queues = {}
    for name, queue in files.queues.items():
        named = {each.agent for each in queue.members}
        more = tuple(each for each in added.get(name, ()) if each.agent not in named)
        queues[name] = replace(queue, members=(*queue.members, *more)) if more else queue
    return replace(files, queues=queues)
