"""One caller in the menus: drives the walk over a call, and says what becomes of it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import structlog

from ivr import walk
from ivr.flow import Flow, Prompt, SectionName

_log = structlog.get_logger(__name__)


class CallerPort(Protocol):
    """The caller's leg, as far as menus need it."""

    async def play_and_collect(
        self,
        sounds: Sequence[str],
        *,
        digits_max: int,
        terminator: str,
        first_digit_timeout_s: float,
        digit_timeout_s: float,
        barge_in: bool,
    ) -> str:
        """Play sounds one after the other and return the keys pressed, "" if none came in time.

        `sounds` are absolute paths of WAV files (8 kHz, mono, 16 bit). The first time-out counts
        from the end of the last sound. With `barge_in` the first key stops the sounds; without, they
        are played to the end. `terminator` (empty: none) is not returned. Raises the port's own
        error when the caller has gone: it passes through the session.
        """


class Sounds(Protocol):
    """Where a prompt's sound comes from; never fails, so that no call waits for a voice."""

    async def sound(self, prompt: Prompt) -> Path: ...


async def run(
    flow: Flow,
    caller: CallerPort,
    sounds: Sounds,
    *,
    dialled: str,
    language: str | None = None,
    start: SectionName | None = None,
) -> walk.Outcome:
    """Lead a caller through the menus.

    The session keeps `flow`, whatever is reloaded meanwhile. `language` is what is known of the
    caller, `start` a section to begin in: where a call goes on after `Deflect`.
    """
    step = walk.begin(flow, dialled=dialled, language=language, start=start)
    while True:
        paths = [str(await sounds.sound(prompt)) for prompt in step.prompts]
        if isinstance(step.then, walk.Outcome):
            await _say(caller, paths)
            _log.info("ivr_left", outcome=type(step.then.action).__name__, steps=len(step.then.path))
            return step.then
        keys = await caller.play_and_collect(
            paths,
            digits_max=step.then.digits_max,
            terminator=step.then.terminator,
            first_digit_timeout_s=step.then.first_digit_timeout_s,
            digit_timeout_s=step.then.digit_timeout_s,
            barge_in=step.then.barge_in,
        )
        _log.debug("ivr_heard", section=step.position.section, personal_keys=keys)
        step = walk.step(flow, step.position, walk.Digits(keys) if keys else walk.Silence())


async def _say(caller: CallerPort, paths: Sequence[str]) -> None:
    """Play last words; keys pressed meanwhile mean nothing any more."""
    if paths:
        await caller.play_and_collect(
            paths,
            digits_max=1,
            terminator="",
            first_digit_timeout_s=0,
            digit_timeout_s=0,
            barge_in=False,
        )
