"""One caller in a form: drives `ivr.slots` over whatever speaks and listens."""

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from ivr import slots


class Ask(Protocol):
    """The caller's leg, as far as a form needs it."""

    async def __call__(self, words: Sequence[str], listen: slots.Listen) -> slots.Heard:
        """Say words, one after the other, and return what is heard; raises when the caller has gone."""


class Say(Protocol):
    """Says last words of a form."""

    async def __call__(self, words: Sequence[str]) -> None: ...


async def fill(
    form: slots.Form, language: str, today: date, ask: Ask, say: Say
) -> slots.Done | slots.GivenUp:
    """Ask a caller for all of a form; he goes on with an agent if that fails (`GivenUp`).

    What the caller's leg raises passes through: then nothing of the form is kept.
    """
    turn = slots.begin(form, language, today)
    while isinstance(turn.then, slots.Listen):
        turn = slots.step(form, turn.standing, await ask(turn.words, turn.then))
    if turn.words:
        await say(turn.words)
    return turn.then
