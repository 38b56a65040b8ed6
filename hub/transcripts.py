"""What is said in calls, as text: masked, shown to the agent as it is said, kept and found again."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

import structlog

from acd.ids import AgentId, ContactId, QueueName
from crm_bridge.model import JourneyItem, JourneyKind
from crm_bridge.transcripts import TranscriptLine
from hub.board import LiveContact
from hub.clock import now_ms
from hub.crm import Crm
from hub.desktop.protocol import Event, TranscriptShown
from hub.journal import Journal
from ivr.hearing import Utterance
from ivr.masking import Line, Masker

log = structlog.get_logger()

_LINES_MAX = 5_000
"""Of one call; what is said after that is not written down."""


_CALLS_MAX = 2_000
_MARGIN_MS = 300
"""An utterance is found a moment after its first sound."""


class Side(StrEnum):
    """Who speaks."""

    CUSTOMER = "customer"
    AGENT = "agent"


class Send(Protocol):
    """Tells an agent's desktops (`hub.desktop.registry.Desktops.send` serves)."""

    def __call__(self, agent: AgentId, event: Event) -> bool: ...


class Silence(Protocol):
    """Has a stretch of a contact's recording made silent, from one time to another (Unix time)."""

    def __call__(self, contact: ContactId, from_ms: int, to_ms: int) -> None: ...


@dataclass(slots=True)
class _Written:
    """A call that is being written down. `began_ms`: when each side's clock began."""

    queue: QueueName
    count: int = 0
    maskers: dict[Side, Masker] = field(default_factory=dict)
    spans: dict[str, tuple[int, int]] = field(default_factory=dict)
    lines: dict[str, TranscriptLine] = field(default_factory=dict)


class Transcripts:
    """Takes utterances of both sides of a call.

    `send` is told later, `silence` too where recordings are to be silenced; `is_silenced` says whether a
    queue asks for that.
    """

    def __init__(
        self,
        *,
        crm: Crm,
        journal: Journal,
        is_silenced: Callable[[QueueName], bool] = lambda _: False,
        clock_ms: Callable[[], int] = now_ms,
    ) -> None:
        self._crm, self._journal = crm, journal
        self.is_silenced, self._clock_ms = is_silenced, clock_ms
        self._calls: dict[ContactId, _Written] = {}
        self.send: Send = lambda agent, event: False
        self.silence: Silence = lambda contact, from_ms, to_ms: None

    def heard(self, live: LiveContact, side: Side, utterance: Utterance, ended_ms: int | None = None) -> None:
        """Write down what a side of a call said; never raises, never waits.

        It ended at `ended_ms`, or now; utterances of one side come in order, also once the call is over.
        """
        contact, said = live.id, utterance.written
        if not said.text.strip():
            return
        written = self._calls.setdefault(contact, _Written(live.queue))
        if len(self._calls) > _CALLS_MAX:  # ends that nobody told of
            del self._calls[next(iter(self._calls))]
        if written.count >= _LINES_MAX:
            return
        written.count += 1
        at_ms = self._clock_ms() if ended_ms is None else ended_ms
        began_ms = at_ms - max(0, round((utterance.ended_s - utterance.began_s) * 1000))
        id_ = f"{contact}:{began_ms}:{written.count:05}"
        written.spans[id_] = began_ms, at_ms
        maskers = {each: written.maskers.setdefault(each, Masker(utterance.language)) for each in Side}
        for each, masker in maskers.items():
            if each is not side:
                masker.named(said.text, began_ms / 1000)
        for line in maskers[side].heard(id_, said.text, began_ms / 1000, at_ms / 1000):
            self._take(live, written, side, line, round(said.confidence * 100))

    def lines(self, contact: ContactId) -> tuple[TranscriptLine, ...]:
        """Return what was said so far in a call that lives, in order."""
        written = self._calls.get(contact)
        return tuple(written.lines.values()) if written is not None else ()

    def ended(self, contact: ContactId) -> tuple[TranscriptLine, ...]:
        """The call is over; returns all that was said in it."""
        written = self._calls.pop(contact, None)
        if written is None:
            return ()
        item = JourneyItem(self._clock_ms(), JourneyKind.TRANSCRIBED, detail={"lines": len(written.lines)})
        self._journal.put(lambda: self._crm.contacts.talked(contact, item))
        return tuple(written.lines.values())

    def _take(self, live: LiveContact, written: _Written, side: Side, line: Line, confidence: int) -> None:
        began_ms, ended_ms = written.spans[line.id]
        known = written.lines.get(line.id)
        shown = TranscriptLine(
            id=line.id,
            contact=live.id,
            queue=written.queue or live.queue,
            side=side,
            agent=live.agent,
            text=line.text,
            at_ms=began_ms,
            confidence=known.confidence if known else confidence,
        )
        written.lines[line.id] = shown
        self._journal.put(lambda: self._crm.transcripts.write(shown))
        if live.agent is not None:
            self.send(live.agent, TranscriptShown(contact=live.id, line=shown))
        if line.is_masked and self.is_silenced(live.queue):
            self.silence(live.id, began_ms - _MARGIN_MS, ended_ms + _MARGIN_MS)
        log.debug("transcript.heard", contact=live.id, side=side, personal_text=line.text)
