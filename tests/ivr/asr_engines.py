"""Engines for tests, named `tests.ivr.asr_engines:NAME` to the process that recognition runs in."""

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from ivr.asr.engine import Decoder
from ivr.hearing import Alternative

HERE = "tests.ivr.asr_engines"


class Counting:
    """Hears how many tenths of a second of audio an utterance has."""

    def __init__(self, model: Path, threads: int) -> None:
        pass

    def decoder(self, language: str, phrases: Sequence[str], rate: int) -> Decoder:
        return _Counter(rate)


class _Counter:
    def __init__(self, rate: int) -> None:
        self._rate, self._bytes = rate, 0

    def feed(self, audio: bytes) -> str:
        self._bytes += len(audio)
        return str(self._tenths)

    def anticipate(self) -> None:
        pass

    def resume(self) -> None:
        pass

    def finish(self) -> tuple[Alternative, ...]:
        found, self._bytes = self._tenths, 0
        return (Alternative(str(found), 0.9),)

    @property
    def _tenths(self) -> int:
        return round(10 * self._bytes / 2 / self._rate)


class Agreeing(Counting):
    """Hears a number in the first utterance, and that somebody agrees in all others."""

    def __init__(self, model: Path, threads: int) -> None:
        self.utterances = 0

    def decoder(self, language: str, phrases: Sequence[str], rate: int) -> Decoder:
        return _Agreement(self, rate)


class _Agreement(_Counter):
    def __init__(self, engine: Agreeing, rate: int) -> None:
        super().__init__(rate)
        self._engine = engine

    def finish(self) -> tuple[Alternative, ...]:
        self._engine.utterances += 1
        return (Alternative("1234" if self._engine.utterances == 1 else "はい", 0.7),)


class Dying(Counting):
    """Dies at the first utterance."""

    def decoder(self, language: str, phrases: Sequence[str], rate: int) -> Decoder:
        os._exit(3)


class DyingLater(Counting):
    """Dies at the second utterance of a caller."""

    def decoder(self, language: str, phrases: Sequence[str], rate: int) -> Decoder:
        return _Once(rate, lambda: os._exit(3))


class RaisingLater(Counting):
    """Fails at the second utterance of a caller."""

    def decoder(self, language: str, phrases: Sequence[str], rate: int) -> Decoder:
        return _Once(rate, _raise)


class _Once(_Counter):
    def __init__(self, rate: int, fail: Callable[[], None]) -> None:
        super().__init__(rate)
        self._fail, self._is_used = fail, False

    def finish(self) -> tuple[Alternative, ...]:
        if self._is_used:
            self._fail()
        self._is_used = True
        return super().finish()


def _raise() -> None:
    raise ValueError("no more")


class Hanging(Counting):
    """Hangs at the first utterance."""

    def decoder(self, language: str, phrases: Sequence[str], rate: int) -> Decoder:
        time.sleep(600)
        raise AssertionError


class Raising(Counting):
    """Cannot listen in any language."""

    def decoder(self, language: str, phrases: Sequence[str], rate: int) -> Decoder:
        raise ValueError("no such language")


class Broken(Counting):
    """Cannot be loaded."""

    def __init__(self, model: Path, threads: int) -> None:
        raise ValueError("it is broken")


class DyingEarly(Counting):
    """Dies while it is loaded."""

    def __init__(self, model: Path, threads: int) -> None:
        os._exit(3)
