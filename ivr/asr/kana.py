"""What of a Whisper vocabulary is left when only kana may be written."""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Final

_PROMPT: Final = "もしもし、えっと、おねがいします。はい、そうです。"
"""Said to come before, so that it goes on like this. It names nothing that could be meant."""
_PHRASES_MAX: Final = 12
_LETTERS_MAX: Final = 10
_TO_HIRAGANA: Final = {katakana: katakana - 0x60 for katakana in range(ord("ァ"), ord("ヶ") + 1)}

_KANJI: Final = range(0xE4, 0xEA)
"""First bytes, in UTF-8, of U+4000 to U+9FFF; kana begin with 0xE3."""
_DIGITS: Final = range(ord("0"), ord("9") + 1)


def kana_prompt(phrases: Sequence[str]) -> str:
    """Return what is said to come before: what is likely to be said, if that is known, in hiragana."""
    if not phrases or find_spec("pyopenjtalk") is None:
        return _PROMPT
    import pyopenjtalk

    found = []
    for phrase in phrases:
        kana = str(pyopenjtalk.g2p(phrase, kana=True)).translate(_TO_HIRAGANA)
        if len(kana) <= _LETTERS_MAX and kana not in found:
            found.append(kana)
        if len(found) == _PHRASES_MAX:
            break
    return "、".join(found) + "。" if found else _PROMPT


def not_kana(vocabulary: Mapping[str, int], special: int) -> list[int]:
    """Return the tokens with a byte of a kanji or a digit; from `special` on tokens are no text."""
    letters = _byte_of_letter()
    found = []
    for token, id_ in vocabulary.items():
        if id_ >= special or any(letter not in letters for letter in token):
            continue
        if any(letters[letter] in _KANJI or letters[letter] in _DIGITS for letter in token):
            found.append(id_)
    return sorted(found)


def _byte_of_letter() -> dict[str, int]:
    """Return what byte each letter of a token stands for (GPT-2's byte-level vocabulary)."""
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in plain]
    shifted = {chr(256 + place): byte for place, byte in enumerate(others)}
    return {**{chr(byte): byte for byte in plain}, **shifted}
