"""One caller's audio in a recognition process: what is speech, and which parts the engine gets."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from ivr.asr.endpoint import FRAME_S, Endpointer, EndpointTimes, Mark
from ivr.asr.fax_tone import FaxDetector
from ivr.asr.vad import VoiceActivity, VoiceModel

_BEFORE_S: Final = 0.4
"""So much of what was heard before speech was noticed belongs to it."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Audio of the utterance that is under way."""

    pcm: bytes


@dataclass(frozen=True, slots=True)
class Span:
    """An utterance is over; when its speech began and ended, in seconds since the stream began."""

    began_s: float
    ended_s: float


@dataclass(frozen=True, slots=True)
class FaxHeard:
    """A fax machine calls."""


Found = Mark | Piece | Span | FaxHeard


@dataclass(slots=True)
class Ears:
    """Pure but for the model: audio in, what it means out."""

    model: VoiceModel
    rate: int
    times: EndpointTimes
    _heard_s: float = 0.0
    _began_s: float = 0.0
    _before: deque[bytes] = field(default_factory=deque)
    _voice: VoiceActivity = field(init=False)
    _fax: FaxDetector = field(init=False)
    _endpointer: Endpointer = field(init=False)

    def __post_init__(self) -> None:
        self._voice, self._fax = VoiceActivity(self.model, self.rate), FaxDetector(self.rate)
        self._endpointer = Endpointer(self.times)

    def feed(self, audio: bytes) -> Iterator[Found]:
        """Take audio and yield what it means, in order."""
        if self._fax.feed(audio):
            yield FaxHeard()
        if self._endpointer.is_speaking:
            yield Piece(audio)
        else:
            self._remember(audio)
        for probability in self._voice.feed(audio):
            self._heard_s += FRAME_S
            if (mark := self._endpointer.step(probability)) is not None:
                yield from self._marked(mark)

    def _marked(self, mark: Mark) -> Iterator[Found]:
        if mark is Mark.BEGAN:
            self._began_s = max(0.0, self._heard_s - 3 * FRAME_S)
            yield mark
            yield Piece(b"".join(self._before))
            self._before.clear()
        elif mark is Mark.ENDED:
            yield Span(self._began_s, self._heard_s - self._endpointer.silent_s)
        else:
            yield mark

    def _remember(self, audio: bytes) -> None:
        self._before.append(audio)
        kept = sum(map(len, self._before))
        while kept - len(self._before[0]) >= 2 * self.rate * _BEFORE_S:
            kept -= len(self._before.popleft())
