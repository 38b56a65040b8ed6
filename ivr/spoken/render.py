"""A value of a kind, in a language."""

from ivr.spoken import english, japanese
from ivr.spoken.kinds import Kind
from ivr.spoken.values import NotOfItsKind, Value, written


def render(kind: Kind | str, value: Value, language: str) -> str:
    """Return what the voice of a language is to read; never fails.

    A value that is none of its kind is said as it stands, and so is any in a language other than
    Japanese and English, whose voices read numerals themselves. Raises `ValueError` only for a kind that
    there is not.
    """
    known = Kind(kind)
    try:
        match language:
            case "ja":
                return japanese.say(known, value)
            case "en":
                return english.say(known, value)
            case _:
                return written(value)
    except NotOfItsKind:
        return written(value)
