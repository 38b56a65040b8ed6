"""What a customer is shown while an agent reads and writes."""

from collections import OrderedDict
from collections.abc import Callable

import aiohttp
import structlog

from gateways.line.api import LineApi

log = structlog.get_logger()

LOADING_S = 20
"""How long LINE shows that somebody writes, unless a message comes before; a multiple of 5, at most 60."""
_LOADING_AGAIN_MS = 15_000
_REMEMBERED_MAX = 10_000


class Signs:
    """The loading animation and read marks. Marks need a token that came with the message: after a

    restart there is none for older messages.
    """

    def __init__(self, api: LineApi, now_ms: Callable[[], int]) -> None:
        self._api, self._now_ms = api, now_ms
        self._read_tokens: OrderedDict[str, str] = OrderedDict()
        self._loading_ms: OrderedDict[str, int] = OrderedDict()

    def remember(self, message: str, token: str | None) -> None:
        """Keep by which token a message is marked as read."""
        if token:
            _put(self._read_tokens, message, token)

    async def show(self, address: str, *, is_typing: bool, read: str | None) -> None:
        """Show what is given; typing at most every 15 s. Never raises."""
        if read is not None and (token := self._read_tokens.pop(read, None)):
            await self._post("/v2/bot/chat/markAsRead", {"markAsReadToken": token})
        now_ms = self._now_ms()
        if is_typing and now_ms - self._loading_ms.get(address, -_LOADING_AGAIN_MS) >= _LOADING_AGAIN_MS:
            _put(self._loading_ms, address, now_ms)
            await self._post("/v2/bot/chat/loading/start", {"chatId": address, "loadingSeconds": LOADING_S})

    async def _post(self, path: str, body: dict[str, str | int]) -> None:
        try:
            answer = await self._api.post(path, body)
        except (aiohttp.ClientError, TimeoutError) as error:
            log.debug("line.sign_not_shown", error=type(error).__name__)
        else:
            if not answer.is_ok:
                log.debug("line.sign_not_shown", status=answer.status, detail=answer.detail)


def _put(kept: OrderedDict[str, str] | OrderedDict[str, int], key: str, value: object) -> None:
    kept.pop(key, None)
    kept[key] = value  # type: ignore[assignment]
    if len(kept) > _REMEMBERED_MAX:
        kept.popitem(last=False)
