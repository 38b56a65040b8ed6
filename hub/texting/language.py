"""In which language somebody writes."""

import unicodedata


def language_of(text: str) -> str:
    """Return `ja` or `en`: English if there are letters, and fewer than one sign in ten is Japanese."""
    folded = unicodedata.normalize("NFKC", text)
    japanese = sum("\u3040" <= sign <= "\u9fff" for sign in folded)
    latin = sum(sign.isascii() and sign.isalpha() for sign in folded)
    return "en" if latin >= 2 and japanese * 10 < latin else "ja"
