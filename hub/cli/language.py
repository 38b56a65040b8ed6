"""Which of our two languages a person at this terminal reads."""

import os
from enum import StrEnum

from hub.bilingual import Bilingual


class Language(StrEnum):
    """A language of the command line's answers."""

    JA = "ja"
    EN = "en"

    def of(self, text: Bilingual) -> str:
        """Return a text in this language."""
        return text.ja if self is Language.JA else text.en


def language() -> Language:
    """Return the locale's language, Japanese or else English (POSIX: LC_ALL, LC_MESSAGES, LANG)."""
    locale = next(
        (found for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (found := os.environ.get(name))), ""
    )
    return Language.JA if locale.startswith("ja") else Language.EN
