"""Answers: read from faq.conf, found by questions that are put otherwise."""

from pathlib import Path

import pytest

from crm_bridge.knowledge import Knowledge, examine_knowledge
from tests.ivr.flows import write

FAQ = """
    [hours]
    intent => opening_hours
    ask[ja] => 営業時間を教えてください
    ask[ja] => 何時まで開いていますか
    ask[en] => What are your opening hours?
    say[ja] => 平日の九時から十七時までです。
    say[en] => We are open from nine to five on weekdays.
    text[ja] => 平日9:00〜17:00
    url => https://www.example.jp/hours

    [returns]
    intent => return,refund
    ask[ja] => 商品を返品したい
    ask[ja] => 返金はいつですか
    ask[en] => How can I return an item?
    say[ja] => 商品が届いてから十四日以内に、返品票を付けてお送りください。
    say[en] => Send it back within fourteen days, with the return slip.

    [delivery]
    ask[ja] => 荷物はいつ届きますか
    ask[en] => When will my parcel arrive?
    say[ja] => 発送から二日ほどで届きます。追跡番号をメールでお知らせします。
    say[en] => About two days after dispatch. We send you a tracking number.
"""


def _knowledge(folder: Path) -> Knowledge:
    write(folder, FAQ, "faq.conf")
    answers, problems = examine_knowledge(folder, {"opening_hours", "return", "refund"})
    assert problems == ()
    return Knowledge(answers)


@pytest.mark.parametrize(
    ("question", "language", "name"),
    [
        ("営業時間は？", "ja", "hours"),
        ("何時まで開いてる", "ja", "hours"),
        ("返品の仕方を知りたいのですが", "ja", "returns"),
        ("返金", "ja", "returns"),
        ("荷物が届きません", "ja", "delivery"),
        ("追跡番号", "ja", "delivery"),
        ("opening hour", "en", "hours"),
        ("I'd like to return something", "en", "returns"),
        ("where is my parcel", "en", "delivery"),
        ("ＯＰＥＮＩＮＧ　ＨＯＵＲＳ", "en", "hours"),
    ],
)
def test_the_best_answer_comes_first(tmp_path: Path, question: str, language: str, name: str) -> None:
    found = _knowledge(tmp_path).search(question, language)
    assert found
    assert found[0].answer.name == name


@pytest.mark.parametrize("question", ["", "？", "社長の趣味", "weather"])
def test_what_nothing_fits_finds_nothing(tmp_path: Path, question: str) -> None:
    assert _knowledge(tmp_path).search(question, "ja") == []


def test_scores_fall_and_are_bounded(tmp_path: Path) -> None:
    found = _knowledge(tmp_path).search("営業時間と返品", "ja", limit=2)
    scores = [each.score for each in found]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= 1 for score in scores)
    exact = _knowledge(tmp_path).search("荷物はいつ届きますか", "ja")
    assert exact[0].score == 1


def test_an_answer_in_the_other_language_is_better_than_none(tmp_path: Path) -> None:
    assert [each.answer.name for each in _knowledge(tmp_path).search("tracking number", "ja")] == ["delivery"]


def test_answers_are_spoken_and_written(tmp_path: Path) -> None:
    knowledge = _knowledge(tmp_path)
    answer = knowledge.for_intent("opening_hours", "ja")
    assert answer is not None
    assert answer.spoken("ja") == "平日の九時から十七時までです。"
    assert answer.written("ja") == "平日9:00〜17:00 https://www.example.jp/hours"
    assert answer.written("en").startswith("We are open")
    assert knowledge.for_intent("refund", "en") is not None
    assert knowledge.for_intent("other", "ja") is None
    assert knowledge.for_intent("", "ja") is None


def test_without_a_file_nothing_is_known(tmp_path: Path) -> None:
    assert examine_knowledge(tmp_path) == ((), ())
    assert Knowledge().search("営業時間", "ja") == []


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        ("[a]\nask[ja] => x", 1, "expected say[ja] => … or say[en] => …: what is read aloud"),
        (
            "[a]\nsay[ja] => x\nask[fr] => y",
            3,
            "expected intent, url, or ask[ja], say[ja], text[ja] (or [en])",
        ),
        ("[a]\nsay[ja] => x\nurl => www", 3, "expected url => https://…, found 'www'"),
        ("[a]\nsay[ja] =>", 2, "expected something after say[ja]"),
        ("[a]\nsay[ja] => x\nintent => y", 3, "expected intent => one of refund, found y"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, text: str, line: int, expected: str) -> None:
    write(tmp_path, text, "faq.conf")
    _, problems = examine_knowledge(tmp_path, ["refund"])
    assert problems[0].line == line
    assert problems[0].message.startswith(expected)
