"""What of a Whisper vocabulary is left when only kana may be written."""

from collections.abc import Mapping
from typing import Final

KANA_PROMPT: Final = "もしもし、えっと、おねがいします。はい、そうです。"
"""Said to come before, so that it goes on like this. It names nothing that could be meant."""

_KANJI: Final = range(0xE4, 0xEA)
"""First bytes, in UTF-8, of U+4000 to U+9FFF; kana begin with 0xE3."""
_DIGITS: Final = range(ord("0"), ord("9") + 1)


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
