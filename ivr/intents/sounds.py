"""Kana as sounds: one letter for each consonant and vowel, what telephones blur folded together."""

import re
from functools import cache
from itertools import product
from typing import Final

_ROWS: Final = {
    "": "アイウエオ", "k": "カキクケコ", "g": "ガギグゲゴ", "s": "サシスセソ", "z": "ザジズゼゾ",
    "t": "タチツテト", "d": "ダヂヅデド", "n": "ナニヌネノ", "h": "ハヒフヘホ", "b": "バビブベボ",
    "p": "パピプペポ", "m": "マミムメモ", "r": "ラリルレロ",
}  # fmt: skip
_OTHERS: Final = {
    "ヤ": "ya", "ユ": "yu", "ヨ": "yo", "ワ": "wa", "ヲ": "o", "ン": "N", "ッ": "", "ヴ": "bu", "ヰ": "i",
    "ヱ": "e", "ァ": "a", "ィ": "i", "ゥ": "u", "ェ": "e", "ォ": "o", "ャ": "ya", "ュ": "yu", "ョ": "yo",
    "ヮ": "wa",
}  # fmt: skip
_FOLDED: Final = {"si": "si", "ti": "ci", "tu": "cu", "zi": "ji", "di": "ji", "du": "zu"}
_HIRAGANA: Final = range(0x3041, 0x3097)
_KATAKANA: Final = re.compile(r"[ァ-ヴー]+")
_GLIDES: Final = {"ャ": "a", "ュ": "u", "ョ": "o", "ァ": "a", "ィ": "i", "ゥ": "u", "ェ": "e", "ォ": "o"}
_COARSE: Final = str.maketrans("kstzhpcfgnmwyrbdj", "k" * 8 + "m" * 9)
"""Consonants that take each other's place on a telephone: those without a voice, and those with one."""


def katakana(text: str) -> str:
    """Return a text with its hiragana made katakana."""
    return "".join(chr(ord(sign) + 0x60) if ord(sign) in _HIRAGANA else sign for sign in text)


def sounds(kana: str) -> str:
    """Return the sounds of kana: `リョウキン` is `ryokin`; long vowels and small tsu leave no trace."""
    return "".join(_sounds_of(run) for run in _KATAKANA.findall(katakana(kana)))


def coarse(heard: str) -> str:
    """Return sounds with the consonants that telephones blur made one."""
    return heard.translate(_COARSE)


def vowels(heard: str) -> str:
    """Return only the vowels of sounds: what a poor line leaves of them first and last."""
    return "".join(sound for sound in heard if sound in "aiueoN")


@cache
def _sounds_of(kana: str) -> str:
    found = ""
    table = _table()
    for at, sign in enumerate(kana):
        if sign in _GLIDES and at and found and found[-1] in "aiueo":
            y = "y" if sign in "ャュョ" and found[-2:-1] not in ("j", "c") else ""
            found = found[:-1] + y + _GLIDES[sign]
        elif sign != "ー":
            found += table.get(sign, "")
    return re.sub(r"([aiueoN])\1+", r"\1", found.replace("ou", "o").replace("ei", "e"))


@cache
def _table() -> dict[str, str]:
    table = dict(_OTHERS)
    for (consonant, row), (at, vowel) in product(_ROWS.items(), enumerate("aiueo")):
        table[row[at]] = _FOLDED.get(consonant + vowel, consonant + vowel)
    return table
