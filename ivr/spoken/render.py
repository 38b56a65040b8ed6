"""A value of a kind, in a language."""

from contextlib import suppress

from ivr.spoken import english, japanese
from ivr.spoken.kinds import Kind
from ivr.spoken.values import NotOfItsKind, Value, written


def render(kind: str, value: Value, language: str) -> str:
    """Return what the voice of a language is to read; never fails.

    A value that is none of its kind is said as it stands, and so is one of a kind that there is not (`Kind`),
    or in a language other than Japanese and English: their voices read numerals themselves.
    """
    if kind in list(Kind):
        with suppress(NotOfItsKind):
            match language:
                case "ja":
                    return japanese.say(Kind(kind), value)
                case "en":
                    return english.say(Kind(kind), value)
    return written(value)
