"""The durable outbox: what was put is sent once, in the order of its thread, or seen to have failed."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from typing import Any

import msgspec
import structlog
from msgspec.structs import replace
from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from acd.contact import Channel
from gateways.database import DATABASE_AWAY
from gateways.errors import OutboxUnavailable, ReplyRefused, SendFailed
from gateways.job import Done, Failed, Job, JobState, Outcome, Postponed, RetryPolicy, Settlement, wall_ms
from gateways.job_store import DeadLetter, JobStore
from gateways.job_worker import JobWorker
from gateways.pace import Pace
from gateways.protocol import Delivery, Gateway, Outbound
from gateways.tables import OutboxMessage

log = structlog.get_logger()

OnDelivery = Callable[[Outbound, Delivery], Awaitable[None]]

_PATIENCE = RetryPolicy(first_s=0.5, longest_s=300.0, tries_max=14)

_MORE = ("account", "subject", "files", "choices", "case", "refs", "fields", "is_automatic", "keeps_subject")

_DELIVERY = {
    JobState.WAITING: Delivery.QUEUED,
    JobState.DONE: Delivery.SENT,
    JobState.DEAD: Delivery.FAILED,
}


class Outbox:
    """Take messages and send them through their gateways. `run` is the service that sends.

    `on_delivery`, quick, is told `SENT` and `FAILED` after it is written, at most once: who was away
    asks `deliveries`. `paces` limits the requests to a channel's provider, or to one account of a channel; a
    provider that asks for patience (429 with Retry-After) holds all that goes by the same pace up, or all of
    its own where a channel has several.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        gateways: Mapping[Channel, Gateway],
        on_delivery: OnDelivery,
        *,
        owner: str,
        paces: Mapping[Channel | tuple[Channel, str], Pace] | None = None,
        policy: RetryPolicy = _PATIENCE,
        concurrency: int = 16,
        timeout_s: float = 30.0,
        poll_s: float = 1.0,
        grace_s: float = 5.0,
        now_ms: Callable[[], int] = wall_ms,
    ) -> None:
        self._gateways, self._on_delivery = gateways, on_delivery
        self._paces: dict[Channel | tuple[Channel, str], Pace] = {each: _unlimited() for each in gateways}
        self._paces |= paces or {}
        self._providers: dict[tuple[Channel, str], Pace] = {}
        self._jobs = JobStore(engine, OutboxMessage, _message_of, owner=owner, now_ms=now_ms)
        self._worker = JobWorker(
            self._jobs,
            self._send,
            policy=policy,
            settled=self._settled,
            concurrency=concurrency,
            timeout_s=timeout_s,
            poll_s=poll_s,
            grace_s=grace_s,
        )

    async def put(self, message: Outbound) -> bool:
        """Store a message to be sent; whether its key was new. Raises `OutboxUnavailable`.

        A reply token that another message already carries is left out: it works once.
        """
        row = _row_of(message)

        async def add(connection: AsyncConnection) -> bool:
            added = await self._jobs.add(connection, [row])
            if not added and message.reply_token is not None:
                added = await self._jobs.add(connection, [row | {"reply_token": None}])
            return bool(added)

        try:
            is_new = await self._jobs.transact(add)
        except DATABASE_AWAY as error:
            raise OutboxUnavailable(f"the database does not take messages: {type(error).__name__}") from error
        self._jobs.news.set()
        return is_new

    async def run(self) -> None:
        """Serve until cancelled."""
        await self._worker.run()

    async def deliveries(self, keys: Iterable[str]) -> dict[str, Delivery]:
        """Return how far the messages of these keys came; unknown keys are left out."""
        table = self._jobs.table
        query = select(table.c.key, table.c.state).where(table.c.key.in_(list(keys)))
        return {row.key: _DELIVERY[JobState(row.state)] for row in await self._jobs.fetch(query)}

    async def sent_as(self, keys: Iterable[str]) -> dict[str, str]:
        """Return what providers call the messages of these keys; those without are left out."""
        table = self._jobs.table
        query = select(table.c.key, table.c.sent_as).where(
            table.c.key.in_(list(keys)), table.c.sent_as.is_not(None)
        )
        return {row.key: row.sent_as for row in await self._jobs.fetch(query)}

    async def find(self, channels: Collection[Channel], names: Iterable[str]) -> dict[str, Outbound]:
        """Return the channels' messages that a provider calls so, or whose keys these are, by that name."""
        table, wanted = self._jobs.table, list(names)
        found: dict[str, Outbound] = {}
        for column in (table.c.key, table.c.sent_as):
            query = select(table).where(table.c.channel.in_(list(channels)), column.in_(wanted))
            for row in await self._jobs.fetch(query):
                found[getattr(row, column.name)] = _message_of(row)
        return found

    async def dead_letters(self) -> list[DeadLetter]:
        """List the messages that failed for good, oldest first."""
        return await self._jobs.dead()

    async def resend(self, key: str) -> bool:
        """Try a failed message again, under the same key; whether there was one.

        Where doubt alone kept it from being sent again, who asks for it settles the doubt. Its reply token is
        too old by now.
        """
        table = self._jobs.table
        is_dead = (table.c.key == key) & (table.c.state == JobState.DEAD)
        await self._jobs.fetch(update(table).where(is_dead).values(reply_token=None))
        once = [channel for channel, gateway in self._gateways.items() if gateway.sends_once]
        if await self._jobs.revive(table.c.key == key, table.c.channel.in_(once), keeps_doubt=False):
            return True
        return await self._jobs.revive(table.c.key == key)

    async def _send(self, job: Job[Outbound]) -> Outcome:
        message = job.payload
        gateway = self._gateways.get(message.channel)
        if gateway is None:
            return Failed("the channel is not set up", retryable=False, in_doubt=False)
        if gateway.sends_once and job.in_doubt:
            return Failed("an earlier try had no answer: it may have arrived", retryable=False)
        pace = self._paces.get((message.channel, message.account)) or self._paces[message.channel]
        held = self._held_by(gateway.provider(message), message.channel) or pace
        now_s = self._jobs.now_ms() / 1000
        for each in dict.fromkeys((held, pace)):
            if (wait_s := each.wait_s(now_s)) > 0:
                return Postponed(wait_s)
        try:
            return Done(await self._hand_over(gateway, job))
        except SendFailed as error:
            if error.retry_after_s is not None:
                held.pause(now_s + error.retry_after_s)
            if error.retryable:
                log.warning("outbox.not_sent", channel=message.channel, key=message.key, reason=error.reason)
            return Failed(error.reason, error.retryable, error.retry_after_s, error.in_doubt)

    def _held_by(self, provider: str, channel: Channel) -> Pace | None:
        """Return what one of a channel's providers is held up by; None where there is but one."""
        return self._providers.setdefault((channel, provider), _unlimited()) if provider else None

    async def _hand_over(self, gateway: Gateway, job: Job[Outbound]) -> str | None:
        try:
            return await gateway.send(job.payload, in_doubt=job.in_doubt)
        except ReplyRefused:
            await self._forget_reply_token(job.seq)
            return await gateway.send(replace(job.payload, reply_token=None), in_doubt=job.in_doubt)

    async def _forget_reply_token(self, seq: int) -> None:
        """Write that the token is void before anything else is tried.

        Otherwise a later try would take the token's refusal for the sign that an earlier one succeeded.
        """
        table = self._jobs.table
        await self._jobs.fetch(update(table).where(table.c.seq == seq).values(reply_token=None))

    async def _settled(self, job: Job[Outbound], settlement: Settlement) -> None:
        message = job.payload
        if settlement.state is JobState.DEAD:
            log.error(
                "outbox.dead_letter", channel=message.channel, key=message.key, reason=settlement.reason
            )
        if settlement.state is not JobState.WAITING:
            await self._on_delivery(message, _DELIVERY[settlement.state])


def _unlimited() -> Pace:
    """Return a pace that only a provider's own wish holds up."""
    return Pace(per_s=1e6, burst=1_000_000)


def _row_of(message: Outbound) -> dict[str, object]:
    return {
        "channel": message.channel,
        "key": message.key,
        "address": message.address,
        "text": message.text.replace("\x00", ""),  # PostgreSQL's text cannot hold it, and nobody sees it
        "contact": message.contact,
        "reply_token": message.reply_token,
        "more": _more(message),
    }


def _more(message: Outbound) -> dict[str, object] | None:
    """Return what few messages have, as it is stored."""
    values = {name: getattr(message, name) for name in _MORE}
    given = {name: value for name, value in values.items() if value}
    return msgspec.to_builtins(given) if given else None


def _message_of(row: Row[Any]) -> Outbound:
    common: dict[str, object] = {
        "channel": row.channel,
        "key": row.key,
        "address": row.address,
        "text": row.text,
        "contact": row.contact,
        "reply_token": row.reply_token,
    }
    return msgspec.convert(common | (row.more or {}), Outbound)
