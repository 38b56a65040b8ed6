"""Whatever fails on the way of a message, before it had its effect or after: told again it has one effect."""

import random
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from acd.contact import Channel
from acd.events import ContactQueued
from crm_bridge.errors import CrmUnavailable
from crm_bridge.knowledge import Knowledge
from gateways.protocol import Inbound
from hub.clock import now_ms
from hub.texting.templates import Templates
from tests.hub.stage import Stage
from tests.hub.test_text_bot import COST, HOURS, rules_of

TALK = ("営業時間を教えてください", "担当者をお願いします", "123456です", "まだですか")


class Breaks:
    """Fails calls by chance, before or after they had their effect; as often as `budget` says."""

    def __init__(self, seed: int) -> None:
        self._chance, self.budget, self.failed = random.Random(seed), 6, 0

    def breaking(self, function: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def maybe(*about: Any, **more: Any) -> Any:
            before, after = (self._chance.random() < 0.15 for _ in range(2))
            self._fail(before)
            result = await function(*about, **more)
            self._fail(after)
            return result

        return maybe

    def _fail(self, does: bool) -> None:
        if does and self.failed < self.budget:
            self.failed += 1
            raise CrmUnavailable("broken by the test")


async def _play(stage: Stage, user: str) -> list[str]:
    """Let a customer talk, each message told until it is taken; returns what he is answered."""
    for number, words in enumerate(TALK):
        inbound = Inbound(
            channel=Channel.LINE, event_id=f"{user}-{number}", address=user, text=words, at_ms=now_ms()
        )
        for _ in range(20):
            try:
                await stage.text.handle(inbound)
            except CrmUnavailable:
                continue
            break
    return [each.text for each in stage.post.sent if each.address == user]


@pytest.mark.parametrize("seed", range(12))
async def test_a_broken_way_ends_as_the_whole_one(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    stage.text.write_by(Templates(), rules_of(tmp_path))
    stage.words.knowledge = Knowledge((HOURS, COST))
    whole = await _play(stage, "whole")
    breaks, crm = Breaks(seed), stage.crm
    for store, names in {
        crm.contacts: ("opened", "get", "with_bot", "handed_over", "learned"),
        crm.messages: ("add", "get", "early_withdrawal"),
        crm.customers: ("ensure", "identify"),
        stage.post: ("put",),
        stage.text: ("_submit",),
    }.items():
        for name in names:
            monkeypatch.setattr(store, name, breaks.breaking(getattr(store, name)))
    broken = await _play(stage, "broken")
    monkeypatch.undo()
    assert breaks.failed, "nothing was tried"
    assert broken == whole
    one, other = stage.board.all()
    assert (one.heard, one.queue) == (other.heard, other.queue)
    threads = await crm.contacts.open_threads()
    assert {each.id for each in threads} == {one.id, other.id}
    said = [[each.text for each in await crm.messages.of(contact.id)] for contact in (one, other)]
    assert sorted(said[0]) == sorted(said[1])
    queued = {each.contact.id for each in stage.router.events if isinstance(each, ContactQueued)}
    assert queued == {one.id, other.id}
