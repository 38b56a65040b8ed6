"""One caller in a form: drives `ivr.slots` over whatever speaks and listens."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

from ivr import slots
from ivr.caller import Question
from ivr.flow import FormSection, Language, Prompt
from ivr.hearing import Choices, HeardAs, Noted, Utterance, not_noted
from ivr.leg import Leg


class Ask(Protocol):
    """The caller's leg, as far as a form needs it."""

    async def __call__(self, words: Sequence[str], listen: slots.Listen) -> slots.Heard:
        """Say words, one after the other, and return what is heard; raises when the caller has gone."""


class Say(Protocol):
    """Says last words of a form."""

    async def __call__(self, words: Sequence[str]) -> None: ...


async def fill(
    form: slots.Form, language: str, today: date, ask: Ask, say: Say, noted: Noted = not_noted
) -> slots.Done | slots.GivenUp:
    """Ask a caller for all of a form; he goes on with an agent if that fails (`GivenUp`).

    `noted` counts what is heard. What the caller's leg raises passes through: then nothing of the form is
    kept.
    """
    turn = slots.begin(form, language, today)
    while isinstance(turn.then, slots.Listen):
        heard, before = await ask(turn.words, turn.then), turn.standing
        turn = slots.step(form, before, heard)
        if isinstance(heard, slots.Silence):
            noted(language, HeardAs.SILENCE)
        elif isinstance(heard, Utterance):
            noted(language, HeardAs.UNDERSTOOD if _is_understood(before, turn) else HeardAs.NOT_UNDERSTOOD)
    if turn.words:
        await say(turn.words)
    return turn.then


def _is_understood(before: slots.Standing, turn: slots.Turn) -> bool:
    """Whether what was said is no reason to ask the same again, or to give up."""
    given_up = isinstance(turn.then, slots.GivenUp) and turn.then.why != "operator"
    is_asked_again = turn.standing.at == before.at and turn.standing.tries > before.tries
    return not given_up and (not is_asked_again or turn.standing.candidate is not None)


@dataclass(slots=True)
class FormCaller:
    """A caller in a form of the menus."""

    section: FormSection
    language: Language
    leg: Leg
    noted: Noted = not_noted

    async def fill(self, today: date, *, listens: bool) -> slots.Done | slots.GivenUp:
        """Ask for all of the form; where nobody `listens`, for what can be typed."""
        form = self.section.form
        if not listens:
            typed = tuple(each for each in form.slots if each.kind is not slots.SlotKind.NAME)
            form = replace(form, slots=typed)
        noted = self.noted if listens else not_noted
        return await fill(form, self.language, today, self._ask, self._say, noted)

    async def _ask(self, words: Sequence[str], listen: slots.Listen) -> slots.Heard:
        question = Question(
            listen.digits_max, listen.terminator, self.section.timeout_s, self.section.digit_timeout_s
        )
        await self._add(words)
        heard = await self.leg.hear(question, Choices(self.language, {}))
        if isinstance(heard, Utterance):
            return heard
        return slots.Keys(heard) if heard else slots.Silence()

    async def _say(self, words: Sequence[str]) -> None:
        await self._add(words)
        await self.leg.say()

    async def _add(self, words: Sequence[str]) -> None:
        named = {each.text: each for saying in self.section.questions for each in saying.values()}
        prompts = [named.get(each) or Prompt("", self.language, each) for each in words]
        await self.leg.add(self.language, prompts)
