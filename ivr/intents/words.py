"""Texts taken apart into words with their sounds and what they are about, in each language."""

import re
import threading
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Protocol

from ivr.intents.sounds import sounds

_CONTENT: Final = frozenset(("名詞", "動詞", "形容詞", "形状詞", "副詞", "代名詞"))
_FILLERS: Final = re.compile(
    r"えーっ?と|ええと|え?えっと|えと|あのー+|あの、|あのう|うーん(?:と)?|んーと?|そのー+|まあ、|すみません|すいません|もしもし"
)
_ENGLISH_FILLERS: Final = re.compile(
    r"\b(?:um+|uh+|er+|hmm+|well|please|hello|hi|excuse me|you know|i mean)\b"
)
_TOO_SHORT: Final = re.compile(r"[ぁ-ゖァ-ヴー]")


@dataclass(frozen=True, slots=True)
class Word:
    """A word as written, as it sounds, and the things it may stand for."""

    text: str
    sounds: str
    about: tuple[str, ...] = ()


class Reader(Protocol):
    """Takes texts of one language apart."""

    def read(self, text: str) -> tuple[Word, ...]:
        """Return the words that mean something, fillers and signs left out."""


class Japanese:
    """Words with Open JTalk's readings, and with the groups of synonyms of Sudachi's dictionary."""

    def __init__(self) -> None:
        self._own = threading.local()

    def read(self, text: str) -> tuple[Word, ...]:
        """See `Reader`."""
        import pyopenjtalk

        plain = _FILLERS.sub("、", unicodedata.normalize("NFKC", text))
        about = self._about(plain)
        words: list[Word] = []
        end = 0
        for found in pyopenjtalk.run_frontend(plain):
            begin, end = end, end + len(found["string"])
            heard = sounds(found["pron"])
            meant = tuple(thing for at in range(begin, end) for thing in about.pop(at, ()))
            if heard or meant:
                words.append(Word(found["string"], heard, meant))
        rest = tuple(thing for things in about.values() for thing in things)
        return (*words, Word("", "", rest)) if rest else tuple(words)

    def _about(self, text: str) -> dict[int, tuple[str, ...]]:
        """Return what the words of a text stand for, by where they begin."""
        found: dict[int, tuple[str, ...]] = {}
        for word in self._tokenizer().tokenize(text):
            written = word.surface()
            if word.part_of_speech()[0] in _CONTENT and not _TOO_SHORT.fullmatch(written):
                groups = (f"#{group}" for group in word.synonym_group_ids())
                found[word.begin()] = (word.normalized_form(), *groups)
        return found

    def _tokenizer(self) -> Any:
        if not hasattr(self._own, "tokenizer"):
            from sudachipy import Dictionary, SplitMode

            self._own.tokenizer = Dictionary(dict="core").tokenizer(mode=SplitMode.B)
        return self._own.tokenizer


class English:
    """Words in small letters, spelled roughly as they sound."""

    def read(self, text: str) -> tuple[Word, ...]:
        """See `Reader`."""
        plain = _ENGLISH_FILLERS.sub(" ", text.casefold().replace("’", "'"))
        return tuple(Word(word, _spoken(word), (_stem(word),)) for word in re.findall(r"[a-z0-9']+", plain))


def reader(language: str) -> Reader:
    """Return what reads a language; any but Japanese is read as if it were English."""
    return _JAPANESE if language == "ja" else _ENGLISH


_JAPANESE: Final = Japanese()
_ENGLISH: Final = English()


@lru_cache(maxsize=4096)
def _spoken(word: str) -> str:
    spelled = word.replace("'", "").replace("ph", "f").replace("ck", "k").replace("gh", "")
    spelled = re.sub(r"(.)\1+", r"\1", re.sub(r"c(?=[aou])", "k", spelled))
    return re.sub(r"(?<=[^aeiou])e$", "", spelled)


def _stem(word: str) -> str:
    return re.sub(r"(?<=\w{3})(?:ies|ied|ing|ed|es|s|'s)$", "", word)
