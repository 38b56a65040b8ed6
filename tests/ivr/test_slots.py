"""Slots: asked, heard, said back, agreed to or given up."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

import pytest

from ivr.hearing import Alternative, Utterance
from ivr.slot_session import fill
from ivr.slots import (
    Done,
    Filled,
    Form,
    GivenUp,
    Heard,
    Keys,
    Listen,
    Silence,
    Slot,
    SlotKind,
    Turn,
    begin,
    name_in,
    said_back,
    step,
)
from ivr.spoken_dates import Tense

TODAY = date(2026, 11, 26)
ORDER = Slot(
    name="order_number",
    kind=SlotKind.NUMBER,
    prompt={"ja": "注文番号をお話しください。", "en": "Your order number, please."},
    length_min=4,
    length_max=6,
)
DAY = Slot(
    name="day", kind=SlotKind.DATE, prompt={"ja": "ご希望の日は。", "en": "Which day?"}, tense=Tense.FUTURE
)
NAME = Slot(name="name", kind=SlotKind.NAME, prompt={"ja": "お名前は。", "en": "Your name?"})
FORM = Form((ORDER, DAY, NAME))


def heard(*texts: str, confidence: float = 0.7, language: str = "ja") -> Utterance:
    return Utterance(tuple(Alternative(text, confidence) for text in texts), language)


def play(form: Form, *said: Heard | str, language: str = "ja") -> Turn:
    turn = begin(form, language, TODAY)
    for each in said:
        assert isinstance(turn.then, Listen), turn
        utterance = heard(each, language=language) if isinstance(each, str) else each
        turn = step(form, turn.standing, utterance)
    return turn


def test_a_whole_form_by_voice() -> None:
    turn = play(FORM, "一二三四です", "はい", "来週の火曜", "はい、お願い", "山田と申します", "そうです")
    assert turn.then == Done(
        (
            Filled("order_number", "1234", "一二三四です"),
            Filled("day", "2026-12-01", "来週の火曜"),
            Filled("name", "山田", "山田と申します"),
        )
    )


def test_a_whole_form_in_english() -> None:
    said = ("it's twelve thirty-four", "yes", "next tuesday", "that's right", "my name is Ann Lee", "yes")
    turn = play(FORM, *said, language="en")
    assert isinstance(turn.then, Done)
    assert [each.value for each in turn.then.filled] == ["1234", "2026-12-01", "Ann Lee"]


def test_keys_serve_too() -> None:
    turn = play(FORM, Keys("1234"), Keys("1"), Keys("1201"), Keys("1"), "山田", Keys("1"))
    assert isinstance(turn.then, Done)
    assert turn.then.filled[:2] == (Filled("order_number", "1234"), Filled("day", "2026-12-01"))


def test_what_is_understood_is_said_back() -> None:
    assert "1、2、3、4、でよろしいですか" in play(FORM, "千二百三十四").words[0]
    assert "12月1日、火曜日" in play(FORM, "1234", "はい", "来週の火曜").words[0]
    assert said_back(DAY, "2026-12-01", "en") == "Tuesday, December 1"
    assert said_back(NAME, "山田", "ja") == "山田様"


def test_who_disagrees_is_asked_again_and_a_correction_is_taken_at_once() -> None:
    turn = play(FORM, "1234", "いいえ")
    assert turn.words == ("恐れ入ります。もう一度お願いします。", "注文番号をお話しください。")
    turn = play(FORM, "1234", "いいえ、1235です")
    assert "1、2、3、5" in turn.words[0]
    turn = play(FORM, "1234", "いいえ、1235です", "はい")
    assert turn.standing.filled[0].value == "1235"


def test_the_reading_that_fits_is_taken() -> None:
    turn = play(FORM, heard("注文番号は", "一二三", "一二三四"))
    assert "1、2、3、4" in turn.words[0]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (("ええと", "わかりません", "うーん"), "not_understood"),
        ((Silence(), Silence(), Silence()), "silence"),
        (("オペレーターをお願いします",), "operator"),
        ((Keys("0"),), "operator"),
        (("12", "123", "1234567"), "not_understood"),
    ],
)
def test_who_cannot_answer_goes_to_an_agent(said: tuple[Heard | str, ...], why: str) -> None:
    turn = play(FORM, *said)
    assert turn.then == GivenUp((), "order_number", why)
    assert "担当者" in turn.words[0]


WITH_KEYS = replace(FORM, leaving=frozenset("0*9"), repeating=frozenset("#"))


@pytest.mark.parametrize("said", [(), ("1234",), ("1234", "はい"), ("1234", "はい", "来週の火曜", "はい")])
@pytest.mark.parametrize("key", ["0", "*", "9"])
def test_keys_of_the_menus_lead_out_of_a_form(said: tuple[str, ...], key: str) -> None:
    turn = play(WITH_KEYS, *said, Keys(key))
    assert isinstance(turn.then, GivenUp)
    assert (turn.words, turn.then.why) == ((), key)


@pytest.mark.parametrize("said", [(), ("1234",), ("1234", "はい")])
def test_what_is_asked_is_said_again(said: tuple[str, ...]) -> None:
    asked = play(WITH_KEYS, *said)
    again = play(WITH_KEYS, *said, Keys("#"))
    assert (again.words, again.then) == (asked.words, asked.then)


def test_keys_that_are_the_answer_mean_nothing_else() -> None:
    digit = replace(ORDER, length_min=1, length_max=1)
    form = replace(WITH_KEYS, slots=(digit,), leaving=frozenset("12"))
    assert play(form, Keys("1")).then == Done((Filled("order_number", "1"),))
    assert play(WITH_KEYS, "1234", Keys("1")).standing.filled[0].value == "1234"
    assert play(replace(form, slots=(ORDER,)), "1234", Keys("2")).standing.candidate is None


def test_all_that_was_said_goes_to_the_agent() -> None:
    turn = play(FORM, "1234", "はい", "来週の火曜", "担当者と話したい")
    assert isinstance(turn.then, GivenUp)
    assert [(each.name, each.value) for each in turn.then.filled] == [
        ("order_number", "1234"),
        ("day?", "2026-12-01"),
    ], "what he did not agree to yet is marked"


def test_an_answer_that_is_neither_yes_nor_no_is_asked_for_by_keys() -> None:
    turn = play(FORM, "1234", "えーっと")
    assert "1を" in turn.words[1]
    assert turn.then == Listen(1, "")
    turn = step(FORM, turn.standing, Keys("1"))
    assert turn.standing.filled[0].value == "1234"


def test_a_slot_may_be_left_out() -> None:
    form = Form((ORDER, Slot(name="name", kind=SlotKind.NAME, prompt=NAME.prompt, optional=True)), tries=1)
    turn = play(form, Keys("1234"), Keys("1"), Silence())
    assert turn.then == Done((Filled("order_number", "1234"),))


def test_a_number_that_can_be_checked_need_not_be_said_back() -> None:
    slot = Slot(
        name="order_number",
        kind=SlotKind.NUMBER,
        prompt=ORDER.prompt,
        length_min=4,
        length_max=4,
        check=lambda digits: digits.endswith("4"),
    )
    done = play(Form((slot,)), heard("1234", confidence=0.9)).then
    assert done == Done((Filled("order_number", "1234", "1234"),))
    assert isinstance(play(Form((slot,)), heard("1234", confidence=0.5)).then, Listen)
    assert isinstance(play(Form((slot,)), heard("1235", confidence=0.9)).then, Listen)
    assert play(Form((slot,)), Keys("1234")).then == Done((Filled("order_number", "1234"),))


@pytest.mark.parametrize(
    ("text", "language", "name"),
    [
        ("山田です", "ja", "山田"),
        ("えっと、山田太郎と申します。", "ja", "山田太郎"),
        ("私は佐藤といいます", "ja", "佐藤"),
        ("This is Ann Lee speaking.", "en", "Ann Lee"),
        ("はい、あのー、わたしの名前は山田太郎といいますけれども。", "ja", "山田太郎"),
        ("はい佐藤でございます", "ja", "佐藤"),
        ("はいわたしは林っていいます", "ja", "林"),
        ("えーっと、ミラーと申しますが", "ja", "ミラー"),
        ("田中ですよね", "ja", "田中"),
        ("です", "ja", None),
        ("090です", "ja", None),
        ("", "ja", None),
        ("あ" * 60, "ja", None),
    ],
)
def test_names(text: str, language: str, name: str | None) -> None:
    assert name_in(text, language) == name


SURNAMES = (
    "さとう すずき たかはし たなか いとう わたなべ やまもと なかむら こばやし かとう よしだ やまだ ささき "
    "やまぐち まつもと いのうえ きむら はやし しみず やまざき もり いけだ はしもと あべ いしかわ やました "
    "おがわ いしい はせがわ ごとう おかだ まえだ ふじた えんどう あおき さかもと むらかみ おおた かねだ "
    "ふくだ にしだ うえだ もりた たけだ はらだ よこた みやた ほんだ やすだ まつだ のだ おだ ただ くろだ "
    "さくらだ しばた わだ なりた いまだ かわだ ひらた すだ つだ うめだ しまだ ちよだ とだ みよ あかね かね "
    "みね つね こね はね やね とね ひね はいじま はいばら はいだ あのう あの えとう もと もとい よねだ だて "
    "だいもん ねもと ねぎし よこやま よねくら といだ いいだ いいの もうり 吉田 山田 金田 福田 津田 羽根 曽根 "
    "江藤 拝島 阿野 ミラー タダ ヨシダ かが "
)


@pytest.mark.parametrize(
    "around", ["{}", "{}です", "{}ですよ", "{}ですけど", "{}と申します", "{}といいます。"]
)
def test_no_name_is_cut(around: str) -> None:
    heard_as = {surname: name_in(around.format(surname), "ja") for surname in SURNAMES.split()}
    assert heard_as == {surname: surname for surname in SURNAMES.split()}


async def test_a_caller_is_led_through_a_form() -> None:
    answers: Iterator[Heard] = iter([heard("一二三四"), heard("はい"), Keys("0")])
    asked: list[str] = []
    last: list[str] = []

    async def ask(words: Sequence[str], listen: Listen) -> Heard:
        asked.extend(words)
        return next(answers)

    async def say(words: Sequence[str]) -> None:
        last.extend(words)

    outcome = await fill(FORM, "ja", TODAY, ask, say)
    assert outcome == GivenUp((Filled("order_number", "1234", "一二三四"),), "day", "operator")
    assert (asked[0], "担当者" in last[0]) == ("注文番号をお話しください。", True)


def test_every_walk_ends() -> None:
    """Whatever is said: after few turns the form is done or the caller is with an agent."""
    said: list[Heard] = [
        heard("1234"),
        heard("はい"),
        heard("いいえ"),
        heard("いいえ、4321です"),
        heard("明日"),
        heard("うーん"),
        Keys("9"),
        Keys("1234"),
        Silence(),
    ]
    for seed in range(300):
        randomly = random.Random(seed)
        turn = begin(FORM, "ja", TODAY)
        for _ in range(2 * FORM.tries * len(FORM.slots)):
            if not isinstance(turn.then, Listen):
                break
            turn = step(FORM, turn.standing, randomly.choice(said))
        assert not isinstance(turn.then, Listen), seed
