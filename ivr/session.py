"""One caller in the menus: drives the walk over a call, and says what becomes of it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Final, TypeVar

import structlog

from ivr import slots, walk
from ivr.caller import CallerPort, Sounds
from ivr.errors import HookFailed
from ivr.flow import Flow, FormSection, SectionName
from ivr.hearing import Choices, HeardAs, Noted, Understanding, Utterance, not_noted
from ivr.leg import Leg
from ivr.position import Ask, Fill, Input, Listen
from ivr.slot_session import FormCaller
from ivr.variables import spoken
from ivr.world import FindOut, Found, NoWorld, Reply, World, answer, failure

T = TypeVar("T")

_log = structlog.get_logger(__name__)
_UNDERSTANDING_S: Final = 3.0
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
    leg: Leg | None = None,
    world: World | None = None,
    understanding: Understanding | None = None,
    stands: Callable[[walk.Position], None] = lambda _: None,
    today: Callable[[], date] = _today,
    noted: Noted = not_noted,
) -> walk.Outcome:
    """Lead a caller through the menus.

    The session keeps `flow`, whatever is reloaded meanwhile. `number` is the caller's as it is dialled at
    home, "" if withheld, `trunk` what it came by; `language` is what is known of him, `start` a section to
    begin in: where a call goes on after `Deflect`, with what came out `before`. `leg` is the caller's, if
    there is one: it knows since when he has heard nothing. Without `understanding`
    callers choose by keys. `stands` is told of each position, so that it is known how far a caller came who
    hangs up. `today` is the date that "tomorrow" is said on. `noted` counts what is heard.
    """
    leg = leg or Leg(caller, sounds, flow.languages)
    session = _Session(flow, leg, world or NoWorld(), understanding, stands, today, noted)
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
    def __init__(
        self,
        flow: Flow,
        leg: Leg,
        world: World,
        understanding: Understanding | None,
        stands: Callable[[walk.Position], None],
        today: Callable[[], date],
        noted: Noted,
    ) -> None:
        self._flow, self._leg = flow, leg
        self._world, self._understanding = world, understanding
        self._stands, self._today, self._noted = stands, today, noted

    async def run(self, step: walk.Step) -> walk.Outcome:
        while True:
            self._stands(step.position)
            filled = [spoken(prompt, step.position.variables) for prompt in step.prompts]
            if filled or not isinstance(step.then, walk.Outcome):  # else it is over, with nothing to be said
                await self._leg.add(step.position.language, filled)
            match step.then:
                case walk.Outcome() as outcome:
                    await self._leg.say_last()
                    _log.info("ivr_left", outcome=type(outcome.action).__name__, steps=len(outcome.path))
                    return outcome
                case Ask() as ask:
                    given: Input = await self._answered_meanwhile(step, ask)
                case Fill(section):
                    given = await self._filled(step, section)
                case Listen() as listen:
                    given = await self._heard(step, listen)
            step = walk.step(self._flow, step.position, given)

    # --- the caller ------------------------------------------------------------------------------

    async def _heard(self, step: walk.Step, listen: Listen) -> walk.Heard:
        language = step.position.language
        if listen.choices is None or self._understanding is None:
            keys = await self._leg.collect(language, listen.question)
            return walk.Digits(keys) if keys else walk.Silence()
        choices = Choices(language, listen.choices)
        heard = await self._leg.hear(listen.question, choices)
        if isinstance(heard, Utterance):
            understood = self._understood(self._understanding, heard, choices)
            meant = await self._leg.meanwhile(language, understood)
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
        caller = FormCaller(section, step.position.language, self._leg, self._noted)
        return await caller.fill(self._today(), listens=self._understanding is not None)

    # --- the world -------------------------------------------------------------------------------

    async def _answered(self, ask: Ask) -> Reply:
        """Ask the world; what it does not know in time makes nothing else unknown."""
        request, world = ask.request, self._world
        if isinstance(request, FindOut):
            asking = [self._in_time(ask, fact, world.find_out(fact), None) for fact in request.facts]
            return Found(dict(zip(request.facts, await asyncio.gather(*asking), strict=True)))
        return await self._in_time(ask, request, answer(world, request), failure(request))

    async def _in_time(self, ask: Ask, about: object, work: Awaitable[T], otherwise: T) -> T:
        try:
            async with asyncio.timeout(ask.timeout_s):
                return await work
        except TimeoutError:
            _log.warning("ivr_no_answer", request=type(about).__name__)
        except Exception as error:  # whatever the world is made of, the caller goes on
            why = str(error) if isinstance(error, HookFailed) else ""  # others may quote what he typed
            _log.error("ivr_answer_failed", request=type(about).__name__, error=type(error).__name__, why=why)
        return otherwise

    async def _answered_meanwhile(self, step: walk.Step, ask: Ask) -> Reply:
        """Ask the world; unless it answers at once, what was to be said is said while it is asked."""
        language, leg = step.position.language, self._leg
        if ask.is_quick:
            return await leg.meanwhile(language, self._answered(ask))
        asking = asyncio.create_task(self._answered(ask))
        try:
            await leg.say()
            waiting = [spoken(prompt, step.position.variables) for prompt in ask.waiting]
            words = await leg.paths(language, waiting)
            return await leg.meanwhile(language, asking, words)
        finally:
            asking.cancel()
