"""Whether what changes from call to call is read right: numbers, dates, amounts, counters, names.

What is judged is what the voice says: Japanese is what Open JTalk's front end makes of the rendered text
within whole sentences; English, which is rendered in words, is the text. What is right stands in
`readings_ja.txt` and `readings_en.txt`, written by hand.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyopenjtalk

from ivr.spoken import Kind, render

_HERE = Path(__file__).parent
_SENTENCES = (("", ""), ("ただいま", "です。"), ("ご確認いたします。", "で、よろしいでしょうか。"))
_VOWELS = {
    "ア": "アカガサザタダナハバパマヤラワャァ",
    "イ": "イキギシジチヂニヒビピミリィ",
    "ウ": "ウクグスズツヅヌフブプムユルュゥヴ",
    "エ": "エケゲセゼテデネヘベペメレェ",
    "オ": "オコゴソゾトドノホボポモヨロヲョォ",
}
_LONG = re.compile(
    f"(?<=[{_VOWELS['ウ']}{_VOWELS['オ']}])ウ|(?<=[{_VOWELS['エ']}])イ|(?<=[{_VOWELS['オ']}])オ"
)


@dataclass(frozen=True, slots=True)
class Row:
    """A value, and the readings of it that are right."""

    kind: Kind
    value: str
    readings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Misreading:
    """A value that is read otherwise than it should be."""

    row: Row
    rendered: str
    heard: str


def rows(language: str) -> list[Row]:
    """Return the table of a language."""
    lines = (_HERE / f"readings_{language}.txt").read_text(encoding="utf-8").splitlines()
    fields = [line.split(maxsplit=2) for line in lines if line and not line.startswith("#")]
    return [Row(Kind(kind), value, tuple(readings.split("|"))) for kind, value, readings in fields]


def wrong(language: str) -> list[Misreading]:
    """Return all rows of a table that are not read as they should be."""
    judge = _japanese if language == "ja" else _english
    return [found for row in rows(language) for found in judge(row)]


def reading(text: str) -> str:
    """Return how Open JTalk reads a text: katakana without pauses, long sounds as `ー`."""
    words = pyopenjtalk.run_frontend(text)
    return plain("".join(word["pron"] for word in words))


def plain(kana: str) -> str:
    """Return kana as katakana in which what sounds the same is the same."""
    katakana = "".join(chr(ord(sign) + 0x60) if "ぁ" <= sign <= "ゖ" else sign for sign in kana)
    sounds = re.sub("[^ァ-ヺー]", "", unicodedata.normalize("NFKC", katakana))
    return _LONG.sub("ー", sounds).replace("ヲ", "オ").replace("ヅ", "ズ").replace("ヂ", "ジ")


def _japanese(row: Row) -> Iterator[Misreading]:
    rendered = render(row.kind, row.value, "ja")
    for before, after in _SENTENCES:
        heard = reading(before + rendered + after)
        right = {reading(before) + plain(each) + reading(after) for each in row.readings}
        if heard not in right:
            yield Misreading(row, rendered, heard)
            return


def _english(row: Row) -> Iterator[Misreading]:
    rendered = render(row.kind, row.value, "en")
    if rendered not in row.readings:
        yield Misreading(row, rendered, rendered)
