"""Files that users sent, read from where LINE keeps them."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from urllib.parse import quote

import aiohttp

from gateways.errors import FetchFailed
from gateways.http import why
from gateways.line.api import Answer, LineApi


async def read(api: LineApi, message: str) -> AsyncIterator[bytes]:
    """Read the file of a message in blocks; raises `FetchFailed`.

    LINE keeps it for a while, unless it is taken back, and prepares videos and sounds first.
    """
    path = quote(message, safe="")
    try:
        async with aclosing(api.content(path)) as content:
            async for each in content:
                if isinstance(each, bytes):
                    yield each
                elif each.status != 200:
                    raise await _failure(api, path, each)
    except (aiohttp.ClientError, TimeoutError) as error:
        raise FetchFailed(why(error), retryable=True) from None


async def _failure(api: LineApi, path: str, answer: Answer) -> FetchFailed:
    if answer.status != 202:
        is_passing = answer.status == 429 or answer.status >= 500
        return FetchFailed(f"HTTP {answer.status}", retryable=is_passing)
    state = (await api.transcoding(path)).said
    if state is not None and state.status == "failed":
        return FetchFailed("LINE could not prepare it", retryable=False)
    return FetchFailed("LINE prepares it", retryable=True)
