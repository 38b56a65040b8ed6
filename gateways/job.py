"""A durable job and what becomes of it. Pure: no clock, no chance, no I/O.

A job waits, is claimed for a while by one worker, and ends done or dead; a dead one stays until a
person deals with it. A claim counts as an attempt from its first moment, so that a worker that was
killed at work leaves a trace: the job is then in doubt.
"""

import time
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

T = TypeVar("T")


class JobState(StrEnum):
    """Where a job stands. `DEAD` needs a person."""

    WAITING = "waiting"
    DONE = "done"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Job(Generic[T]):
    """A claimed job. `attempts` counts this try too; `refused`: earlier tries that surely had no effect."""

    seq: int
    payload: T
    attempts: int
    refused: int

    @property
    def in_doubt(self) -> bool:
        """Whether an earlier try may have had its effect though nobody knows."""
        return self.attempts - 1 > self.refused


@dataclass(frozen=True, slots=True)
class Done:
    """The job's work took effect; `sent_as` is what others call it."""

    sent_as: str | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """A try failed. Not `retryable`: no further try can help. `in_doubt`: it may have had its effect."""

    reason: str
    retryable: bool = True
    retry_after_s: float | None = None
    in_doubt: bool = True


@dataclass(frozen=True, slots=True)
class Postponed:
    """Nothing was tried: it is not the time yet."""

    delay_s: float


Outcome = Done | Failed | Postponed


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How patiently a failing job is tried again: from `first_s` doubling up to `longest_s` seconds."""

    first_s: float = 0.5
    longest_s: float = 300.0
    tries_max: int = 12

    def delay_s(self, attempts: int, jitter: float) -> float:
        """Return seconds to wait after so many attempts; `jitter` (0 to 1) takes up to half of it away."""
        whole: float = min(self.longest_s, self.first_s * 2.0 ** min(attempts - 1, 60))
        return whole * (1.0 - jitter / 2)


@dataclass(frozen=True, slots=True)
class Settlement:
    """What is written about a job after a try."""

    seq: int
    state: JobState
    attempts: int
    refused: int
    due_at_ms: int
    reason: str
    sent_as: str | None = None


def settle(job: Job[T], outcome: Outcome, policy: RetryPolicy, *, now_ms: int, jitter: float) -> Settlement:
    """Decide what becomes of a job: done, tried again at a time, or dead."""
    if isinstance(outcome, Done):
        return Settlement(job.seq, JobState.DONE, job.attempts, job.refused, 0, "", outcome.sent_as)
    if isinstance(outcome, Postponed):
        due_at_ms = now_ms + _ms(outcome.delay_s)
        return Settlement(job.seq, JobState.WAITING, job.attempts - 1, job.refused, due_at_ms, "")
    refused = job.refused if outcome.in_doubt else job.refused + 1
    if not outcome.retryable or job.attempts >= policy.tries_max:
        return Settlement(job.seq, JobState.DEAD, job.attempts, refused, 0, outcome.reason)
    delay_s = max(policy.delay_s(job.attempts, jitter), outcome.retry_after_s or 0.0)
    due_at_ms = now_ms + _ms(delay_s)
    return Settlement(job.seq, JobState.WAITING, job.attempts, refused, due_at_ms, outcome.reason)


def wall_ms() -> int:
    """Return Unix time in milliseconds."""
    return time.time_ns() // 1_000_000


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
