"""Sentences with the intent that they mean, and the closed menu."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
FROZEN, DEVELOPMENT, MENU = HERE / "frozen_intents.txt", HERE / "dev_intents.txt", HERE / "frozen_menu.txt"
NONE = "none"
"""The label of what belongs to no intent."""
_PHRASE = "= "
_ENDING = re.compile(
    r"(?:たい|ます)?(?:のですが|んですけど|んですが|んです|のです|です|ください|か|をお願いします)*$"
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """What somebody says, and what it means: an intent, a key of the menu, or `NONE`."""

    label: str
    text: str


def read_sentences(path: Path) -> list[Sentence]:
    """Read `[label]` lines, each followed by sentences; `#` begins a comment."""
    return [Sentence(label, line) for label, line in _lines(path) if not line.startswith(_PHRASE)]


def read_phrases(path: Path) -> dict[str, tuple[str, ...]]:
    """Read what an administrator wrote for each key of a menu: the lines that begin with `=`."""
    phrases: dict[str, tuple[str, ...]] = {}
    for label, line in _lines(path):
        if line.startswith(_PHRASE):
            phrases[label] = (*phrases.get(label, ()), line.removeprefix(_PHRASE))
    return phrases


def bare(text: str) -> str:
    """Return a sentence without the ending that politeness gives it."""
    return _ENDING.sub("", text)


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    label = NONE
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            label = line.strip("[]")
        elif line and not line.startswith("#"):
            yield label, line
