"""An outside understanding: believed when it answers well and in time, done without otherwise."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from ivr.hearing import Alternative, ChoiceId, Choices, Guess, Utterance
from ivr.intents.outside import OutsideUnderstanding

_CHOICES = Choices("ja", {ChoiceId("a"): ("料金",), ChoiceId("b"): ("解約",)})
_SAID = Utterance((Alternative("解約したい", 0.9),), "ja")
_OWN = (Guess(ChoiceId("a"), 0.4),)


class _Own:
    async def rank(self, utterance: Utterance, choices: Choices) -> Sequence[Guess]:
        return _OWN


@asynccontextmanager
async def _outside(
    handler: Callable[[web.Request], Awaitable[web.Response]],
) -> AsyncIterator[OutsideUnderstanding]:
    app = web.Application()
    app.router.add_post("/", handler)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        yield OutsideUnderstanding(session, str(server.make_url("/")), _Own(), timeout_s=0.3, token="secret")


async def test_it_is_told_what_was_heard_and_believed() -> None:
    asked: list[tuple[str | None, object]] = []

    async def handler(request: web.Request) -> web.Response:
        asked.append((request.headers.get("Authorization"), await request.json()))
        guesses = [{"choice": "a", "confidence": 0.1}, {"choice": "b", "confidence": 0.8}]
        return web.json_response({"guesses": guesses})

    async with _outside(handler) as outside:
        assert await outside.rank(_SAID, _CHOICES) == (
            Guess(ChoiceId("b"), 0.8),
            Guess(ChoiceId("a"), 0.1),
        )
        assert "secret" not in repr(outside)
    assert asked == [
        (
            "Bearer secret",
            {
                "language": "ja",
                "alternatives": [{"text": "解約したい", "confidence": 0.9}],
                "choices": {"a": ["料金"], "b": ["解約"]},
            },
        )
    ]


@pytest.mark.parametrize(
    "answer",
    [
        {"guesses": [{"choice": "c", "confidence": 0.8}]},
        {"guesses": [{"choice": "a", "confidence": 1.8}]},
        {"guesses": [{"choice": "a", "confidence": 0.8}, {"choice": "b", "confidence": 0.8}]},
        {"guesses": "a"},
        ["a"],
    ],
)
async def test_nonsense_is_not_believed(answer: object) -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(text=json.dumps(answer))

    async with _outside(handler) as outside:
        assert await outside.rank(_SAID, _CHOICES) == _OWN


async def test_an_error_a_late_answer_and_no_answer_lead_to_the_own_matcher() -> None:
    async def broken(request: web.Request) -> web.Response:
        return web.Response(status=500)

    async def late(request: web.Request) -> web.Response:
        await asyncio.sleep(1)
        return web.Response()

    for handler in (broken, late):
        async with _outside(handler) as outside:
            assert await outside.rank(_SAID, _CHOICES) == _OWN
    async with aiohttp.ClientSession() as session:
        nobody = OutsideUnderstanding(session, "http://127.0.0.1:9/", _Own())
        assert await nobody.rank(_SAID, _CHOICES) == _OWN
