"""`toritsugi ivr` and `toritsugi customer`: menus walked, drawn, and what they go by."""

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner

from crm_bridge.identifiers import IdentifierKind
from hub.cli import app
from hub.crm import Crm
from hub.database import create_engine, migrate
from tests.ivr.complete import FLOW, SHOP
from tests.ivr.flows import write

QUEUES = "[support]\n[sales]\n"
HOURS = "[office]\ntype = hours\nopen => mon-fri,09:00-18:00\nholidays = JP\n[support]\nhours = office\n"
INTENTS = "[billing]\nlabel[ja] => 料金\nphrase[ja] => 料金\nlabel[en] => billing\nphrase[en] => billing\n"
CALLER = ["--caller", "0312345678"]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    folder = tmp_path / "config"
    (folder / "ivr-hooks").mkdir(parents=True)
    write(folder, FLOW)
    write(folder, QUEUES, "queues.conf")
    write(folder, HOURS, "acd.conf")
    write(folder, INTENTS, "intents.conf")
    write(folder / "ivr-hooks", SHOP, "shop.py")
    return folder


def walk(config: Path, typed: str, *options: str) -> tuple[int, list[str]]:
    result = CliRunner().invoke(app, ["ivr", "try", "--config", str(config), *options], input=typed)
    return result.exit_code, (result.stdout + result.stderr).splitlines()


MONDAY, SUNDAY, HOLIDAY = "2026-11-30T10:00:00", "2026-11-29T10:00:00", "2026-11-23T10:00:00"


@pytest.mark.parametrize(
    ("typed", "options", "ended"),
    [
        ("2\n", [*CALLER, "--at", MONDAY], "queue,sales"),
        ("1\n", [*CALLER, "--at", SUNDAY], "voicemail,support"),
        ("1\n", [*CALLER, "--at", HOLIDAY], "voicemail,support"),
        ("1\n", [*CALLER, "--closed", "support"], "voicemail,support"),
        ("\n-\n", [*CALLER, "--open", "support"], "queue,support"),
        ("", ["--open", "support", "--language", "en", "--known"], "queue,sales"),
        ("", ["--open", "support"], "hangup"),
        ("", [*CALLER, "--open", "support", "--tag", "VIP"], "queue,support,priority=100"),
        ("1\n", [*CALLER, "--open", "support", "--wait", "support=400"], "callback,support,priority=2"),
        ("1\n4711\n", [*CALLER, "--open", "support", "--pin", "4711"], "queue,sales,priority=9"),
        ("1\n0000\n0000\n", [*CALLER, "--open", "support", "--pin", "4711"], "queue,support"),
        ("3\n", [*CALLER, "--open", "support", "--hook", "status=paid,eta=明日"], "hangup"),
        ("3\n19800229\n", [*CALLER, "--open", "support", "--birth", "19800229"], "queue,support"),
        ("6\n0018\n1201\n1\n山田です\nはい\n", [*CALLER, "--open", "support"], "queue,sales"),
        ("6\n0018\nオペレーター\n", [*CALLER, "--open", "support"], "queue,support"),
        ("5\n4\n", [*CALLER, "--open", "support"], "queue,sales"),
        ("買いたい\n", [*CALLER, "--open", "support"], "queue,sales"),
        ("billing?\nはい\n", [*CALLER, "--open", "support"], "queue,support,priority=3"),
        ("18374#1\n", ["--number", "0311110000"], "queue,support"),
        ("18374\n2\n59998\n1\n", ["--number", "0311110000"], "queue,sales"),
        ("", [*CALLER, "--open", "support"], "hung up"),
    ],
)
def test_walks_by_what_is_typed(config: Path, typed: str, options: list[str], ended: str) -> None:
    code, lines = walk(config, typed, *options, "--expect", ended)
    assert f"outcome: {ended}" in lines
    assert code == 0


ELSEWHERE = """
[main]
prompt => file:main
key => 1,deflect,line,queue=support,sent=sent,failed=failed
key => 2,deflect,sms,queue=support,failed=failed
key => 3,transfer,117,failed=failed
intent => billing,queue,support
intent => hours,queue,support
key => 4,menu,bot
on_timeout => queue,support

[bot]
prompt => file:bot
key => 1,hangup
intent => hours,hook,answers
intent => billing,hook,answers
faq => hook,answers
on_timeout => hangup

[answers]
type = faq
then => say,told
on_failure => queue,support

[told]
type = message
prompt[ja] => {answer}
prompt[en] => {answer}
then => menu,bot

[sent]
type = message
prompt => file:sent
then => hangup

[failed]
type = message
prompt => file:failed
then => queue,sales
"""
MORE = """[billing]
label[ja] => 料金のお問い合わせ
phrase[ja] => 料金について聞きたい
phrase[ja] => 請求書
label[en] => billing
phrase[en] => billing
[hours]
label[ja] => 営業時間のお問い合わせ
phrase[ja] => 営業時間を教えて
label[en] => hours
phrase[en] => opening hours
"""
TRIAGE = "[often]\nintent => hours\noffer => faq,sms\n[shut]\nhours = closed\noffer => line,callback\n"
FAQ = "[hours]\nintent => hours\nask[ja] => 何時まで\nsay[ja] => 九時から十七時までです。\n"
FAQ += "[parking]\nask[ja] => 車で行けますか？\nsay[ja] => 駐車場が三台分あります。\n"


@pytest.mark.parametrize(
    ("typed", "options", "said", "came"),
    [
        (
            "1\n",
            CALLER,
            "ja: (recording sent)",
            ["deflect,line,queue=support", "hangup"],
        ),
        ("1\n", [], "(line cannot be offered: no --caller)", ["queue,sales"]),
        ("2\n", [*CALLER, "--fail", "sms"], "ja: (recording failed)", ["queue,sales"]),
        ("2\n", CALLER, "ショートメッセージをお送りしました", ["deflect,sms,queue=support"]),
        ("3\n", ["--fail", "transfer"], "ja: (recording failed)", ["queue,sales"]),
        ("請求書の料金を聞きたい\nはい\n", CALLER, "料金のお問い合わせでよろしいですか", ["queue,support"]),
        ("何時まで営業時間ですか\n1\n1\n1\n", CALLER, "九時から十七時までです", ["queue,support", "faq"]),
        ("hours\n2\n", CALLER, "triage: often: faq, sms", ["queue,support", "sms"]),
        ("4\nhours\n1\n", CALLER, "ja: 九時から十七時までです。", ["hangup"]),
        ("4\n何時まで\n1\n", CALLER, "ja: 九時から十七時までです。", ["hangup"]),
        ("4\n車で行けますか\n1\n", CALLER, "ja: 駐車場が三台分あります。", ["hangup"]),
        ("4\nfaq:parking?\nはい\n1\n", CALLER, "ja: 「車で行けますか」というご質問で", ["hangup"]),
        ("4\nbilling\n", CALLER, "ja: (recording bot)", ["queue,support"]),
        ("hours\n\n", CALLER, "このままお待ちになる方は", ["queue,support"]),
        ("\n\n2\n", [*CALLER, "--closed", "support"], "ただいま受付時間外", ["queue,support"]),
        (
            "\n\n1\n",
            [*CALLER, "--closed", "support"],
            "shut: line; often: intent; callback: refused",
            ["line"],
        ),
    ],
)
def test_goes_on_where_a_call_would(
    config: Path, typed: str, options: list[str], said: str, came: list[str]
) -> None:
    for text, name in (
        (ELSEWHERE, "ivr.conf"),
        (MORE, "intents.conf"),
        (TRIAGE, "triage.conf"),
        (FAQ, "faq.conf"),
    ):
        write(config, text, name)
    code, lines = walk(config, typed, *options, "--at", MONDAY, "--expect", came[-1])
    assert any(said in line for line in lines), lines
    assert [f"outcome: {each}" for each in came] == [
        line for line in lines if line.startswith("outcome") and line[9:] in came
    ]
    assert code == 0, lines


def test_shows_prompts_path_and_variables(config: Path) -> None:
    _, lines = walk(config, "18374\n1\n", "--number", "0311110000", *CALLER)
    assert lines == [
        "ja: 注文番号",
        "ja: 18-374ですね",
        "path: order 18374, order 1",
        "variable: caller = 0312345678",
        "variable: dialled = 0311110000",
        "variable: order = 18374",
        "outcome: queue,support",
    ]


def test_a_script_sees_that_it_ends_otherwise(config: Path) -> None:
    code, lines = walk(config, "2\n", *CALLER, "--open", "support", "--expect", "queue,support")
    assert code == 1
    assert lines[-1] == "expected queue,support, found queue,sales"


def test_a_pin_is_not_shown(config: Path) -> None:
    _, lines = walk(config, "1\n4711\n", *CALLER, "--open", "support", "--pin", "4711")
    assert "path: main 1, pin ****, pin accepted" in lines
    assert not any("4711" in line for line in lines)


@pytest.mark.parametrize(
    "options", [["--start", "nowhere"], ["--wait", "soon"], ["--hook", "status"], ["--hook", "status=a,b"]]
)
def test_says_what_was_expected(config: Path, options: list[str]) -> None:
    code, lines = walk(config, "", *options)
    assert code == 1
    assert "expected" in lines[-1]


@pytest.mark.parametrize(("format_", "first"), [("mermaid", "flowchart TD"), ("dot", "digraph ivr {")])
def test_draws(config: Path, format_: str, first: str) -> None:
    result = CliRunner().invoke(app, ["ivr", "picture", "--config", str(config), "--format", format_])
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0] == first


def test_customers_are_given_proofs_and_marks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'hub.db'}"
    monkeypatch.setenv("TORITSUGI_DATABASE_URL", url)
    asyncio.run(migrate(url))

    def run(*arguments: str, typed: str = "") -> str:
        result = CliRunner().invoke(app, ["customer", *arguments], input=typed)
        return result.stdout + result.stderr

    async def look() -> tuple[int, frozenset[str]]:
        engine = create_engine(url)
        crm = Crm.on(engine)
        known = await crm.customers.identify(IdentifierKind.PHONE, "+819012345678")
        assert known is not None
        found = await crm.proofs.hashes(known.customer.id, "pin"), await crm.tags.of(known.customer.id)
        await engine.dispose()
        return len(found[0]), found[1]

    assert run("prove", "090-1234-5678", "pin", typed="4711\n") == "pin: kept\n"
    assert run("tag", "090-1234-5678", "VIP") == "VIP: marked\n"
    assert asyncio.run(look()) == (1, frozenset({"vip"}))
    assert "expected 4 to 8 digits" in run("prove", "090-1234-5678", "pin", typed="1\n")
    assert run("prove", "090-1234-5678", "pin", "--remove") == "pin: removed\n"
    assert run("tag", "090-1234-5678", "vip", "--remove") == "vip: removed\n"
    assert asyncio.run(look()) == (0, frozenset())
    assert "expected a telephone number" in run("tag", "x", "vip")
