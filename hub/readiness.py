"""Which of the parts that the hub stands on are there."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import structlog

from hub.clock import now_ms

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class PartState:
    """Whether a part is there, since when (Unix time), and if not, why."""

    ready: bool
    since_ms: int
    why: str = ""


class Readiness:
    """What is known of each part (`redis`, `database`, `asterisk`...): all must be there to be ready.

    Each part is watched by whoever uses it and told by `set`; a part of which nothing was said yet is
    not ready.
    """

    def __init__(self, parts: Iterable[str], clock_ms: Callable[[], int] = now_ms) -> None:
        self._clock_ms = clock_ms
        self._parts = {part: PartState(False, clock_ms(), "not heard of yet") for part in parts}

    def set(self, part: str, ok: bool, why: str = "") -> None:
        """Note a part's state; a part not named at the start is added. `why` must not be personal."""
        before = self._parts.get(part)
        changed = before is None or before.ready is not ok
        since_ms = self._clock_ms() if before is None or changed else before.since_ms
        self._parts[part] = PartState(ok, since_ms, "" if ok else why)
        if changed:
            note = log.info if ok else log.warning
            note("readiness.changed", part=part, ready=ok, why=why)

    @property
    def is_ready(self) -> bool:
        return all(state.ready for state in self._parts.values())

    @property
    def parts(self) -> Mapping[str, PartState]:
        return self._parts
