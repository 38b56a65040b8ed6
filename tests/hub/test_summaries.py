"""Summaries: what was wanted, given and done, in words that were said."""

import time

from hub.summaries import Extract, Matter, Said, extract

CALL = (
    Said("もしもし、お世話になっております。", True),
    Said("お電話ありがとうございます。", False),
    Said("先週注文した掃除機がまだ届かないのですが、いつ届きますか。", True),
    Said("少々お待ちください。", False),
    Said("はい。", True),
    Said("配送センターの遅延のため、出荷が遅れております。", False),
    Said("明後日までに届かないなら返品したいです。", True),
    Said("かしこまりました。", False),
    Said("明日の午前中に発送いたします。追跡番号をSMSでお送りします。", False),
    Said("わかりました。", True),
    Said("ありがとうございました。", True),
)
MATTER = Matter(
    intent="delivery",
    heard=(("order_number", "1234"),),
    said=CALL,
    result="resolved",
    note="発送手配済み",
)


def test_a_call_in_japanese() -> None:
    intent, heard, customer, agent, result = extract(MATTER).splitlines()
    assert (intent, heard) == ("用件：delivery", "聞き取り：order_number=1234")
    assert customer == (
        "お客様：先週注文した掃除機がまだ届かないのですが、いつ届きますか。明後日までに届かないなら返品したいです。"
    )
    assert "明日の午前中に発送いたします。" in agent
    assert "少々お待ちください" not in agent
    assert result == "結果：resolved、発送手配済み"


def test_a_thread_in_english() -> None:
    said = (
        Said("Hello!", True),
        Said("My vacuum cleaner arrived broken. I want a refund for the vacuum cleaner.", True),
        Said("I'm sorry to hear that. One moment please.", False),
        Said("We will send you a return label by Monday.", False),
        Said("Thanks a lot", True),
    )
    customer, agent = extract(Matter(language="en", said=said)).splitlines()
    assert customer.startswith("Customer: My vacuum cleaner arrived broken.")
    assert "refund" in customer
    assert agent == "Agent: I'm sorry to hear that. We will send you a return label by Monday."


def test_nothing_is_made_up() -> None:
    known = {part for each in CALL for part in each.text.replace("。", "。\n").splitlines()}
    for line in extract(Matter(said=CALL)).splitlines():
        body = line.split("：", 1)[1]
        assert all(part in known for part in body.replace("。", "。\n").splitlines())


def test_what_says_nothing_has_no_summary() -> None:
    assert extract(Matter()) == ""
    assert extract(Matter(said=(Said("はい", True), Said("少々お待ちください。", False)))) == ""
    assert extract(Matter(intent="billing")) == "用件：billing"


def test_what_is_said_twice_is_told_once() -> None:
    said = tuple(Said("注文を変更したいです。", True) for _ in range(9))
    assert extract(Matter(said=said)) == "お客様：注文を変更したいです。"


def test_a_long_call_takes_no_long_time() -> None:
    said = tuple(
        Said(f"注文{number}番の商品{number % 37}を変更したいです。", True) for number in range(5_000)
    )
    began_s = time.process_time()
    assert extract(Matter(said=said))
    assert time.process_time() - began_s < 10


async def test_it_stands_where_a_model_could() -> None:
    summariser = Extract()
    assert (summariser.name, await summariser.summarise(MATTER)) == ("extract", extract(MATTER))
