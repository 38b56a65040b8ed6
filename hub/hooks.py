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
from ivr.hook_answers import read_answer
from ivr.python_hooks import PythonHooks
from ivr.reader import SECRET
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


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    body = await answer.content.read(_ANSWER_BYTES_MAX + 1)
    while len(body) <= _ANSWER_BYTES_MAX and (more := await answer.content.read(_ANSWER_BYTES_MAX)):
        body += more
    if len(body) > _ANSWER_BYTES_MAX:
        raise HookFailed(f"more than {_ANSWER_BYTES_MAX} bytes")
    return body
