"""Transcripts and summaries: shown as they are said, masked, kept, found and deleted."""

from collections.abc import Awaitable, Callable

import msgspec
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.ids import AgentId, ContactId, QueueName
from crm_bridge.model import HeardItem, JourneyItem, JourneyKind
from crm_bridge.transcripts import TranscriptLine, TranscriptStore
from hub.accounts import Account, Role
from hub.desktop.protocol import ShownState, SummaryShown, TranscriptShown
from hub.learning import Learning
from hub.summaries import Matter
from hub.transcripts import Side
from ivr.hearing import Alternative, Utterance
from tests.hub.conftest import Client
from tests.hub.doubles import SATO, TANAKA
from tests.hub.fakes import until
from tests.hub.stage import SUPPORT, Stage, command

Bearer = Callable[[str], Awaitable[dict[str, str]]]
DAY_MS = 86_400_000


def said(text: str, language: str = "ja", length_s: float = 1.0) -> Utterance:
    return Utterance((Alternative(text, 0.8),), language, 0.0, length_s)


async def _talk(stage: Stage) -> ContactId:
    await stage.presence(SATO)
    contact = await stage.arrives()
    await stage.talks(contact)
    return contact


async def _journey(stage: Stage, contact: ContactId, kind: JourneyKind) -> list[JourneyItem]:
    assert await stage.journal.flush(1)
    stored = await stage.crm.contacts.get(contact)
    assert stored is not None
    assert stored.customer is not None
    return [each for each in await stage.crm.journey.timeline(stored.customer) if each.kind is kind]


async def test_what_is_said_is_shown_to_the_agent_and_kept(stage: Stage) -> None:
    contact = await _talk(stage)
    stage.words.transcripts.heard(stage.live(contact), Side.CUSTOMER, said("荷物が届きません"))
    stage.words.transcripts.heard(stage.live(contact), Side.AGENT, said("お調べします"))
    shown = [each.line for each in stage.screens.of(SATO, TranscriptShown)]
    assert [(each.side, each.text, each.confidence) for each in shown] == [
        ("customer", "荷物が届きません", 80),
        ("agent", "お調べします", 80),
    ]
    assert await stage.journal.flush(1)
    assert [each.text for each in await stage.crm.transcripts.of(contact)] == [each.text for each in shown]


async def test_what_is_shown_is_the_reading_for_people(stage: Stage) -> None:
    contact = await _talk(stage)
    readings = (
        Alternative("にもつがとどきません", 0.9, by_sound=True),
        Alternative("荷物", 0.8, by_sound=True),
        Alternative("荷物が届きません", 0.7),
    )
    stage.words.transcripts.heard(stage.live(contact), Side.CUSTOMER, Utterance(readings, "ja", 0.0, 1.0))
    stage.words.transcripts.heard(stage.live(contact), Side.CUSTOMER, Utterance(readings[:1], "ja", 1.0, 2.0))
    shown = [each.line for each in stage.screens.of(SATO, TranscriptShown)]
    assert [(each.text, each.confidence) for each in shown] == [
        ("荷物が届きません", 70),
        ("にもつがとどきません", 90),
    ]


async def test_a_desktop_that_comes_back_is_shown_what_was_said(stage: Stage) -> None:
    contact = await _talk(stage)
    stage.words.transcripts.heard(stage.live(contact), Side.CUSTOMER, said("荷物が届きません"))
    first = await stage.desk.agent_joined(Account(SATO, "Sato", Role.AGENT, 0))
    assert [each.line.text for each in first if isinstance(each, TranscriptShown)] == ["荷物が届きません"]


async def test_what_is_learned_of_a_caller_is_kept(stage: Stage) -> None:
    contact = await stage.arrives()
    learning = Learning(stage.crm, stage.journal)
    learning.learned(stage.live(contact), intent="billing", heard=[HeardItem("order", "1")])
    learning.learned(stage.live(contact), heard=[HeardItem("order", "2"), HeardItem("name", "山田")])
    assert await stage.journal.flush(1)
    stored = await stage.crm.contacts.get(contact)
    assert stored is not None
    assert (stored.intent, [each.value for each in stored.heard]) == ("billing", ["2", "山田"])
    assert stage.live(contact).heard == stored.heard


async def test_a_card_number_in_breaths_is_masked_wherever_it_is(stage: Stage) -> None:
    silenced: list[tuple[ContactId, int, int]] = []
    stage.words.transcripts.silence = lambda *about: silenced.append(about)
    stage.words.transcripts.is_silenced = lambda queue: queue == SUPPORT
    contact = await _talk(stage)
    for part in ("5555", "5555", "5555", "4444です"):
        stage.words.transcripts.heard(stage.live(contact), Side.CUSTOMER, said(part))
    latest = {each.line.id: each.line.text for each in stage.screens.of(SATO, TranscriptShown)}
    assert list(latest.values()) == ["＊＊＊＊", "＊＊＊＊", "＊＊＊＊", "＊＊＊＊です"]
    assert await stage.journal.flush(1)
    stored = await stage.crm.transcripts.of(contact)
    assert [each.text for each in stored] == list(latest.values())
    assert await stage.crm.transcripts.search("5555", limit=9) == []
    assert len(silenced) == 4
    assert all(until_ms - from_ms == 1600 for _, from_ms, until_ms in silenced)


async def test_a_number_that_the_agent_asks_for_is_masked_though_it_was_misheard(stage: Stage) -> None:
    contact = await _talk(stage)
    live = stage.live(contact)
    stage.words.transcripts.heard(live, Side.AGENT, said("マイナンバーをお願いします"))
    stage.words.transcripts.heard(live, Side.CUSTOMER, said("123456789019です"))
    assert stage.screens.of(SATO, TranscriptShown)[-1].line.text == "＊" * 12 + "です"


async def test_what_was_not_understood_is_passed_over(stage: Stage) -> None:
    contact = await _talk(stage)
    stage.words.transcripts.heard(stage.live(contact), Side.CUSTOMER, said("  "))
    assert stage.screens.of(SATO, TranscriptShown) == []


async def test_a_call_is_summed_up_at_its_end(stage: Stage) -> None:
    contact = await _talk(stage)
    live = stage.live(contact)
    live.intent, live.heard = "delivery", (HeardItem("order_number", "1234"),)
    stage.words.transcripts.heard(
        stage.live(contact), Side.CUSTOMER, said("先週注文した荷物がまだ届きません。")
    )
    stage.words.transcripts.heard(stage.live(contact), Side.AGENT, said("明日までに再発送いたします。"))
    await stage.hangs_up(contact)
    await until(lambda: bool(stage.screens.of(SATO, SummaryShown)))
    (shown,) = stage.screens.of(SATO, SummaryShown)
    assert shown.text.splitlines() == [
        "用件：delivery",
        "聞き取り：order_number=1234",
        "お客様：先週注文した荷物がまだ届きません。",
        "対応：明日までに再発送いたします。",
    ]
    await stage.desk.command(SATO, command("wrap_up", contact=contact, disposition="resolved"))
    await stage.gone(contact)
    (summary,) = await _journey(stage, contact, JourneyKind.SUMMARY)
    assert (summary.text, summary.detail, summary.agent) == (shown.text, {"by": "extract"}, SATO)
    (written,) = await _journey(stage, contact, JourneyKind.TRANSCRIBED)
    assert written.detail == {"lines": 2}


async def test_what_is_heard_after_the_end_belongs_to_it(stage: Stage) -> None:
    contact = await _talk(stage)
    live, silenced = stage.live(contact), list[ContactId]()
    stage.words.transcripts.silence = lambda contact, from_ms, to_ms: silenced.append(contact)
    stage.words.transcripts.is_silenced = lambda queue: queue == SUPPORT

    async def listened(contact: ContactId) -> bool:
        stage.words.transcripts.heard(live, Side.CUSTOMER, said("番号は4111 1111 1111 1111です。"), 9_000)
        return True

    stage.words.chronicle.listened = listened
    await stage.hangs_up(contact)
    await stage.sees(SATO, contact, ShownState.WRAP_UP)
    await stage.desk.command(SATO, command("wrap_up", contact=contact, disposition="resolved"))
    await stage.gone(contact)
    (written,) = await _journey(stage, contact, JourneyKind.TRANSCRIBED)
    assert written.detail == {"lines": 1}
    (line,) = await stage.crm.transcripts.of(contact)
    assert (line.text, line.at_ms) == ("番号は" + "＊" * 19 + "です。", 8_000)
    assert silenced == [contact]


async def test_a_thread_is_summed_up_too(stage: Stage) -> None:
    await stage.presence(SATO)
    await stage.text.handle(stage.inbound("注文を解約したいです。"))
    contact = await stage.takes()
    await stage.text.send(contact, SATO, "m1", "解約の手続きをいたしました。")
    await stage.desk.command(SATO, command("hang_up", contact=contact.id))
    await until(lambda: bool(stage.screens.of(SATO, SummaryShown)))
    (shown,) = stage.screens.of(SATO, SummaryShown)
    assert shown.text == "お客様：注文を解約したいです。\n対応：解約の手続きをいたしました。"


async def test_of_which_nothing_is_known_nothing_is_said(stage: Stage) -> None:
    contact = await _talk(stage)
    await stage.hangs_up(contact)
    await stage.sees(SATO, contact, ShownState.WRAP_UP)
    await stage.desk.command(SATO, command("wrap_up", contact=contact, disposition="resolved"))
    await stage.gone(contact)
    assert await _journey(stage, contact, JourneyKind.SUMMARY) == []
    assert await _journey(stage, contact, JourneyKind.TRANSCRIBED) == []


class _Model:
    name = "model"

    def __init__(self, error: Exception | None = None) -> None:
        self._error = error

    async def summarise(self, matter: Matter) -> str:
        if self._error is not None:
            raise self._error
        return f"{len(matter.said)} 行"


@pytest.mark.parametrize(
    ("error", "text", "by"), [(None, "1 行", "model"), (OSError(), "お客様：届きません。", "extract")]
)
async def test_a_model_elsewhere_may_do_it(stage: Stage, error: Exception | None, text: str, by: str) -> None:
    stage.words.chronicle._summariser = _Model(error)
    contact = await _talk(stage)
    stage.words.transcripts.heard(stage.live(contact), Side.CUSTOMER, said("届きません。"))
    await stage.hangs_up(contact)
    await until(lambda: bool(stage.screens.of(SATO, SummaryShown)))
    (summary,) = await _journey(stage, contact, JourneyKind.SUMMARY)
    assert (summary.text, summary.detail) == (text, {"by": by})


# --- search and deletion -----------------------------------------------------------------------------


def _line(number: int, text: str, agent: AgentId = SATO, queue: QueueName = SUPPORT) -> TranscriptLine:
    contact = ContactId(f"c{number}")
    return TranscriptLine(f"{contact}:{number}", contact, queue, "customer", agent, text, number)


async def test_lines_are_found_by_words_in_any_width_and_case(engine: AsyncEngine) -> None:
    store = TranscriptStore(engine)
    for number, text in enumerate(("荷物が届きません", "ＡＢＣ の荷物です", "100%の返金", "abc"), start=1):
        await store.write(_line(number, text))
    await store.write(_line(1, "荷物が＊＊"))

    async def found(words: str) -> list[int]:
        return [each.at_ms for each in await store.search(words, limit=9)]

    assert await found("荷物") == [2, 1]
    assert await found("荷物 abc") == [2]
    assert await found("ａｂｃ") == [4, 2]
    assert await found("%") == [3]
    assert await found("届き") == [], "a line that was masked anew is no more what it was"
    first = await store.search("荷物", limit=1)
    rest = await store.search("荷物", limit=9, before=(first[0].at_ms, first[0].id))
    assert [each.at_ms for each in (*first, *rest)] == [2, 1]


async def test_agents_search_their_own_calls_supervisors_all(
    client: Client, engine: AsyncEngine, bearer: Bearer
) -> None:
    store = TranscriptStore(engine)
    await store.write(_line(1, "荷物が届きません"))
    await store.write(_line(2, "荷物は青いです", agent=TANAKA))

    async def found(who: str, query: str) -> list[str]:
        answer = await client.get(f"/api/v1/transcripts?{query}", headers=await bearer(who))
        assert answer.status == 200
        return [each["contact"] for each in (await answer.json())["lines"]]

    assert await found("kato", "q=荷物") == ["c2", "c1"]
    assert await found("kato", "q=荷物&agent=sato") == ["c1"]
    assert await found("sato", "q=荷物&agent=tanaka") == ["c1"]
    headers = await bearer("sato")
    assert (await client.get("/api/v1/contacts/c1/transcript", headers=headers)).status == 200
    assert (await client.get("/api/v1/contacts/c2/transcript", headers=headers)).status == 403
    assert (await client.get("/api/v1/contacts/c9/transcript", headers=headers)).status == 404
    assert (await client.get("/api/v1/transcripts?q=", headers=headers)).status == 400


async def test_agents_search_the_answers(client: Client, bearer: Bearer) -> None:
    headers = await bearer("sato")
    answer = await (await client.get("/api/v1/knowledge?q=営業時間", headers=headers)).json()
    (shown,) = answer["answers"]
    assert (shown["name"], shown["written"]) == ("hours", "九時からです。 https://www.example.jp/hours")
    one = await (await client.get("/api/v1/knowledge/hours?language=en", headers=headers)).json()
    assert one["spoken"] == "九時からです。"
    assert (await client.get("/api/v1/knowledge/none", headers=headers)).status == 404


def test_a_stretch_that_was_said_is_blanked_beside_a_pause() -> None:
    from hub.recordings.draft import Draft, Kind, Why

    draft = Draft(id="r", kind=Kind.CALL, contact=ContactId("c"), queue=SUPPORT, started_ms=1_000)
    draft = draft.paused_from(5_000, Why.AGENT).silent(2_000, 3_000, Why.NUMBER)
    assert draft.paused is Why.AGENT
    assert [(each.from_ms, each.to_ms) for each in draft.pauses] == [(1_000, 2_000), (4_000, None)]
    assert msgspec.json.decode(msgspec.json.encode(draft), type=Draft) == draft
