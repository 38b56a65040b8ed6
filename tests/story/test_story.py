"""The whole story on a real Asterisk, Redis and SQLite, with real SIP and RTP."""

from pathlib import Path

import pytest

from tests.fakes.providers import ProviderSimulator
from tests.story.play import Stage, play
from tests.support.asterisk import AsteriskNode
from tests.support.hub import prepared_hub, recordings_of


@pytest.mark.real
async def test_a_customer_known_from_line_reaches_the_same_agent_by_phone(
    tmp_path: Path, asterisk: AsteriskNode, redis_url: str
) -> None:
    async with ProviderSimulator() as simulator:
        hub = await prepared_hub(tmp_path, asterisk, redis_url, simulator)
        await hub.add_agent("sato", "佐藤")
        await hub.add_agent("tanaka", "田中")
        await hub.start()
        try:
            stage = Stage(
                hub_url=hub.url,
                sip_host=asterisk.sip_host,
                sip_port=asterisk.sip_port,
                passwords=hub.passwords,
                recordings=recordings_of(hub),
                folder=tmp_path,
                simulator=simulator,
            )
            steps = [step.name async for step in play(stage)]
        finally:
            await hub.stop()
    assert steps == ["sign_in", "line_message", "line_link", "same_agent", "stranger", "wrap_up"]
