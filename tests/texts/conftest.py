"""A hub that serves texts: its process, Redis, a simulated LINE and no Asterisk."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest_asyncio

from tests.fakes.providers import ProviderSimulator
from tests.story.desktop import Desktop
from tests.support.asterisk import ROOT
from tests.support.hub import RunningHub, prepared_hub
from tests.support.redis import redis_service
from tests.support.text_hub import TextHub, no_asterisk

BOT = """
[helper]
channel => line
greet[ja] => 自動応答です。
person => 担当者
trigger => 解約

[order]
type = field
pattern = [0-9]{6}
ask[ja] => 注文番号をお知らせください。
"""
FAQ = """
[opening-hours]
ask[ja] => 営業時間を教えてください
say[ja] => 九時から十七時までです。
text[ja] => 平日9:00〜17:00
"""


@dataclass(slots=True)
class Texts:
    """The hub, LINE, and an agent's desktop."""

    hub: RunningHub
    simulator: ProviderSimulator
    sato: Desktop


def _config(state: Path) -> Path:
    config = Path(shutil.copytree(ROOT / "asterisk-config", state / "config"))
    (config / "bot.conf").write_text(BOT, encoding="utf-8")
    (config / "faq.conf").write_text(FAQ, encoding="utf-8")
    return config


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def texts() -> AsyncIterator[Texts]:
    async with AsyncExitStack() as stack:
        folder = tempfile.TemporaryDirectory(prefix="tx-", dir="/tmp", ignore_cleanup_errors=True)
        state = Path(stack.enter_context(folder))
        redis = redis_service(state)
        redis.start()
        stack.callback(redis.stop)
        simulator = await stack.enter_async_context(ProviderSimulator())
        hub = await prepared_hub(
            state,
            no_asterisk(state),
            redis.url,
            simulator,
            config_dir=_config(state),
            TEXT_PACES="line:200",
            TEXT_MESSAGES_PER_MINUTE="20",
        )
        hub.service = TextHub(hub.service.state, hub.service.environment)
        await hub.add_agent("sato", "佐藤")
        stack.push_async_callback(hub.stop)
        await hub.start()
        sato = await stack.enter_async_context(Desktop(hub.url, "sato", hub.passwords["sato"][0]))
        await sato.command("set_presence", presence="available")
        yield Texts(hub, simulator, sato)
