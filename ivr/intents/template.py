"""Phrases with alternatives in braces: `{a|b}c` is `ac` and `bc`, `{name}` one of a list."""

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

_PIECE = re.compile(r"\{([^{}]*)\}")
WORDINGS_MAX = 100_000


@dataclass(frozen=True, slots=True)
class Template:
    """A phrase as pieces, of each of which one alternative is said."""

    pieces: tuple[tuple[str, ...], ...]

    @property
    def wordings(self) -> int:
        """How many phrases it stands for."""
        return prod(len(piece) for piece in self.pieces)

    def some(self, count: int, chance: random.Random) -> list[str]:
        """Return up to so many of them, all if there are no more."""
        if self.wordings <= count:
            return list(dict.fromkeys(self._number(number) for number in range(self.wordings)))
        return [self._number(number) for number in chance.sample(range(self.wordings), count)]

    def _number(self, number: int) -> str:
        said = ""
        for piece in self.pieces:
            number, at = divmod(number, len(piece))
            said += piece[at]
        return re.sub(r"\s+", " ", said).strip()


def parse_template(text: str, lists: Mapping[str, Sequence[str]]) -> Template:
    """Read a phrase; raises `ValueError` with what was expected."""
    pieces: list[tuple[str, ...]] = []
    at = 0
    for match in _PIECE.finditer(text):
        pieces.append((text[at : match.start()],))
        pieces.append(_alternatives(match[1], lists))
        at = match.end()
    pieces.append((text[at:],))
    if any("{" in said or "}" in said for piece in pieces for said in piece):
        raise ValueError("expected every { closed by a }, and none within another but a list's name")
    template = Template(tuple(pieces))
    if template.wordings > WORDINGS_MAX:
        raise ValueError(f"expected at most {WORDINGS_MAX} wordings of one phrase, found {template.wordings}")
    return template


def _alternatives(text: str, lists: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    if "|" not in text:
        if text not in lists:
            raise ValueError(
                f"expected {{a|b}} or a list of [lists] ({', '.join(sorted(lists))}), found {{{text}}}"
            )
        return tuple(lists[text])
    found: list[str] = []
    for alternative in text.split("|"):
        found.extend(lists.get(alternative, (alternative,)))
    return tuple(dict.fromkeys(found))
