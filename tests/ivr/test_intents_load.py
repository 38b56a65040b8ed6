"""`intents.conf`: what is read of it, and what is said of faults."""

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.errors import FlowError
from ivr.hearing import ChoiceId, Guess
from ivr.intents.intent import Thresholds, sure_of
from ivr.intents.load import load_intents
from ivr.intents.template import parse_template

_SHIPPED = Path(__file__).parents[2] / "asterisk-config"
_WHOLE = """
[general]
sure = 0.7
unsure = .3
[lists]
thing[ja] => 荷物,商品
thing[en] => parcel,order
[synonyms]
same[ja] => 荷物,小包
[late](!)
phrase[ja] => {thing}が{届かない|来ない}
[delivery](late)
label[ja] => 配送
label[en] => delivery
phrase[ja] => {まだ|}着かない
phrase[en] => where is my {thing}
[background]
phrase[ja] => いい天気
"""


def _load(folder: Path, text: str) -> list[str]:
    (folder / "intents.conf").write_text(text, encoding="utf-8")
    with pytest.raises(FlowError) as caught:
        load_intents(folder)
    return [f"{problem.line}: {problem.message}" for problem in caught.value.problems]


def test_a_file_is_read_with_its_lists_templates_and_thresholds(tmp_path: Path) -> None:
    (tmp_path / "intents.conf").write_text(_WHOLE, encoding="utf-8")
    known = load_intents(tmp_path)
    delivery = known.intents[ChoiceId("delivery")]
    assert delivery.labels == {"ja": "配送", "en": "delivery"}
    assert set(delivery.phrases["ja"]) == {
        "荷物が届かない",
        "商品が届かない",
        "荷物が来ない",
        "商品が来ない",
        "まだ着かない",
        "着かない",
    }
    assert set(delivery.phrases["en"]) == {"where is my parcel", "where is my order"}
    assert known.knowledge["ja"].synonyms == (("荷物", "小包"),)
    assert known.knowledge["ja"].background == ("いい天気",)
    assert known.thresholds == Thresholds(0.7, 0.3)
    assert known.choices("en", [ChoiceId("delivery")]).phrases.keys() == {"delivery"}


def test_without_the_file_there_are_no_intents(tmp_path: Path) -> None:
    assert not load_intents(tmp_path).intents


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[a]\nlabel[ja] => あ\n", "1: expected phrase[ja] => or phrase[en] => in the intent [a]"),
        ("[a]\nphrase[ja] => あ\n", "1: expected label[ja] => what [a] is called when asking back"),
        ("[a]\nlabel[ja] => あ\nphrase[ja] => {う|え\n", "3: expected every { closed by a }"),
        ("[a]\nlabel[ja] => あ\nphrase[ja] => {thing}\n", "3: expected {a|b} or a list of [lists]"),
        ("[a]\nlabel[ja] => あ\nphrase => い\n", "1: expected phrase[ja] =>"),
        ("[a]\nlabel[ja] => あ\nphrase[fr] => oui\n", "3: expected one of label[ja]"),
        ("[general]\nsure = 2\n", "2: expected sure = a number from 0 to 1, found 2"),
        ("[general]\nsure = 0.2\nunsure = 0.4\n", "1: expected unsure to be at most sure"),
        ("[general]\nsharp = 0.2\n", "2: expected an option of [general]"),
        ("[lists]\nthing => a,b\n", "2: expected NAME[ja] => words"),
        ("[synonyms]\nsame[ja] => 一人\n", "2: expected two or more words"),
        ("[a b]\nlabel[ja] => あ\nphrase[ja] => い\n", "1: expected a name of letters"),
    ],
)
def test_a_fault_is_named_with_its_line_and_what_was_expected(
    tmp_path: Path, text: str, problem: str
) -> None:
    assert any(found.startswith(problem) for found in _load(tmp_path, text))


def test_too_many_wordings_are_a_fault() -> None:
    with pytest.raises(ValueError, match="at most"):
        parse_template("{a|b|c|d|e|f|g|h|i|j}" * 6, {})


def test_the_shipped_file_has_twelve_intents_in_both_languages() -> None:
    known = load_intents(_SHIPPED)
    assert len(known.intents) == 12
    for intent in known.intents.values():
        assert intent.labels.keys() == intent.phrases.keys() == {"ja", "en"}
        assert len(intent.phrases["ja"]) > 100
    for knowledge in known.knowledge.values():
        assert knowledge.synonyms
        assert knowledge.background


def test_every_wording_is_an_alternative_of_each_piece() -> None:
    template = parse_template("{a|b}-{|c}", {})
    assert set(template.some(10, random.Random(1))) == {"a-", "b-", "a-c", "b-c"}


@given(st.text(alphabet="{}|ab, ", max_size=30))
def test_any_phrase_is_read_or_refused(text: str) -> None:
    try:
        template = parse_template(text, {"a": ("x", "y")})
    except ValueError:
        return
    assert all("{" not in said for said in template.some(5, random.Random(1)))


def test_two_thresholds_part_acting_asking_and_not_understanding() -> None:
    thresholds = Thresholds(sure=0.6, unsure=0.3)
    for confidence, expected in ((0.7, (True, True)), (0.4, (True, False)), (0.1, (False, False))):
        guess, acted = sure_of([Guess(ChoiceId("a"), confidence)], thresholds)
        assert (guess is not None, acted) == expected
    assert sure_of([], thresholds) == (None, False)
