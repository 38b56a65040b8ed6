"""Other ways to say a phrase: politeness, particles, order, synonyms, beginnings that are broken off."""

import random
import re
from collections.abc import Sequence
from typing import Final

_ENDINGS_BY: Final = {
    r"てください$": """
        てください てほしい てほしいんですけど てもらえますか ていただけますか てもらいたいのですが
        てくれますか て
        ていただきたいです てほしいのですが てもらっていいですか てくださいますか""",
    r"てほしい$": """
        てほしい てください てほしいんですけど てもらえますか ていただけませんか てもらいたいです""",
    r"たい$": """
        たい たいです たいんです たいのですが たいんですけど たいんですが たいと思って たいんだけど たくて
        たいと思っているのですが たいんですけどいいですか たくてお電話しました""",
    r"ですか$": """
        ですか でしょうか か教えてください か知りたいのですが なのか教えて ですかね か確認したい
        なんですか だろう""",
    r"ますか$": """
        ますか ますかね ますでしょうか ますか教えてください ますか知りたいんですけど ますよね
        ますか聞きたくて""",
    r"ください$": "ください お願いします ほしいんですけど いただけますか もらえますか",
    r"お願いします$": """
        お願いします お願いしたいのですが お願いできますか お願いしたいんです お願い お願いしたいです""",
    r"します$": "します したいのですが しようと思って するんですけど したいです",
}
"""What takes the place of an ending, by that ending."""
_ADDED_TO: Final = {
    r"(?:ない|かった|しい|[たるいうく])$": """
        んです んですけど のですが んですが みたいなんです んだけど ようなのですが んですよ みたいで
        ので困っています
        んですがどうしたらいいですか のですがどうすればいいですか というか のでお電話しました です""",
    r"$": """
        です をお願いします お願いします について についてです のことで のことなんですけど の件で
        の件です に関して
        について聞きたい のほう でお願いします のお問い合わせです について教えてください
        のことでちょっと なんですけど
        の件なんですが をお願いしたいのですが についてお聞きしたいのですが の方をお願いします
        してほしい したい""",
}
"""What comes after other endings, or nothing."""
_ENDINGS: Final = (
    *((re.compile(end), True, tuple(others.split())) for end, others in _ENDINGS_BY.items()),
    *((re.compile(end), False, ("", *others.split())) for end, others in _ADDED_TO.items()),
)
_BEFORE: Final = (
    *("ちょっと", "お忙しいところ", "ちょっと聞きたいんですけど", "お尋ねしますが", "そちらの", "あの", "今"),
    *(
        "実は",
        "確認なんですが",
        "お世話になっております",
        "えっと",
        "先日",
        "それで",
        "前から",
        "この前から",
        "うちの",
    ),
)
_PARTICLE: Final = re.compile(r"(?<=[一-龥ァ-ヶー々])[をがはに](?=[一-龥ァ-ヶ])")
_TURNED: Final = re.compile(r"([一-龥ァ-ヶー々]{2,})[をがはに](.{3,})")
_ENGLISH_BEFORE: Final = (
    "i think",
    "actually",
    "so",
    "yes",
    "i'm calling because",
    "i have a question",
    "the thing is",
)
_ENGLISH_AFTER: Final = ("thanks", "if possible", "right now", "today", "if you can")


class Paraphraser:
    """Says phrases of one language in other ways, by its own random numbers."""

    def __init__(self, language: str, synonyms: Sequence[Sequence[str]], chance: random.Random) -> None:
        self._japanese = language == "ja"
        self._chance = chance
        self._same: dict[str, tuple[str, ...]] = {}
        for group in synonyms:
            for word in group:
                self._same[word] = (*self._same.get(word, ()), *group)
        words = sorted(self._same, key=len, reverse=True)
        edge = "" if self._japanese else r"\b"
        self._known = re.compile("|".join(edge + re.escape(word) + edge for word in words)) if words else None

    def say(self, phrase: str) -> str:
        """Return a phrase said in another way."""
        said = self._with_synonyms(phrase)
        return self._in_japanese(said) if self._japanese else self._in_english(said)

    def _in_japanese(self, said: str) -> str:
        for end, replaced, others in _ENDINGS:
            if match := end.search(said):
                said = (said[: match.start()] if replaced else said) + self._chance.choice(others)
                break
        if self._likely(0.25):
            said = _PARTICLE.sub("", said)
        if self._likely(0.06) and (turned := _TURNED.fullmatch(said)):
            said = f"{turned[2]}、{turned[1]}"
        if self._likely(0.08):
            said = f"{said[: self._chance.randint(1, 3)]}、{said}"
        return f"{self._chance.choice(_BEFORE)}、{said}" if self._likely(0.15) else said

    def _in_english(self, said: str) -> str:
        if self._likely(0.2):
            said = f"{self._chance.choice(_ENGLISH_BEFORE)} {said}"
        return f"{said} {self._chance.choice(_ENGLISH_AFTER)}" if self._likely(0.1) else said

    def _with_synonyms(self, phrase: str) -> str:
        if self._known is None or not self._likely(0.4):
            return phrase
        return self._known.sub(lambda match: self._chance.choice(self._same[match.group()]), phrase)

    def _likely(self, share: float) -> bool:
        return self._chance.random() < share
