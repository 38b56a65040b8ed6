"""What one caller hears and types: the play-and-collect primitive."""

import asyncio
import secrets
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from cti.errors import CtiError

_TYPED_AHEAD_MAX = 64
_PROMPT_S_MAX = 600.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is collected. `terminator` ends the input and is not part of it; `""`: there is none.

    `first_digit_timeout_s` counts from the end of the prompt, `digit_timeout_s` from the digit before. With
    `barge_in` a digit stops the prompt.
    """

    digits_max: int
    first_digit_timeout_s: float
    digit_timeout_s: float
    terminator: str = "#"
    barge_in: bool = True


class Player(Protocol):
    """How the dialogue makes sound."""

    async def play(self, playback: str, sounds: Sequence[str]) -> None:
        """Begin to play media URIs one after the other, as one playback of that id."""

    async def stop(self, playback: str) -> None:
        """Stop a playback, also one that is over; never raises."""


class Dialogue:
    """Prompts and digits of one call. Digits typed while nobody asks are kept for the next question."""

    def __init__(self) -> None:
        self._typed: deque[tuple[str, float]] = deque()
        """Digits, and when they were typed."""
        self._playing: str | None = None
        self._over: CtiError | None = None
        self._is_asking = self._is_cut_short = self._has_digit = False
        self._stirred = asyncio.Event()

    @property
    def playing(self) -> str | None:
        """Id of the playback that sounds, if one does."""
        return self._playing

    @property
    def is_typing(self) -> bool:
        """Whether the question that is being asked has got a digit."""
        return self._is_asking and (self._has_digit or bool(self._typed))

    def typed(self, digit: str) -> None:
        if len(self._typed) < _TYPED_AHEAD_MAX:
            self._typed.append((digit, asyncio.get_running_loop().time()))
            self._stirred.set()

    def played(self, playback: str) -> None:
        """A playback ended by itself."""
        if playback == self._playing:
            self._playing = None
            self._stirred.set()

    def stop_prompt(self) -> None:
        """Let the question's sounds end, as if they were over."""
        self._is_cut_short = True
        self._stirred.set()

    def forget_typed(self) -> None:
        self._typed.clear()

    def interrupt(self, error: CtiError) -> None:
        """Make the question being asked, if any, raise `error`."""
        if self._is_asking:
            self._over = error
            self._stirred.set()

    async def ask(self, player: Player, sounds: Sequence[str], wanted: Wanted) -> str:
        """Play, collect and return the digits: `""` when none came in time.

        With `barge_in`, a digit stops the sounds, and one typed ahead keeps them from being played.
        """
        assert not self._is_asking, "one question at a time"
        self._is_asking, self._over = True, None
        self._is_cut_short = self._has_digit = False
        try:
            if sounds and not (wanted.barge_in and self._typed):
                await self._play(player, sounds, wanted)
            return await self._collect(wanted)
        finally:
            self._is_asking = False

    async def _play(self, player: Player, sounds: Sequence[str], wanted: Wanted) -> None:
        deadline = asyncio.get_running_loop().time() + _PROMPT_S_MAX
        playback = self._playing = secrets.token_hex(8)
        try:
            await player.play(playback, sounds)
            while self._playing and not self._is_cut_short and not (wanted.barge_in and self._typed):
                if not await self._stir(deadline):
                    break
        finally:
            if self._playing:
                self._playing = None
                await player.stop(playback)

    async def _collect(self, wanted: Wanted) -> str:
        clock = asyncio.get_running_loop().time
        digits, deadline = "", clock() + wanted.first_digit_timeout_s
        while len(digits) < wanted.digits_max:
            if not self._typed:
                if not await self._stir(deadline):
                    break
                continue
            digit, typed_s = self._typed.popleft()
            if digit == wanted.terminator:
                break
            self._has_digit = True
            digits, deadline = digits + digit, typed_s + wanted.digit_timeout_s
        return digits

    async def _stir(self, deadline: float) -> bool:
        """Wait until something happens; whether it did before the deadline (of the loop's clock)."""
        self._stirred.clear()
        if self._over is None:
            try:
                async with asyncio.timeout_at(deadline):
                    await self._stirred.wait()
            except TimeoutError:
                return False
        if self._over is not None:
            raise self._over
        return True
