"""Stickers that a channel lets accounts send."""

from collections.abc import Sequence

import msgspec

PLACEHOLDER = "［スタンプ］"
"""What agents read in place of a sticker's picture, before its words."""


class Sticker(msgspec.Struct, frozen=True):
    """One sticker of a package; `ja` and `en` say what is on it, empty where that is not known."""

    id: str
    ja: str = ""
    en: str = ""


class StickerPackage(msgspec.Struct, frozen=True):
    """Stickers that belong together, and what the package is called."""

    id: str
    ja: str
    en: str
    stickers: tuple[Sticker, ...]


def sticker_of(packages: Sequence[StickerPackage], package: str, sticker: str) -> Sticker | None:
    """Return a sticker by the ids of its package and its own; None if it cannot be sent."""
    found = (each.stickers for each in packages if each.id == package)
    return next((each for stickers in found for each in stickers if each.id == sticker), None)
