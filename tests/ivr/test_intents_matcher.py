"""The matcher: what it makes of words that nobody wrote, of errors, and of what means nothing."""

import asyncio
from pathlib import Path

import pytest

from bench.speech_corpus.sentences import DEVELOPMENT, NONE, read_sentences
from ivr.hearing import Alternative, ChoiceId, Choices, Guess, Utterance, question_of
from ivr.intents import matcher as matchers
from ivr.intents.classifier import Classifier
from ivr.intents.intent import sure_of
from ivr.intents.load import load_intents
from ivr.intents.matcher import Matcher, rank
from ivr.intents.training import Lesson, learn

_SHIPPED = Path(__file__).parents[2] / "asterisk-config"
_KNOWN = load_intents(_SHIPPED)
_EACH = 150
"""Sentences an intent that are learnt from here: fewer than in use, for speed."""
_MENU = Choices(
    "ja",
    {
        ChoiceId(key): (phrase,)
        for key, phrase in {
            "1": "料金",
            "2": "故障",
            "3": "住所変更",
            "4": "解約",
            "5": "オペレーター",
        }.items()
    },
)
_QUESTIONS = Choices(
    "ja",
    {
        question_of("parking"): ("駐車場はありますか", "車で行けますか", "車を止めるところはありますか"),
        question_of("returns"): (
            "返品はできますか",
            "商品を交換してもらえますか",
            "サイズが合わないので返したい",
        ),
    },
)
_YES_NO = Choices("ja", {ChoiceId("1"): ("はい", "そうです"), ChoiceId("2"): ("いいえ", "違います")})


def _heard(*texts: str, language: str = "ja") -> Utterance:
    return Utterance(tuple(Alternative(text, 0.8 - at / 100) for at, text in enumerate(texts)), language)


def _learnt(choices: Choices) -> Classifier:
    known = _KNOWN.knowledge[choices.language]
    phrases = {str(choice): said for choice, said in choices.phrases.items()}
    lesson = Lesson(
        language=choices.language,
        phrases=phrases,
        synonyms=known.synonyms,
        background=known.background,
        path="",
    )
    return learn(lesson, each=_EACH)


@pytest.fixture(scope="module")
def menu() -> Classifier:
    return _learnt(_MENU)


@pytest.mark.parametrize(
    ("heard", "key"),
    [
        (("料金",), "1"),
        (("料金についてお聞きしたいんですけど",), "1"),
        (("両筋のこと", "りょうきんのこと"), "1"),
        (("こしょうしてしまいました",), "2"),
        (("重症変更です", "じゅうしょへんこうです"), "3"),
        (("カイラクしたいです",), "4"),
        (("開薬をお願いします",), "4"),
        (("えーと、おペレータをお願いします",), "5"),
    ],
)
def test_a_menu_of_single_words_is_understood_through_errors(
    menu: Classifier, heard: tuple[str, ...], key: str
) -> None:
    assert rank(_heard(*heard), _MENU, menu)[0].choice == key


def test_a_question_that_only_ends_like_a_known_one_is_not_answered() -> None:
    learnt = _learnt(_QUESTIONS)
    for text in ("子供の遊び場はありますか", "工場見学はできますか", "領収書は発行できますか"):
        assert not sure_of(rank(_heard(text), _QUESTIONS, learnt), _KNOWN.thresholds)[1], text
    for text, name in (("近くに駐車できるところはありますか", "parking"), ("返品できますか", "returns")):
        assert rank(_heard(text), _QUESTIONS, learnt)[0].choice == question_of(name)


@pytest.mark.parametrize("text", ["今日はいい天気ですね", "お母さんはいますか", "ピザを二枚ください"])
def test_what_means_none_of_a_menu_is_not_acted_on(menu: Classifier, text: str) -> None:
    assert not sure_of(rank(_heard(text), _MENU, menu), _KNOWN.thresholds)[1]


def test_where_all_phrases_were_compared_with_the_sound_the_best_one_counts(menu: Classifier) -> None:
    fits = {"料金": 0.0, "故障": 0.09, "住所変更": 0.001, "解約": 0.002, "オペレーター": 0.0}
    listed = tuple(Alternative(phrase, fit) for phrase, fit in fits.items())
    unclear = Utterance((Alternative("こそうです", 0.5), *listed), "ja")
    assert rank(unclear, _MENU, menu)[0].choice == "2"


def test_confidences_are_shares(menu: Classifier) -> None:
    guesses = rank(_heard("解約したい"), _MENU, menu)
    assert [guess.confidence for guess in guesses] == sorted((g.confidence for g in guesses), reverse=True)
    assert 0 < sum(guess.confidence for guess in guesses) <= 1


def test_yes_and_no_are_told_apart_although_they_mean_nothing_elsewhere() -> None:
    learnt = _learnt(_YES_NO)
    for text, key in (("はい", "1"), ("はい、そうです", "1"), ("いいえ", "2"), ("いえ、違います", "2")):
        assert rank(_heard(text), _YES_NO, learnt)[0].choice == key


def test_before_anything_is_learnt_likeness_must_do() -> None:
    guesses = rank(_heard("開薬したいです"), _MENU, None)
    assert guesses[0].choice == "4"
    assert guesses[0].confidence <= 0.6
    assert rank(_heard("、"), _MENU, None) == ()


async def test_what_was_learnt_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Matcher(_KNOWN.knowledge, tmp_path)
    assert await first.prepare(_YES_NO)
    guesses = await first.rank(_heard("はい"), _YES_NO)
    assert guesses[0].choice == "1"

    async def never(lesson: Lesson) -> None:
        raise AssertionError

    monkeypatch.setattr(matchers, "_teach", never)
    second = Matcher(_KNOWN.knowledge, tmp_path)
    assert await second.prepare(_YES_NO)
    assert await second.rank(_heard("はい"), _YES_NO) == guesses


async def test_a_lesson_that_fails_and_a_broken_file_leave_likeness(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(lesson: Lesson) -> None:
        await asyncio.to_thread(Path(lesson.path).write_bytes, b"no such thing")

    monkeypatch.setattr(matchers, "_teach", broken)
    matcher = Matcher(_KNOWN.knowledge, tmp_path)
    assert not await matcher.prepare(_MENU)
    assert (await matcher.rank(_heard("料金"), _MENU))[0].choice == "1"


async def test_ranking_never_raises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> tuple[Guess, ...]:
        raise RuntimeError("broken")

    monkeypatch.setattr(matchers, "rank", broken)
    assert await Matcher({}, tmp_path).rank(_heard("料金"), _MENU) == ()


def test_the_development_sentences_are_understood() -> None:
    choices = _KNOWN.choices("ja")
    learnt = _learnt(choices)
    right = wrong = accepted = 0
    sentences = read_sentences(DEVELOPMENT)
    for sentence in sentences:
        guess, acted = sure_of(rank(_heard(sentence.text), choices, learnt), _KNOWN.thresholds)
        if sentence.label == NONE:
            accepted += acted
        else:
            right += guess is not None and guess.choice == sentence.label
            wrong += acted and guess is not None and guess.choice != sentence.label
    meant = sum(sentence.label != NONE for sentence in sentences)
    assert right / meant > 0.85
    assert wrong / meant < 0.08
    assert accepted <= 8


def test_english_is_understood() -> None:
    choices = _KNOWN.choices("en")
    learnt = _learnt(choices)
    for text, intent in (
        ("my bill is much too high this month", "fees"),
        ("i want to terminate the contract", "cancellation"),
        ("could i talk to a human please", "operator"),
        ("the package still hasn't arrived", "delivery"),
        ("i forgot my password", "password"),
    ):
        assert rank(_heard(text, language="en"), choices, learnt)[0].choice == intent
