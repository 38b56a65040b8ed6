"""What the menus say by themselves when they did not understand, and how callers say yes and no."""

from collections.abc import Mapping
from typing import Final

from ivr.flow import Language, Prompt
from ivr.hearing import ChoiceId

YES, NO = ChoiceId("1"), ChoiceId("2")
"""Keys, and what may be said instead, when a caller is asked back."""

_SAID: Final[Mapping[str, Mapping[str, str]]] = {
    "ask-back": {
        "ja": "{choice}でよろしいですか。よろしければ、はい、または1を、"
        "違う場合は、いいえ、または2をお願いします。",
        "en": "Did you mean {choice}? Say yes or press 1. Otherwise, say no or press 2.",
    },
    "not-understood": {
        "ja": "恐れ入ります、聞き取れませんでした。",
        "en": "I'm sorry, I did not understand.",
    },
    "one-moment": {"ja": "少々お待ちください。", "en": "One moment, please."},
    "use-the-keys": {
        "ja": "電話機のボタンを押してください。",
        "en": "Please use the keys of your telephone.",
    },
    "keys-only": {
        "ja": "恐れ入ります、聞き取れませんでした。電話機のボタンを押してお選びください。",
        "en": "I'm sorry, I did not understand. Please use the keys of your telephone.",
    },
}
_YES_AND_NO: Final[Mapping[str, Mapping[ChoiceId, tuple[str, ...]]]] = {
    "ja": {
        YES: ("はい", "ええ", "そうです", "はい、お願いします", "それでいいです", "合っています"),
        NO: ("いいえ", "いや", "違います", "ちがう", "そうじゃない", "いいえ、違います"),
    },
    "en": {
        YES: ("yes", "yeah", "that's right", "correct", "yes please", "okay"),
        NO: ("no", "nope", "wrong", "that's wrong", "no thanks", "not that"),
    },
}
_THE_QUESTION: Final[Mapping[str, str]] = {
    "ja": "「{question}」というご質問",
    "en": "the question: {question}",
}
LANGUAGES: Final = tuple(_YES_AND_NO)
"""Languages in which callers can be asked back, and so may speak in menus."""


def ask_back(label: str, language: Language) -> Prompt:
    """Ask whether a choice of that name is meant."""
    return Prompt("", language, _SAID["ask-back"][language].replace("{choice}", label))


def the_question(asked: str, language: Language) -> str:
    """Return what a question is called when asking back, by how it is asked."""
    return _THE_QUESTION[language].replace("{question}", asked.rstrip("?？。."))


def not_understood(language: Language, *, keys_only: bool = False) -> Prompt:
    """Say that nothing was understood; `keys_only`: and that only keys are waited for now."""
    name = "keys-only" if keys_only else "not-understood"
    return Prompt(name, language, _SAID[name][language])


def one_moment(language: Language) -> Prompt:
    """Say that something takes a while."""
    return _in_any(language, "one-moment")


def use_the_keys(language: Language) -> Prompt:
    """Remind somebody who is asked for keys."""
    return _in_any(language, "use-the-keys")


def _in_any(language: Language, name: str) -> Prompt:
    """Return what is said in every language of a flow: in English where it is none of ours."""
    known = language if language in LANGUAGES else Language("en")
    return Prompt(name, known, _SAID[name][known])


def yes_and_no(language: Language) -> Mapping[ChoiceId, tuple[str, ...]] | None:
    """Return what may be said to a question for yes or no; None where only keys will do."""
    return _YES_AND_NO.get(language)
