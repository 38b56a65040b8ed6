"""Faxes that we send: each waits in the database, is called out by Asterisk, tried again, and told of.

A turn of a job is short. It looks at the calls that Asterisk has made for it, whose files lie in the spool,
and begins the next one where there is none. So a hub that was away goes on where it stopped: what Asterisk
sent meanwhile is not sent again.
"""

import asyncio
import hashlib
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import msgspec
import structlog
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from acd.contact import Channel
from gateways.database import DATABASE_AWAY
from gateways.errors import FileGone, FilesUnavailable, GatewayError, SendFailed
from gateways.fax import codec
from gateways.fax.conf import FaxLine
from gateways.fax.converting import Converter, Sheet, Unreadable
from gateways.fax.gateway import FaxGateway
from gateways.fax.report import Report
from gateways.job import Done, Failed, Job, JobState, Outcome, Postponed, RetryPolicy, Settlement, wall_ms
from gateways.job_store import JobStore
from gateways.job_worker import JobWorker
from gateways.protocol import Delivery, Outbound, Store
from gateways.tables import FaxJob

log = structlog.get_logger()

_PATIENCE = RetryPolicy(first_s=60.0, longest_s=900.0, tries_max=20)
_LOOK_S, _AWAY_S = 1.0, 5.0
_RING_S = 60
_BEGUN_S = 20.0
"""So long a call may take until Asterisk has a channel of it that can be seen."""
_AT_ONCE = 4
_NO_FAX_TRIES = 2
"""So often a person is called who is not a fax machine."""


class TelephoneAway(GatewayError):
    """No call can be begun now."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to a number: an endpoint of Asterisk, and how we call there ("": the trunk's own number)."""

    endpoint: str
    caller_id: str


@dataclass(frozen=True, slots=True)
class Try:
    """How one try to send a fax came out; `pages` of `of` went over. `number` counts from 1."""

    number: int
    result: str
    pages: int
    of: int
    rate: int
    mode: str
    station: str
    is_last: bool


class Telephone(Protocol):
    """Who calls: `hub.fax.telephone.FaxTelephone` serves."""

    @property
    def is_ours(self) -> bool:
        """Whether Asterisk is there and ours to serve."""

    async def ways(self, number: str) -> Sequence[Way]: ...

    async def call(self, name: str, way: Way, pages: Path, line: FaxLine, ring_s: int) -> None:
        """Have a file called out (its path without suffix); the same name once. Raises `TelephoneAway`."""

    async def is_alive(self, name: str, pages: Path) -> bool:
        """Whether Asterisk is at it; raises `TelephoneAway`."""

    def note(self, message: Outbound, tried: Try) -> None:
        """Keep how a try came out where people see it; told again, it is the same."""


class Sending:
    """The queue. `run` is the service of each hub; the one that has the node makes the calls."""

    def __init__(
        self,
        engine: AsyncEngine,
        gateway: FaxGateway,
        telephone: Telephone,
        store: Store,
        converter: Converter,
        *,
        owner: str,
        policy: RetryPolicy = _PATIENCE,
        now_ms: Callable[[], int] = wall_ms,
    ) -> None:
        self._gateway, self._telephone, self._store, self._converter = gateway, telephone, store, converter
        self._spool, self._now_ms = gateway.spool, now_ms
        self._sizes: dict[str, int] = {}
        self._begun: dict[str, float] = {}
        self._jobs = JobStore(engine, FaxJob, _message_of, owner=owner, now_ms=now_ms)
        self._worker = JobWorker(
            self._jobs, self._perform, policy=policy, settled=self._settled, concurrency=8, timeout_s=120.0
        )

    async def put(self, message: Outbound) -> None:
        """Store a fax, once for each key; raises `SendFailed`."""
        row = {
            "channel": Channel.FAX,
            "key": message.key,
            "address": message.address,
            "message": msgspec.json.encode(message),
        }

        async def add(connection: AsyncConnection) -> None:
            await self._jobs.add(connection, [row])

        try:
            await self._jobs.transact(add)
        except DATABASE_AWAY as error:
            raise SendFailed(f"the database is away: {type(error).__name__}", retryable=True) from None
        self._jobs.news.set()

    async def run(self) -> None:
        """Serve until cancelled."""
        await asyncio.to_thread(shutil.rmtree, self._gateway.work, ignore_errors=True)  # what a crash left
        await self._worker.run()

    async def _perform(self, job: Job[Outbound]) -> Outcome:
        if not self._telephone.is_ours:
            return Postponed(_AWAY_S)
        name, message = _name(job.payload), job.payload
        number = codec.e164(message.address, self._gateway.region)
        try:
            calls = await asyncio.to_thread(self._spool.calls, name)
            if not calls:
                return await self._begin(job, name, number or "")
            last = calls[-1]
            if not last.is_over:
                return await self._look(name, len(calls) - 1)
            ways = await self._telephone.ways(number or "") if last.is_trunk_s_fault else ()
            if len(calls) < len(ways):
                await self._dial(name, len(calls), ways[len(calls)], message, self._spool.call(name, 0))
                return Postponed(_LOOK_S)
            return await self._outcome(job, last)
        except (TelephoneAway, FilesUnavailable, OSError) as error:
            log.warning("fax.not_sent_now", error=type(error).__name__)
            return Postponed(_AWAY_S)

    # --- a call --------------------------------------------------------------------------------

    async def _begin(self, job: Job[Outbound], name: str, number: str) -> Outcome:
        message = job.payload
        if await asyncio.to_thread(self._spool.count) >= _AT_ONCE:
            return Postponed(_LOOK_S)
        ways = await self._telephone.ways(number)
        if not ways:
            return await self._outcome(job, Report(dial="CHANUNAVAIL"))
        try:
            await self._first(name, message, ways[0])
        except Unreadable as error:
            return await self._dead(job, error.reason)
        except FileGone:
            return await self._dead(job, "file_gone")
        return Postponed(_LOOK_S)

    async def _first(self, name: str, message: Outbound, way: Way) -> None:
        """Make the pages and have them called out."""
        self._gateway.work.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryDirectory(dir=self._gateway.work) as folder:
            pages = Path(folder) / "pages.tif"
            self._sizes[name] = await self._made(message, Path(folder), pages)
            await self._dial(name, 0, way, message, pages.with_suffix(""))

    async def _dial(self, name: str, at: int, way: Way, message: Outbound, pages: Path) -> None:
        base = await asyncio.to_thread(self._spool.begin, name, at, pages.with_suffix(".tif"))
        self._begun[f"{name}-{at}"] = asyncio.get_running_loop().time()
        try:
            await self._telephone.call(f"{name}-{at}", way, base, self._line(message), _RING_S)
        except TelephoneAway:
            await asyncio.to_thread(self._spool.end, name, at, "dial=CONGESTION")
            raise

    async def _made(self, message: Outbound, folder: Path, target: Path) -> int:
        """Make the pages; returns how many. Raises `Unreadable`, `FileGone`, `FilesUnavailable`."""
        line, files = self._line(message), list[tuple[Path, str]]()
        for at, file in enumerate(message.files):
            path = folder / str(at)
            with path.open("wb") as target_file:
                async for block in self._gateway.files.read(file):
                    target_file.write(block)
            files.append((path, file.type))
        sheet = _sheet(message, line) if message.text.strip() else None
        return (await self._converter.send(files, sheet, line.pages_max, target)).pages

    async def _look(self, name: str, way: int) -> Outcome:
        """See whether Asterisk is at it still; one that it forgot is over."""
        call = f"{name}-{way}"
        begun_s = self._begun.setdefault(call, asyncio.get_running_loop().time())
        if asyncio.get_running_loop().time() - begun_s < _BEGUN_S:
            return Postponed(_LOOK_S)
        if await self._telephone.is_alive(call, self._spool.call(name, way)):
            return Postponed(_LOOK_S)
        await asyncio.sleep(_LOOK_S)  # what ends writes its report before it vanishes
        calls = await asyncio.to_thread(self._spool.calls, name)
        if calls and not calls[-1].is_over:
            await asyncio.to_thread(self._spool.end, name, way, "status=FAILED\nerror=LOST")
        return Postponed(0.0)

    # --- how it came out -----------------------------------------------------------------------

    async def _outcome(self, job: Job[Outbound], report: Report) -> Outcome:
        result = "lost" if report.error == "LOST" else report.result
        if report.is_whole:
            await self._tell(job, report, result, Delivery.DELIVERED)
            return Done(job.payload.key)
        tries_max = self._line(job.payload).tries_max
        if result == "no_fax":
            tries_max = min(tries_max, _NO_FAX_TRIES)
        is_last = report.is_wrong_number or job.attempts >= tries_max
        await self._tell(job, report, result, Delivery.FAILED if is_last else None)
        return Failed(result, retryable=not is_last, in_doubt=False)

    async def _dead(self, job: Job[Outbound], reason: str) -> Outcome:
        """It cannot be sent, however often."""
        await self._tell(job, Report(), reason, Delivery.FAILED)
        return Failed(reason, retryable=False, in_doubt=False)

    async def _tell(self, job: Job[Outbound], report: Report, result: str, delivery: Delivery | None) -> None:
        message, name = job.payload, _name(job.payload)
        pages = report.pages
        of = self._sizes.get(name, pages)
        tried = Try(
            job.attempts,
            result,
            pages,
            of,
            report.rate,
            report.mode,
            report.station,
            delivery is not None,
        )
        self._telephone.note(message, tried)
        if delivery is not None:
            sent = codec.Sent(message.key, delivery, self._now_ms(), result)
            await self._store([codec.event_of_sent(sent, message.address)])
        self._gateway.counts["out", result, report.mode] += 1
        self._gateway.counts["out", "pages", report.mode] += pages
        log.info("fax.tried", key=message.key, result=result, pages=pages, attempt=job.attempts)

    async def _settled(self, job: Job[Outbound], settlement: Settlement) -> None:
        if settlement.state is JobState.WAITING and not settlement.reason:
            return  # it was postponed
        name = _name(job.payload)
        self._sizes.pop(name, None)
        for call in [each for each in self._begun if each.startswith(f"{name}-")]:
            del self._begun[call]
        await asyncio.to_thread(self._spool.clear, name)

    def _line(self, message: Outbound) -> FaxLine:
        lines = self._gateway.lines
        return lines.get(message.account) or next(iter(lines.values()))


def _name(message: Outbound) -> str:
    """Return what a fax is called in the spool."""
    return hashlib.sha256(message.key.encode()).hexdigest()[:24]


def _message_of(row: Row[Any]) -> Outbound:
    return msgspec.json.decode(row.message, type=Outbound)


def _sheet(message: Outbound, line: FaxLine) -> Sheet:
    head = [f"TO  {message.address}", f"FROM  {' '.join((line.company, line.station)).strip()}"]
    if message.case:
        head.append(f"受付番号 {message.case}")
    return Sheet(tuple(each for each in head if not each.endswith("  ")), message.text, line.font)
