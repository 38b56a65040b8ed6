"""Where an utterance begins and ends, by how likely each frame is speech. Pure: time is counted in frames."""

from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

FRAME_S: Final = 0.032
"""What one probability is of: 512 samples at 16 kHz."""
_ON: Final = 0.3
"""Over the telephone the model is less sure than it is at 16 kHz: noise and music stay below 0.2."""
_OFF: Final = 0.2
_ONSET_OF: Final = 3
_ONSET_FRAMES: Final = 2
"""So many of the last `_ONSET_OF` frames are speech: somebody speaks."""


class Mark(StrEnum):
    """What a frame changed. `PAUSED`: an utterance may be over; `RESUMED`: it is not."""

    BEGAN = "began"
    PAUSED = "paused"
    RESUMED = "resumed"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class EndpointTimes:
    """All in seconds: silence that may end an utterance and that does, speech that ends it by its length."""

    pause_s: float = 0.16
    wait_s: float = 0.5
    speech_s_max: float = 9.0


class Endpointer:
    """Follows one stream, frame by frame."""

    def __init__(self, times: EndpointTimes) -> None:
        self._pause = _frames(min(times.pause_s, times.wait_s))
        self._wait, self._max = _frames(times.wait_s), _frames(times.speech_s_max)
        self._recent: deque[bool] = deque(maxlen=_ONSET_OF)
        self._length = self._silent = 0
        self.is_speaking = False

    @property
    def silent_s(self) -> float:
        """For how long nothing was said since the utterance's last frame of speech."""
        return self._silent * FRAME_S

    def step(self, probability: float) -> Mark | None:
        """Take the next frame."""
        return self._go_on(probability) if self.is_speaking else self._look_for_onset(probability)

    def _look_for_onset(self, probability: float) -> Mark | None:
        self._recent.append(probability >= _ON)
        if sum(self._recent) < _ONSET_FRAMES:
            return None
        self._recent.clear()
        self.is_speaking, self._length, self._silent = True, 0, 0
        return Mark.BEGAN

    def _go_on(self, probability: float) -> Mark | None:
        self._length += 1
        was_paused = self._silent >= self._pause
        self._silent = 0 if probability >= _OFF else self._silent + 1
        if self._silent >= self._wait or self._length >= self._max:
            self.is_speaking = False
            return Mark.ENDED
        if was_paused and not self._silent:
            return Mark.RESUMED
        return Mark.PAUSED if self._silent == self._pause else None


def _frames(seconds: float) -> int:
    return max(1, round(seconds / FRAME_S))
