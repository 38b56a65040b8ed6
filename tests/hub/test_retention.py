"""What was kept long enough is deleted."""

from sqlalchemy.ext.asyncio import AsyncEngine

from acd.ids import ContactId, QueueName
from acd.policy import QueueSettings, RecordRules
from crm_bridge.deflections import Deflection
from crm_bridge.transcripts import TranscriptLine
from hub.crm import Crm
from hub.retention import Retention

DAY_MS = 86_400_000
SUPPORT, KEPT = QueueName("support"), QueueName("kept")


def _line(at_ms: int, text: str, queue: QueueName = SUPPORT) -> TranscriptLine:
    return TranscriptLine(f"{queue}:{at_ms}", ContactId("c"), queue, "customer", None, text, at_ms)


def _deflection(id_: str, offered_ms: int) -> Deflection:
    return Deflection(
        id=id_,
        call=ContactId(id_),
        way="line",
        number="+819011112222",
        language="ja",
        reason="menu",
        arrived_ms=offered_ms,
        offered_ms=offered_ms,
    )


async def test_each_is_kept_as_long_as_it_is_said(engine: AsyncEngine) -> None:
    crm = Crm.on(engine)
    for line in (_line(1, "古い"), _line(9 * DAY_MS, "新しい"), _line(2, "別の", queue=KEPT)):
        await crm.transcripts.write(line)
    for deflection in (_deflection("old", 1), _deflection("new", 8 * DAY_MS)):
        await crm.deflections.offered(deflection)
    for subject, at_ms in (("old", 1), ("new", 9 * DAY_MS)):
        await crm.proofs.begin_try([subject], now_ms=at_ms, tries=2, lock_ms=DAY_MS)
    await crm.proofs.begin_try(["locked"], now_ms=1, tries=1, lock_ms=99 * DAY_MS)
    queues = {
        SUPPORT: QueueSettings(name=SUPPORT, recording=RecordRules(keep_days=1)),
        KEPT: QueueSettings(name=KEPT),
    }
    retention = Retention(crm, lambda: queues, deflection_days=5, clock_ms=lambda: 9 * DAY_MS + 5)
    assert await retention.purge() == {
        "transcript_lines": 1,
        "deflections": 1,
        "call_codes": 0,
        "proof_tries": 1,
    }
    assert set((await retention.purge()).values()) == {0}
    found = {each.text for each in await crm.transcripts.search("い", limit=9)}
    assert found == {"新しい"}
    assert await crm.transcripts.search("別の", limit=9)
    left = await crm.deflections.between(0, 10 * DAY_MS, limit=9)
    assert [each.id for each in left] == ["new"]
    assert not await crm.proofs.begin_try(["locked"], now_ms=9 * DAY_MS, tries=1, lock_ms=1)
