"""A text that a person reads, in both languages."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bilingual:
    """The same in Japanese and in English."""

    ja: str
    en: str
