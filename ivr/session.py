"""One caller in the menus: drives the walk over a call, and says what becomes of it."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Final

import structlog

from ivr import slots, walk
from ivr.caller import NOTHING, CallerPort, Question, Sounds
from ivr.flow import Flow, FormSection, Prompt, SectionName
from ivr.hearing import Choices, HeardAs, Noted, Understanding, Utterance, not_noted
from ivr.position import Ask, Fill, Input, Listen
from ivr.slot_session import FormCaller
from ivr.variables import spoken
from ivr.world import NoWorld, Reply, World, answer, failure

_log = structlog.get_logger(__name__)
_UNDERSTANDING_S: Final = 3.0
_SILENCE_S: Final = 3.5
"""After so long without a word callers are told that it takes a while."""
_HEARD_AS: Final[dict[type, HeardAs]] = {
    walk.Spoken: HeardAs.UNDERSTOOD,
    walk.Unsure: HeardAs.UNSURE,
    walk.NotUnderstood: HeardAs.NOT_UNDERSTOOD,
}


def _today() -> date:
    """Return today's date where this machine is."""
    return datetime.now().astimezone().date()


async def run(
    flow: Flow,
    caller: CallerPort,
    sounds: Sounds,
    *,
    dialled: str,
    number: str = "",
    trunk: str = "",
    language: str | None = None,
    start: SectionName | None = None,
    before: walk.Outcome | None = None,
    world: World | None = None,
    understanding: Understanding | None = None,
    stands: Callable[[walk.Position], None] = lambda _: None,
    today: Callable[[], date] = _today,
    noted: Noted = not_noted,
) -> walk.Outcome:
    """Lead a caller through the menus.

    The session keeps `flow`, whatever is reloaded meanwhile. `number` is the caller's as it is dialled at
    home, "" if withheld, `trunk` what it came by; `language` is what is known of him, `start` a section to
    begin in: where a call goes on after `Deflect`, with what came out `before`. Without `understanding`
    callers choose by keys. `stands` is told of each position, so that it is known how far a caller came who
    hangs up. `today` is the date that "tomorrow" is said on. `noted` counts what is heard.
    """
    session = _Session(flow, caller, sounds, world or NoWorld(), understanding, stands, today, noted)
    first = walk.begin(
        flow,
        dialled=dialled,
        caller=number,
        trunk=trunk,
        language=language,
        start=start,
        variables=before.variables if before else None,
        said=before.said if before else None,
        path=before.path if before else (),
    )
    return await session.run(first)


class _Session:
    """`said` is what is still to be said: it waits for what follows, so that a key cuts all of it short."""

    def __init__(
        self,
        flow: Flow,
        caller: CallerPort,
        sounds: Sounds,
        world: World,
        understanding: Understanding | None,
        stands: Callable[[walk.Position], None],
        today: Callable[[], date],
        noted: Noted,
    ) -> None:
        self._flow, self._caller, self._sounds = flow, caller, sounds
        self._world, self._understanding = world, understanding
        self._stands, self._today, self._noted = stands, today, noted
        self._said: list[str] = []

    async def run(self, step: walk.Step) -> walk.Outcome:
        while True:
            self._stands(step.position)
            self._said += await self._paths(step, step.prompts)
            match step.then:
                case walk.Outcome() as outcome:
                    await self._say_last()
                    _log.info("ivr_left", outcome=type(outcome.action).__name__, steps=len(outcome.path))
                    return outcome
                case Ask(is_quick=True) as ask:
                    given: Input = await self._answered(ask)
                case Ask() as ask:
                    given = await self._answered_meanwhile(step, ask)
                case Fill(section):
                    given = await self._filled(step, section)
                case Listen() as listen:
                    given = await self._heard(step, listen)
            step = walk.step(self._flow, step.position, given)

    async def _paths(self, step: walk.Step, prompts: Sequence[Prompt]) -> list[str]:
        filled = [spoken(prompt, step.position.variables) for prompt in prompts]
        return [str(await self._sounds.sound(prompt)) for prompt in filled]

    def _take_said(self) -> list[str]:
        said, self._said = self._said, []
        return said

    # --- the caller ------------------------------------------------------------------------------

    async def _heard(self, step: walk.Step, listen: Listen) -> walk.Heard:
        if listen.choices is None or self._understanding is None:
            keys = await self._caller.play_and_collect(self._take_said(), listen.question)
            return walk.Digits(keys) if keys else walk.Silence()
        choices = Choices(step.position.language, listen.choices)
        heard = await self._caller.play_and_hear(self._take_said(), listen.question, choices)
        if isinstance(heard, Utterance):
            meant = await self._understood(self._understanding, heard, choices)
            self._noted(choices.language, _HEARD_AS[type(meant)])
            return meant
        if not heard:
            self._noted(choices.language, HeardAs.SILENCE)
        return walk.Digits(heard) if heard else walk.Silence()

    async def _understood(
        self, understanding: Understanding, heard: Utterance, choices: Choices
    ) -> walk.Spoken | walk.Unsure | walk.NotUnderstood:
        _log.debug("ivr_said", personal_text=heard.text)
        try:
            async with asyncio.timeout(_UNDERSTANDING_S):
                guesses = await understanding.rank(heard, choices)
        except TimeoutError:
            _log.warning("ivr_not_understood_in_time")
            return walk.NotUnderstood()
        best = guesses[0] if guesses else None
        hearing = self._flow.hearing
        if best is None or best.confidence < hearing.unsure or best.choice not in choices.phrases:
            return walk.NotUnderstood()
        is_sure = best.confidence >= hearing.sure
        return walk.Spoken(best.choice, best.confidence) if is_sure else walk.Unsure(best.choice)

    async def _filled(self, step: walk.Step, section: FormSection) -> slots.Done | slots.GivenUp:
        language = step.position.language
        said = self._take_said()
        caller = FormCaller(section, language, self._caller, self._sounds, said, self._noted)
        filled = await caller.fill(self._today(), listens=self._understanding is not None)
        self._said = caller.said
        return filled

    async def _say(self, paths: Sequence[str], question: Question = NOTHING) -> None:
        """Play something to its end. Keys are kept for what follows."""
        if paths:
            await self._caller.play_and_collect(paths, question)

    async def _say_last(self) -> None:
        """Play last words; keys pressed meanwhile mean nothing any more."""
        await self._say(self._take_said(), Question(1, "", 0, 0, barge_in=False))

    # --- the world -------------------------------------------------------------------------------

    async def _answered(self, ask: Ask) -> Reply:
        request = ask.request
        try:
            async with asyncio.timeout(ask.timeout_s):
                return await answer(self._world, request)
        except TimeoutError:
            _log.warning("ivr_no_answer", request=type(request).__name__)
        except Exception as error:  # whatever the world is made of, the caller goes on
            _log.error("ivr_answer_failed", request=type(request).__name__, error=type(error).__name__)
        return failure(request)

    async def _answered_meanwhile(self, step: walk.Step, ask: Ask) -> Reply:
        """Ask the world while what was to be said is said, and so that no caller waits in silence."""
        asking = asyncio.create_task(self._answered(ask))
        try:
            await self._say(self._take_said())
            waiting = await self._paths(step, ask.waiting)
            while not (await asyncio.wait({asking}, timeout=_SILENCE_S))[0]:
                await self._say(waiting)
            return asking.result()
        finally:
            asking.cancel()
