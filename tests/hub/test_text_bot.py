"""Customers whom a bot answers first, and who are closed, called, and written to by templates."""

from pathlib import Path

import pytest
from sqlalchemy import select

from acd.actions import RefuseContact
from acd.contact import Channel, ContactState
from acd.hours import Hours
from acd.ids import ContactId
from crm_bridge.identifiers import IdentifierKind, LinkedBy
from crm_bridge.knowledge import Answer, Knowledge
from crm_bridge.model import HeardItem, JourneyKind
from crm_bridge.tables import Base as CrmBase
from gateways.line.compose import compose
from gateways.protocol import Inbound, Outbound, Subscription, Withdrawn
from hub.clock import now_ms
from hub.desktop.protocol import ShownState
from hub.desktop.refusals import CommandRefused, Refusal
from hub.texting.bot import BotTurn, Talk
from hub.texting.bot_conf import BotRules, examine_bots
from hub.texting.calls import wants_call
from hub.texting.templates import Templates, examine_templates
from tests.hub.doubles import SATO
from tests.hub.fakes import until
from tests.hub.stage import CUSTOMER, NUMBER, SALES, SUPPORT, Stage, command
from tests.support.asterisk import ROOT

BOT = """
    [helper]
    queue => support
    greet[ja] => 自動応答です。
    person => 担当者,human
    trigger => 解約

    [order]
    type = field
    pattern = [0-9]{6}
    ask[ja] => 注文番号は？
    ask[en] => Your order number?

    [thanks]
    type = rule
    when => ありがとう
    say[ja] => どういたしまして。
"""
HOURS = Answer(
    name="hours",
    asks={"ja": ("営業時間を教えてください", "何時まで開いていますか")},
    says={"ja": "九時から五時です。"},
    texts={"ja": "9:00〜17:00です。"},
)
COST = Answer(
    name="cost",
    asks={"ja": ("送料はいくらですか",)},
    says={"ja": "五百円です。"},
    texts={"ja": "500円です。"},
)
CLOSED = Hours(week=((), (), (), (), (), (), ()))


def rules_of(folder: Path, text: str = BOT) -> BotRules:
    (folder / "bot.conf").write_text("\n".join(line.strip() for line in text.splitlines()), encoding="utf-8")
    rules, problems = examine_bots(folder, ["support", "sales"])
    assert problems == ()
    return rules


@pytest.fixture
def bot(stage: Stage, tmp_path: Path) -> Stage:
    """A stage with a bot in front of the support queue."""
    stage.text.write_by(Templates(), rules_of(tmp_path))
    stage.words.knowledge = Knowledge((HOURS, COST))
    return stage


async def said(stage: Stage, words: str, **more: object) -> list[Outbound]:
    """Let a customer write; returns what he is answered."""
    before = len(stage.post.sent)
    inbound = stage.inbound(words)
    fields = {name: getattr(inbound, name) for name in inbound.__struct_fields__} | more
    await stage.text.handle(Inbound(**fields))
    return stage.post.sent[before:]


async def texts(stage: Stage, words: str, **more: object) -> list[str]:
    return [each.text for each in await said(stage, words, **more)]


def shipped(stage: Stage) -> Stage:
    """Return the stage with the bot.conf that is shipped."""
    rules, problems = examine_bots(ROOT / "asterisk-config", ["support", "sales"])
    assert problems == ()
    stage.text.write_by(Templates(), rules)
    return stage


# --- the bot as it is shipped ------------------------------------------------------------------------


async def test_the_shipped_bot_is_not_there_while_it_has_no_answers(stage: Stage) -> None:
    shipped(stage)
    assert await texts(stage, "営業時間を教えてください") == []
    (contact,) = stage.board.all()
    assert not await stage.text.hand_back(contact, SATO), "there is no bot to hand back to"


async def test_the_shipped_bot_answers_what_is_in_faq_conf_and_says_what_it_is(stage: Stage) -> None:
    shipped(stage).words.knowledge = Knowledge((HOURS, COST))
    greeting, answer = await texts(stage, "営業時間を教えてください")
    assert (greeting[:4], answer) == ("自動応答", "9:00〜17:00です。")
    assert await texts(stage, "送料はいくらですか") == ["500円です。"]
    assert stage.board.all() == []
    (over,) = await texts(stage, "担当者をお願いします")
    assert "担当者におつなぎします" in over
    assert len(stage.board.all()) == 1


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("届いた箱が破れていました", "text"),
        ("こんにちは", "text"),
        ("［スタンプ］", "sticker"),
        ("", "image"),
    ],
)
async def test_the_shipped_bot_leaves_the_rest_to_an_agent_at_once_and_unheard(
    stage: Stage, words: str, kind: str
) -> None:
    shipped(stage).words.knowledge = Knowledge((HOURS, COST))
    await stage.presence(SATO)
    assert await texts(stage, words, kind=kind) == []
    contact = await stage.takes()
    assert len(await stage.crm.messages.of(contact.id)) == 1


async def test_who_was_answered_and_writes_no_more_is_closed_by_the_shipped_bot_without_a_word(
    stage: Stage,
) -> None:
    shipped(stage).words.knowledge = Knowledge((HOURS, COST))
    before = len(await texts(stage, "送料はいくらですか"))
    stage.text.idle._clock_ms = lambda: now_ms() + 25 * 3_600_000
    assert await stage.text.idle.look() == 1
    assert (before, len(stage.post.sent)) == (2, 2)


# --- the bot -----------------------------------------------------------------------------------------


async def test_the_bot_answers_from_the_knowledge_base_and_calls_nobody(bot: Stage) -> None:
    assert await texts(bot, "営業時間を教えてください") == ["自動応答です。", "9:00〜17:00です。"]
    assert await texts(bot, "ありがとう") == ["どういたしまして。"]
    assert bot.board.all() == []
    assert await bot.crm.contacts.open_threads() == []
    await bot.agrees()
    assert bot.router.state.contacts == {}, "a contact that a bot has is nobody's else"


async def test_a_message_told_twice_is_answered_once(bot: Stage) -> None:
    inbound = bot.inbound("送料はいくらですか")
    await bot.text.handle(inbound)
    await bot.text.handle(inbound)
    assert [each.text for each in bot.post.sent] == ["自動応答です。", "500円です。"]


async def test_who_writes_the_next_day_begins_anew(bot: Stage) -> None:
    await said(bot, "営業時間を教えてください", at_ms=now_ms() - 24 * 3_600_000)
    assert await texts(bot, "送料はいくらですか") == ["自動応答です。", "500円です。"]
    assert await texts(bot, "営業時間を教えてください") == ["9:00〜17:00です。"]


async def test_who_asks_for_a_person_is_asked_what_is_missing_and_handed_over(bot: Stage) -> None:
    await bot.presence(SATO)
    await said(bot, "送料はいくらですか")
    assert await texts(bot, "担当者をお願いします") == ["注文番号は？"]
    (answer,) = await texts(bot, "１２３４５６です")
    assert "担当者" in answer
    contact = await bot.takes()
    assert contact.heard == (HeardItem("order", "123456"),)
    shown = [each.text for each in await bot.crm.messages.of(contact.id)]
    assert shown[0] == "送料はいくらですか", "the agent sees the whole talk"
    assert len(shown) == 7
    known = await bot.crm.customers.identify(IdentifierKind.LINE, CUSTOMER)
    assert known is not None
    journey = await bot.crm.journey.timeline(known.customer.id)
    (item,) = [each for each in journey if each.kind is JourneyKind.BOT]
    assert (item.text, item.detail) == ("asked", {"fields": {"order": "123456"}})


async def test_who_writes_no_more_is_told_good_bye_and_closed(bot: Stage, tmp_path: Path) -> None:
    idle, hour_ms = bot.text.idle, 3_600_000
    assert await idle.look() == 0, "nobody writes"
    await said(bot, "What does it cost?")
    (record,) = await bot.crm.contacts.open_of_bots()
    assert await idle.look() == 0
    idle._clock_ms = lambda: now_ms() + 23 * hour_ms
    assert await idle.look() == 0
    idle._clock_ms = lambda: now_ms() + 25 * hour_ms
    assert await idle.look() == 1
    assert await idle.look() == 0
    assert "closing this conversation" in bot.post.sent[-1].text
    stored = await bot.crm.contacts.get(record.id)
    assert stored is not None
    assert stored.state is ContactState.ENDED
    await said(bot, "What does it cost?")
    (again,) = await bot.crm.contacts.open_of_bots()
    assert again.id != record.id


async def test_each_bot_has_its_own_patience(bot: Stage, tmp_path: Path) -> None:
    await said(bot, "送料はいくらですか")
    idle = bot.text.idle
    for minutes, expected in (("0", 0), ("90", 0), ("30", 1)):
        rules = rules_of(tmp_path, BOT.replace("person =>", f"idle = {minutes}\n    person =>"))
        bot.text.write_by(Templates(), rules)
        idle._clock_ms = lambda: now_ms() + 60 * 60_000
        assert await idle.look() == expected
    (tmp_path / "bot.conf").write_text("[helper]\nidle = soon\n", encoding="utf-8")
    (problem,) = examine_bots(tmp_path)[1]
    assert "expected idle = minutes from 0 to 43200, found 'soon'" in str(problem)


async def test_a_refusal_is_in_the_customer_s_language(stage: Stage) -> None:
    await stage.text.handle(stage.inbound("Hello, are you there?"))
    (contact,) = stage.board.all()
    await stage.text.refused(RefuseContact(contact=contact.id, reason="nobody_there"), contact)
    assert stage.post.sent[-1].text.startswith("Nobody is here")


async def test_two_failures_hand_over(bot: Stage) -> None:
    await said(bot, "送料はいくらですか")
    (again,) = await said(bot, "ほげほげ")
    assert "もう一度" in again.text
    assert [each.data for each in again.choices] == ["bot:person"]
    await said(bot, "注文番号999999 ぴよぴよ")
    (contact,) = bot.board.all()
    assert contact.heard == (HeardItem("order", "999999"),), "found where it was written"


async def _withdraws(bot: Stage, message: str) -> None:
    await bot.text.handle(
        Withdrawn(
            channel=Channel.LINE, event_id=f"w-{message}", address=CUSTOMER, message=message, at_ms=now_ms()
        )
    )


async def _everything(bot: Stage) -> str:
    """Return all that is stored of contacts, messages and the journey, as text."""
    found = []
    async with bot.audit._engine.connect() as connection:
        for table in CrmBase.metadata.sorted_tables:
            found += [str(row) for row in await connection.execute(select(table))]
    return "\n".join(found)


async def test_what_was_read_in_a_message_goes_with_it(bot: Stage) -> None:
    await said(bot, "送料はいくらですか", event_id="m1")
    await said(bot, "注文番号777777 ぴよぴよ", event_id="m2")
    assert "777777" in await _everything(bot)
    await _withdraws(bot, "m2")
    assert "777777" not in await _everything(bot), "the bot had it"
    await said(bot, "注文番号888888 ほげほげ", event_id="m3")
    await said(bot, "担当者お願いします", event_id="m4")
    (contact,) = bot.board.all()
    assert contact.heard == (HeardItem("order", "888888"),)
    kept = contact.heard
    for _ in range(2):
        await _withdraws(bot, "m3")
    assert not contact.heard
    assert "888888" not in await _everything(bot)
    await bot.crm.contacts.learned(contact.id, intent="", heard=kept, at_ms=now_ms())
    assert "888888" not in await _everything(bot), "another hub had it in mind"


async def test_a_trigger_hands_over_at_once(bot: Stage) -> None:
    await said(bot, "解約したい")
    (contact,) = bot.board.all()
    assert contact.heard == ()


async def test_what_may_be_meant_is_offered_and_chosen_by_button_or_number(bot: Stage) -> None:
    await said(bot, "こんにちは")
    (asked,) = await said(bot, "営業について何時")
    assert asked.choices[0].data == "bot:answer:hours"
    assert await texts(bot, "1") == ["9:00〜17:00です。"]
    await said(bot, "営業について何時")
    chosen = await texts(bot, "…", kind="choice", fields={"data": "bot:answer:cost"})
    assert chosen == ["500円です。"]


async def test_where_no_bot_is_wanted_an_agent_gets_it(bot: Stage) -> None:
    bot.text.go_by({Channel.LINE: SALES}, SALES)
    assert await texts(bot, "営業時間を教えてください") == []
    assert len(bot.board.all()) == 1


async def test_a_bot_that_fails_hands_over(bot: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(talk: Talk) -> BotTurn:
        raise RuntimeError(talk.text)

    monkeypatch.setattr(bot.text._bots._bot, "answer", broken)
    await said(bot, "こんにちは")
    assert len(bot.board.all()) == 1


async def test_a_machine_gets_no_answer_of_the_bot(bot: Stage) -> None:
    assert await said(bot, "不在です", is_automatic=True) == []


async def test_the_agent_hands_back_and_the_bot_goes_on(bot: Stage) -> None:
    await bot.presence(SATO)
    await said(bot, "解約したい")
    contact = await bot.takes()
    await bot.desk.command(SATO, command("hand_back", contact=contact.id))
    await bot.sees(SATO, contact.id, ShownState.WRAP_UP)
    assert "自動応答" in bot.post.sent[-1].text
    assert (await texts(bot, "営業時間を教えてください"))[-1] == "9:00〜17:00です。"
    assert [each.id for each in bot.board.all()] == [contact.id], "which is only wrapped up"


async def test_nothing_is_handed_back_where_there_is_no_bot(stage: Stage) -> None:
    await stage.presence(SATO)
    await stage.text.handle(stage.inbound())
    contact = await stage.takes()
    with pytest.raises(CommandRefused) as refused:
        await stage.desk.command(SATO, command("hand_back", contact=contact.id))
    assert refused.value.code is Refusal.NO_BOT


def test_what_is_wrong_in_bot_conf_is_said(tmp_path: Path) -> None:
    lines = (
        "[a]", "queue => sails", "sure = 20", "unsure = 40", "greed[ja] => x",
        "[b]", "type = field", "pattern = (a+)+",
        "[c]", "type = rule",
    )  # fmt: skip
    (tmp_path / "bot.conf").write_text("\n".join(lines), encoding="utf-8")
    _, problems = examine_bots(tmp_path, ["support"])
    assert sorted({each.line for each in problems}) == [1, 2, 5, 6, 8, 9]


# --- hours -------------------------------------------------------------------------------------------


async def test_who_writes_out_of_hours_is_told_and_kept(stage: Stage) -> None:
    stage.text.go_by({Channel.LINE: SUPPORT}, SUPPORT, {SUPPORT: CLOSED})
    for words in ("もしもし", "急ぎです"):
        await stage.text.handle(stage.inbound(words))
    (told,) = stage.post.sent
    assert "受付時間外" in told.text
    assert len(stage.router.state.contacts) == 1


async def test_templates_are_what_the_hub_writes(stage: Stage, tmp_path: Path) -> None:
    lines = (
        "[x]",
        "use = closed",
        "text[ja] => {customer}様、{opens}から。",
        "text[en] => Later, {customer}.",
    )
    (tmp_path / "templates.conf").write_text("\n".join(lines), encoding="utf-8")
    templates, problems = examine_templates(tmp_path, ["support"])
    assert problems == ()
    stage.text.write_by(templates, BotRules())
    stage.text.go_by({Channel.LINE: SUPPORT}, SUPPORT, {SUPPORT: CLOSED})
    await stage.text.handle(stage.inbound("Hello, is anybody there?"))
    assert stage.post.sent[0].text == f"Later, name of {CUSTOMER}."


def test_what_is_wrong_in_templates_conf_is_said(tmp_path: Path) -> None:
    lines = ("[a]", "text[ja] => {costumer}様", "queue => sails", "use = lunch", "[b]", "title[ja] => x")
    (tmp_path / "templates.conf").write_text("\n".join(lines), encoding="utf-8")
    _, problems = examine_templates(tmp_path, ["support"])
    assert [each.line for each in problems] == [2, 3, 4, 5]


def test_what_is_filled_in_is_not_filled_in_again(tmp_path: Path) -> None:
    (tmp_path / "templates.conf").write_text("[a]\ntext[ja] => {customer}様 {agent}", encoding="utf-8")
    templates, _ = examine_templates(tmp_path)
    (template,) = templates.for_agents("support", Channel.LINE)
    assert template.filled("en", {"customer": "{agent}", "agent": "佐藤"}) == "{agent}様 佐藤"
    assert template.filled("ja", {}) == "お客様 "


# --- "call me" -----------------------------------------------------------------------------------------


async def _known_by_phone(stage: Stage) -> None:
    known = await stage.crm.customers.ensure(IdentifierKind.LINE, CUSTOMER, LinkedBy.FIRST_CONTACT, at_ms=1)
    await stage.crm.customers.link(known.id, IdentifierKind.PHONE, NUMBER, LinkedBy.SIGNED_LINK, at_ms=2)


async def test_the_agent_whom_he_writes_with_calls_who_asks_for_it(stage: Stage) -> None:
    await _known_by_phone(stage)
    await stage.presence(SATO)
    await stage.text.handle(stage.inbound())
    await stage.takes()
    await stage.text.handle(stage.inbound("電話してください"))
    await until(lambda: bool(stage.control.orders("ring")))
    call = next(each for each in stage.board.all() if each.channel is Channel.VOICE)
    assert (call.reserved, call.address, call.outbound) == (SATO, NUMBER, True)
    assert "まもなくお電話" in stage.post.sent[-1].text
    ring = stage.control.orders("ring")[0]
    assert ring[2] == f"PJSIP/{SATO}"


async def test_who_waits_is_called_by_the_queue_in_his_place(stage: Stage) -> None:
    await _known_by_phone(stage)
    inbound = stage.inbound("Please call me")
    await stage.text.handle(inbound)
    await stage.text.handle(inbound)
    text = next(each for each in stage.board.all() if each.channel is Channel.LINE)
    (call,) = [each for each in stage.board.all() if each.channel is Channel.VOICE]
    assert (call.is_callback, call.address, call.queue) == (True, NUMBER, text.queue)
    assert call.arrived_ms == text.arrived_ms
    record = stage.record(call.id)
    assert record is not None
    assert record.contact.is_callback
    assert await stage.journal.flush(1)
    (stored,) = await stage.crm.contacts.open_callbacks()
    assert stored.id == call.id
    await stage.agrees()
    assert stage.record(ContactId(call.id)) is not None


async def test_a_stranger_is_asked_for_his_number_which_is_no_expensive_one(stage: Stage) -> None:
    await stage.text.handle(stage.inbound("電話してほしいです"))
    assert "番号をお送り" in stage.post.sent[-1].text
    assert "コード" in stage.post.sent[-1].text, "or he calls himself"
    await stage.text.handle(stage.inbound("0990-123-456"))
    assert all(each.channel is Channel.LINE for each in stage.board.all())
    await stage.text.handle(stage.inbound("０９０−１２３４−５６７８です"))
    (call,) = [each for each in stage.board.all() if each.channel is Channel.VOICE]
    assert call.address == NUMBER


async def test_who_gives_his_number_so_that_it_is_not_called_is_not(stage: Stage) -> None:
    await stage.text.handle(stage.inbound("Please call me"))
    await stage.text.handle(stage.inbound("やっぱり090-1234-5678には電話しないでください"))
    assert [each for each in stage.board.all() if each.channel is Channel.VOICE] == []
    await stage.text.handle(stage.inbound("090-1234-5678"))
    assert [each.address for each in stage.board.all() if each.channel is Channel.VOICE] == [NUMBER]


async def test_an_agent_calls_the_customer_of_a_text(stage: Stage) -> None:
    await stage.presence(SATO)
    await stage.text.handle(stage.inbound())
    contact = await stage.takes()
    with pytest.raises(CommandRefused) as refused:
        await stage.desk.command(SATO, command("call_me", contact=contact.id))
    assert refused.value.code is Refusal.NO_NUMBER
    await _known_by_phone(stage)
    await stage.desk.command(SATO, command("call_me", contact=contact.id))
    await until(lambda: bool(stage.control.orders("ring")))


@pytest.mark.parametrize(
    ("text", "wants"),
    [
        ("電話をお願いします", True),
        ("折り返し電話ください", True),
        ("call me", True),
        ("Could you call me back?", True),
        ("電話番号を教えて", False),
        ("先日電話した山田です", False),
        ("電話してくださいと言われましたが、そもそも何の件か分からず困っています。" * 2, False),
    ],
)
def test_what_asks_for_a_call(text: str, wants: bool) -> None:
    inbound = Inbound(channel=Channel.LINE, event_id="e", address="U", text=text, at_ms=now_ms())
    assert wants_call(inbound) is wants


WELCOME = """
    [welcome]
    use = followed
    channel => line
    text[ja] => {customer}様、ありがとうございます。
    text[en] => Thank you for following us.
    choice => queue/sales,購入,Buying
    choice => answer/hours,営業時間,Opening hours
    choice => say,担当者と話す,Talk to a person
    choice => tel:+81312345678,電話,Call us
"""


def followed(event: str = "f1", *, is_on: bool = True) -> Subscription:
    token = "token" if is_on else None
    return Subscription(
        channel=Channel.LINE,
        event_id=event,
        address=CUSTOMER,
        is_on=is_on,
        at_ms=now_ms(),
        reply_token=token,
    )


@pytest.fixture
def greeting(bot: Stage, tmp_path: Path) -> Stage:
    """A stage that greets who follows, with a menu."""
    lines = "\n".join(line.strip() for line in WELCOME.splitlines())
    (tmp_path / "templates.conf").write_text(lines, encoding="utf-8")
    templates, problems = examine_templates(tmp_path, ["support", "sales"])
    assert problems == ()
    bot.text.write_by(templates, rules_of(tmp_path))
    return bot


async def test_who_follows_is_greeted_once_by_the_reply_token_with_a_menu(greeting: Stage) -> None:
    for _ in range(2):
        await greeting.text.handle(followed())
    (sent,) = greeting.post.sent
    assert (sent.text, sent.reply_token) == (f"name of {CUSTOMER}様、ありがとうございます。", "token")
    assert [each.label for each in sent.choices] == ["購入", "営業時間", "担当者と話す", "電話"]
    ((menu,),) = compose(sent, lambda _: "")
    assert menu["type"] == "flex"
    assert greeting.board.all() == [], "nobody is called for it"


async def test_a_greeting_is_in_the_followers_language(greeting: Stage) -> None:
    greeting.names[Channel.LINE].speaks = "en-US"
    await greeting.text.handle(followed())
    assert greeting.post.sent[0].text == "Thank you for following us."
    assert greeting.post.sent[0].choices[0].label == "Buying"


async def test_without_a_template_or_when_he_leaves_nobody_is_greeted(
    greeting: Stage, tmp_path: Path
) -> None:
    await greeting.text.handle(followed(is_on=False))
    greeting.text.write_by(Templates(), rules_of(tmp_path))
    await greeting.text.handle(followed("f2"))
    assert greeting.post.sent == []


async def test_a_choice_of_the_menu_leads_to_its_queue_or_answer(greeting: Stage) -> None:
    await greeting.text.handle(followed())
    queue, hours = (each.data for each in greeting.post.sent[0].choices[:2])
    (answer,) = [
        each.text
        for each in await said(greeting, "営業時間", kind="choice", fields={"data": hours})
        if "9:00" in each.text
    ]
    assert answer == "9:00〜17:00です。"
    await said(greeting, "購入", kind="choice", fields={"data": queue}, address="U2")
    (contact,) = greeting.board.all()
    assert contact.queue == SALES
    await said(greeting, "？", kind="choice", fields={"data": "queue:support"}, address="U3")
    assert {each.queue for each in greeting.board.all()} <= {SALES, SUPPORT}
    assert greeting.board.thread(Channel.LINE, "U3") is None, "the bot has what leads nowhere"


@pytest.mark.parametrize(
    "line",
    [
        "choice => queue/nowhere,a",
        "choice => queue,a",
        "choice => say/x,a",
        "choice => ftp://x,a",
        "choice => say",
        "choice => say,a,b,c",
        "choice => page/x,a",
        f"choice => say,{'x' * 41}",
    ],
)
def test_what_is_wrong_with_a_choice_is_named(tmp_path: Path, line: str) -> None:
    text = f"[welcome]\nuse = followed\ntext[ja] => a\n{line}\n"
    (tmp_path / "templates.conf").write_text(text, encoding="utf-8")
    _, problems = examine_templates(tmp_path, ["support"])
    assert len(problems) == 1


def test_only_a_greeting_has_choices(tmp_path: Path) -> None:
    text = "[closed]\nuse = closed\ntext[ja] => a\nchoice => say,a\n"
    (tmp_path / "templates.conf").write_text(text, encoding="utf-8")
    assert len(examine_templates(tmp_path, ["support"])[1]) == 1
