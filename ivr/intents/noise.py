"""Recognisers' errors, made up: what a classifier must have met before it meets the real ones."""

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from ivr.intents.confusions import HEARD_AS, LOST, LOST_OTHERS
from ivr.intents.words import Word

_ADDED: Final = 0.03
_SYLLABLES: Final = ("N", "u", "i", "no", "ma", "su", "ta", "o")


def mishear(words: Sequence[Word], strength: float, chance: random.Random) -> tuple[Word, ...]:
    """Return words as a recogniser hears them; `strength` 1 makes as many errors as were measured.

    A word that suffered is spelled otherwise, and nothing is known of what it is about.
    """
    return tuple(heard for word in words if (heard := _mishear(word, strength, chance)).sounds or heard.about)


def _mishear(word: Word, strength: float, chance: random.Random) -> Word:
    heard = "".join(_sound(sound, strength, chance) for sound in word.sounds)
    if heard == word.sounds:
        return word
    return replace(word, text="？" if chance.random() < 0.7 else word.text, sounds=heard, about=())


def _sound(sound: str, strength: float, chance: random.Random) -> str:
    drawn = chance.random() / strength
    for other, share in HEARD_AS.get(sound, {}).items():
        drawn -= share
        if drawn < 0:
            return other
    drawn -= LOST.get(sound, LOST_OTHERS)
    if drawn < 0:
        return ""
    return sound + chance.choice(_SYLLABLES) if drawn < _ADDED * (sound in "aiueo") else sound
