"""Lengths as LINE counts them: in UTF-16 code units."""

import unicodedata

_JOINER = "\u200d"
_BACK_MAX = 400
"""How far back a text is cut at the end of a line or sentence rather than anywhere."""
_ENDS = ("\n", "。！？!?", " 、\u3000")


def units(text: str) -> int:
    """Count the UTF-16 code units of a text."""
    return len(text) + sum(sign > "\uffff" for sign in text)


def clean(text: str) -> str:
    """Return a text that can be encoded: halves of surrogate pairs become U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def fitting(text: str, most: int) -> str:
    """Return as much of a text as has room, with an ellipsis if that is not all."""
    return text if units(text) <= most else text[: _prefix(text, most - 1)] + "…"


def split(text: str, most: int) -> list[str]:
    """Split a text into pieces of at most `most` units, at the end of a line or sentence if one is near.

    The pieces together are the text, without those that are blank: LINE refuses them.
    """
    pieces = []
    while units(text) > most:
        at = _cut(text, _prefix(text, most))
        pieces.append(text[:at])
        text = text[at:]
    return [each for each in [*pieces, text] if each.strip()]


def _prefix(text: str, most: int) -> int:
    """Return how many signs from the beginning have room."""
    room = most
    for at, sign in enumerate(text):
        room -= 2 if sign > "\uffff" else 1
        if room < 0:
            return at
    return len(text)


def _cut(text: str, most: int) -> int:
    least = max(most - _BACK_MAX, 1)
    for ends in _ENDS:
        for at in range(most, least, -1):
            if text[at - 1] in ends:
                return at
    at = most
    while at > least and _is_within(text, at):
        at -= 1
    return at if at > least else most


def _is_within(text: str, at: int) -> bool:
    """Whether what is seen as one sign would be cut."""
    after = text[at]
    return text[at - 1] == _JOINER or after == _JOINER or unicodedata.category(after).startswith("M")
