"""Asking other programs about a call: by HTTP, or the administrator's own Python."""

import json
import os
import re
from collections.abc import Mapping
from types import CodeType
from typing import Any, Final

import aiohttp

from ivr.errors import HookFailed
from ivr.flow import Hook
from ivr.python_hooks import PythonHooks
from ivr.reader import SECRET
from ivr.variables import VALUE_LENGTH_MAX
from ivr.world import HookAnswered

_ANSWER_BYTES_MAX: Final = 65_536
_OK: Final = range(200, 300)


class Hooks:
    """Asks by a hook's own kind. Raises `HookFailed`; the time is bounded by who asks."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._environment = environment
        self.python = PythonHooks()

    async def ask(
        self, hook: Hook, about: Mapping[str, str], variables: Mapping[str, str], code: Mapping[str, CodeType]
    ) -> HookAnswered:
        """Tell a program of a call (`about`: contact, section, number…) and return its answer."""
        if hook.function:
            said = await self.python.call(code, hook.function, {**variables, **about})
            return read_answer(said)
        return read_answer(await self._post(hook, {**about, "variables": dict(variables)}))

    async def is_right(self, function: str, digits: str, code: Mapping[str, CodeType]) -> bool:
        """Ask a function about a number."""
        return bool(await self.python.call(code, function, digits))

    async def _post(self, hook: Hook, body: Mapping[str, Any]) -> object:
        headers = {name: self._filled(value) for name, value in hook.headers}
        timeout = aiohttp.ClientTimeout(total=hook.timeout_s)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as http,
                http.post(hook.url, json=body, headers=headers, allow_redirects=False) as answer,
            ):
                if answer.status not in _OK:
                    raise HookFailed(f"status {answer.status}")
                return json.loads(await _read(answer) or "null")
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise HookFailed(type(error).__name__) from None

    def _filled(self, value: str) -> str:
        def secret(match: re.Match[str]) -> str:
            if not (found := self._environment.get(match[1])):
                raise HookFailed(f"{match[1]} is not set")
            return found

        return SECRET.sub(secret, value)


def read_answer(said: object) -> HookAnswered:
    """Read what a program said: `{"answer": WORD, "variables": {...}}`, the word alone, or nothing.

    Raises `HookFailed` for anything else. Values are text, numbers or yes and no.
    """
    match said:
        case None:
            return HookAnswered("")
        case str():
            return HookAnswered(said)
        case dict():
            answer, variables = said.get("answer", ""), said.get("variables", {})
            if not isinstance(answer, str) or not isinstance(variables, dict):
                raise HookFailed("expected an answer that is text, and variables by name")
            return HookAnswered(answer, {str(name): _text(value) for name, value in variables.items()})
        case _:
            raise HookFailed(f"expected text or an object, found {type(said).__name__}")


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case str() | int() | float():
            return str(value)[:VALUE_LENGTH_MAX]
        case _:
            raise HookFailed("expected variables that are text or numbers")


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    body = await answer.content.read(_ANSWER_BYTES_MAX + 1)
    while len(body) <= _ANSWER_BYTES_MAX and (more := await answer.content.read(_ANSWER_BYTES_MAX)):
        body += more
    if len(body) > _ANSWER_BYTES_MAX:
        raise HookFailed(f"more than {_ANSWER_BYTES_MAX} bytes")
    return body
