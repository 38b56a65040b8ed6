"""ARI's requests over plain HTTP: for those who need no events, and may have no link."""

import base64
from collections.abc import Mapping

import aiohttp
import msgspec

from cti.ari.errors import AriError, AriUnavailable, NotFound

_TIMEOUT_S = 3.0


class HttpRequester:
    """Carries requests (`cti.ari.resource.Requester`); ARI is at `url` (`http://127.0.0.1:8088/ari`)."""

    def __init__(self, url: str, user: str, password: str, *, timeout_s: float = _TIMEOUT_S) -> None:
        secret = base64.b64encode(f"{user}:{password}".encode()).decode()
        self._url, self._headers = url, {"Authorization": f"Basic {secret}"}
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._session: aiohttp.ClientSession | None = None

    async def request(
        self, method: str, path: str, query: Mapping[str, str], body: bytes | None = None
    ) -> bytes:
        if self._session is None:
            self._session = aiohttp.ClientSession(headers=self._headers, timeout=self._timeout)
        headers = {"Content-Type": "application/json"} if body is not None else {}
        try:
            async with self._session.request(
                method, self._url + path, params=dict(query), data=body, headers=headers
            ) as answer:
                content = await answer.read()
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise AriUnavailable(f"{method} {path}: {type(error).__name__}") from None
        if answer.status < 300:
            return content
        kind = NotFound if answer.status == 404 else AriError
        raise kind(answer.status, _words(content), method, path)

    async def close(self) -> None:
        """May be called twice."""
        if self._session is not None:
            await self._session.close()
            self._session = None


def _words(content: bytes) -> str:
    try:
        return str(msgspec.json.decode(content)["message"])
    except (msgspec.DecodeError, KeyError, TypeError):
        return ""
