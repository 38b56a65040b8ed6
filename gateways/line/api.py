"""Requests to LINE's Messaging API, and what it answers."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import msgspec

API_URL = "https://api.line.me"
DATA_URL = "https://api-data.line.me"
"""Where the files lie that users send."""

_CONNECTIONS_MAX = 32
_BLOCK = 64 * 1024


class _Sent(msgspec.Struct, frozen=True):
    id: str = ""


class _Body(msgspec.Struct, frozen=True, rename="camel"):
    """What is read of answers, all kinds in one."""

    message: str = ""
    sent_messages: list[_Sent] = []
    display_name: str = ""
    language: str = ""
    link_token: str = ""
    status: str = ""
    type: str = ""
    value: int | None = None
    total_usage: int | None = None


_body = msgspec.json.Decoder(_Body)
_json = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: `said` is its body, `None` if that is not LINE's."""

    status: int
    said: _Body | None = None
    retry_after: str | None = None

    @property
    def is_ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def detail(self) -> str:
        """LINE's own words; the body is otherwise not shown, as it may quote the request."""
        return self.said.message if self.said is not None else "an answer that is not LINE's"


@dataclass(slots=True)
class LineApi:
    """One account's requests. Make it inside the running event loop.

    Raises `aiohttp.ClientError` and `TimeoutError` for lack of an answer; any status is an answer.
    """

    access_token: str = field(repr=False)
    url: str = API_URL
    data_url: str = DATA_URL
    timeout_s: float = 8.0
    _session: aiohttp.ClientSession = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._session = aiohttp.ClientSession(
            headers={"Authorization": f"Bearer {self.access_token}"},
            timeout=aiohttp.ClientTimeout(total=self.timeout_s),
            connector=aiohttp.TCPConnector(limit=_CONNECTIONS_MAX),
            trust_env=True,
        )

    async def get(self, path: str) -> Answer:
        return await self._ask("GET", self.url + path)

    async def post(
        self, path: str, body: Mapping[str, Any] | None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send a JSON object, or nothing."""
        return await self._ask("POST", self.url + path, body, headers)

    async def transcoding(self, message: str) -> Answer:
        """Ask how far LINE has come with a video or a sound."""
        return await self._ask("GET", f"{self.data_url}/v2/bot/message/{message}/content/transcoding")

    async def content(self, message: str) -> AsyncGenerator[Answer | bytes, None]:
        """Read a file that a user sent: its answer, then blocks if that is 200.

        A block may take as long as any other answer.
        """
        url = f"{self.data_url}/v2/bot/message/{message}/content"
        patience = aiohttp.ClientTimeout(total=None, connect=self.timeout_s, sock_read=self.timeout_s)
        async with self._session.get(url, timeout=patience, allow_redirects=False) as answer:
            yield Answer(answer.status)
            if answer.status == 200:
                async for block in answer.content.iter_chunked(_BLOCK):
                    yield block

    async def close(self) -> None:
        """Release connections; may be called twice."""
        await self._session.close()

    async def _ask(
        self,
        method: str,
        url: str,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        kind = {} if body is None else {"Content-Type": "application/json; charset=utf-8"}
        async with self._session.request(
            method,
            url,
            data=None if body is None else _json.encode(body),
            headers=kind | dict(headers or {}),
            allow_redirects=False,
        ) as answer:
            try:
                said = _body.decode(await answer.read())
            except ValueError:
                said = None
            return Answer(answer.status, said, answer.headers.get("Retry-After"))
