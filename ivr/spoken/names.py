"""People's names: `東海林太郎|ショウジ タロウ`, a name and, after a bar, its reading in kana."""

import re
import unicodedata

from ivr.spoken.values import NotOfItsKind, Value, written

_HIRAGANA = {code: code + 0x60 for code in range(0x3041, 0x3097)}
_KANA = re.compile(r"[ァ-ヺー・ ]+")
_LONG_O = re.compile(r"(?<=[オコゴソゾトドノホボポモヨョロ])ウ(?!エ|ラ)|(?<=[ユュ])ウ")
_ROMAJI = {
    kana: roman
    for kanas, romans in (
        ("アイウエオ", "a i u e o"),
        ("カキクケコ", "ka ki ku ke ko"),
        ("ガギグゲゴ", "ga gi gu ge go"),
        ("サシスセソ", "sa shi su se so"),
        ("ザジズゼゾ", "za ji zu ze zo"),
        ("タチツテト", "ta chi tsu te to"),
        ("ダヂヅデド", "da ji zu de do"),
        ("ナニヌネノ", "na ni nu ne no"),
        ("ハヒフヘホ", "ha hi fu he ho"),
        ("バビブベボ", "ba bi bu be bo"),
        ("パピプペポ", "pa pi pu pe po"),
        ("マミムメモ", "ma mi mu me mo"),
        ("ヤユヨラリルレロワヲン", "ya yu yo ra ri ru re ro wa o n"),
        ("ヴァィゥェォャュョ", "vu a i u e o ya yu yo"),
    )
    for kana, roman in zip(kanas, romans.split(), strict=True)
}


def split(value: Value) -> tuple[str, str]:
    """Return name and reading, which may be empty; a name in kana is its own reading."""
    name, _, reading = written(value).partition("|")
    name, reading = name.strip(), reading.strip()
    if not name and not reading:
        raise NotOfItsKind("no name")
    if not reading and _KANA.fullmatch(_to_katakana(name)):
        reading = name
    return name or reading, reading


def katakana(reading: str) -> str:
    """Return a reading as a voice says it: サトウ タロウ is サトータロー, but イノウエ stays."""
    return _LONG_O.sub("ー", _to_katakana(reading)).replace(" ", "")


def romaji(reading: str) -> str:
    """Return a reading in Latin letters (Hepburn, long vowels short): `Sato Taro`."""
    words = re.split(r"[ ・]+", _LONG_O.sub("", _to_katakana(reading)).replace("ー", ""))
    return " ".join(_romaji_word(word).capitalize() for word in words if word)


def _to_katakana(text: str) -> str:
    return unicodedata.normalize("NFKC", text).translate(_HIRAGANA)


def _romaji_word(word: str) -> str:
    """Return one word; ッ doubles the consonant that follows, small ャ ュ ョ take the vowel before."""
    said, is_doubled = "", False
    for kana in word:
        roman = _ROMAJI.get(kana, "")
        if kana == "ッ":
            is_doubled = True
            continue
        if kana in "ャュョ" and said.endswith("i"):
            said = said[:-1]
            roman = roman[1:] if said.endswith(("sh", "ch", "j")) else roman
        elif kana in "ァィゥェォ" and said:
            said = said[:-1]
        elif is_doubled:
            roman = ("t" if roman.startswith("ch") else roman[:1]) + roman
        said, is_doubled = said + roman, False
    return said
