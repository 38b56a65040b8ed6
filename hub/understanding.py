"""What callers are understood by: `intents.conf`, the matcher, and an outside one if configured."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from hub.settings import UnderstandingSettings
from ivr.hearing import Choices, Understanding
from ivr.intents.intent import Intents
from ivr.intents.load import load_intents
from ivr.intents.matcher import Matcher
from ivr.intents.outside import OutsideUnderstanding

FOLDER = "intents"
"""Where in the hub's own folder what was learnt is kept."""


@dataclass(frozen=True, slots=True)
class Comprehension:
    """The intents of one version of the file, and what understands them. A call keeps those it began with."""

    intents: Intents
    matcher: Matcher
    understanding: Understanding

    async def prepare(self, menus: Iterable[Choices]) -> None:
        """Learn what may be said in menus; some seconds each, in a process beside."""
        for choices in menus:
            await self.matcher.prepare(choices)


def comprehend(
    config_dir: Path, data_dir: Path, session: aiohttp.ClientSession | None, settings: UnderstandingSettings
) -> Comprehension:
    """Read `intents.conf`; raises `FlowError` with every problem. Without a session nobody else is asked."""
    intents = load_intents(config_dir)
    matcher = Matcher(intents.knowledge, data_dir / FOLDER)
    if settings.nlu_url is None or session is None:
        return Comprehension(intents, matcher, matcher)
    token = settings.nlu_token.get_secret_value() if settings.nlu_token else ""
    outside = OutsideUnderstanding(session, settings.nlu_url, matcher, settings.nlu_timeout_s, token)
    return Comprehension(intents, matcher, outside)
