"""What is said to agents who dialled something, and in which language."""

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest

from acd.ids import AgentId
from cti.phones import DialledCall
from hub.board import Board
from hub.desktop.commands import DomainCommand
from hub.desktop.refusals import CommandRefused, Refusal
from hub.dialled import DialledCalls
from hub.people import People
from ivr.flow import Language, Prompt
from tests.hub.fakes import until


class Said:
    """What a phone hears (`ivr.session.Sounds`, and call control's phones)."""

    def __init__(self) -> None:
        self.prompts: list[Prompt] = []
        self.heard = asyncio.Event()

    async def sound(self, prompt: Prompt) -> Path:
        self.prompts.append(prompt)
        return Path("/said.wav")

    async def send_on(self, call: DialledCall, context: str, extension: str, *_: object) -> None:
        self.heard.set()


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_an_agent_is_spoken_to_in_his_language(language: str) -> None:
    said = Said()

    async def refuse(agent: AgentId, command: DomainCommand) -> None:
        raise CommandRefused(Refusal.WRONG_STATE)

    async def speaks(agent: AgentId) -> Language:
        assert agent == "sato"
        return Language(language)

    calls = DialledCalls(Board(), cast(Any, None), cast(Any, said), refuse, speaks=speaks)
    calls.control = cast(Any, type("Control", (), {"phones": said}))
    for number in ("*85", "*45", "*99"):
        said.heard.clear()
        calls.begin(DialledCall("c1", "sato-1", "sato", number))
        await until(said.heard.is_set)
    assert {prompt.language for prompt in said.prompts} == {language}
    assert len(said.prompts) == 3
    await calls.close()


async def test_an_account_that_says_no_language_has_none() -> None:
    async def nobody() -> list[Any]:
        return []

    assert await People(nobody).language(AgentId("sato")) == ""
