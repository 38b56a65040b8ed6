"""A provider of the plainest kind: JSON by HTTP, outgoing only."""

import aiohttp

from gateways.errors import SendFailed
from gateways.http import no_answer, refusal
from gateways.sms.provider import Sms, SmsProvider

_ANSWER_MAX = 64 * 1024


class HttpSmsProvider(SmsProvider):
    """A provider that takes `{"to", "text"}` as a JSON POST with a bearer token and an Idempotency-Key.

    A 2xx whose answer contains `taken`, however that is spaced, means taken; a repeated key answers as the
    first time (draft-ietf-httpapi-idempotency-key-header: 409 while the first request is still at work). Make
    it inside the running event loop.
    """

    def __init__(
        self, url: str, token: str, *, sender: str | None = None, taken: str = "", timeout_s: float = 8.0
    ) -> None:
        if not url or not token:
            raise ValueError("expected the SMS provider's URL and token: neither may be empty")
        self._url, self._sender, self._taken = url, sender, _unspaced(taken)
        self._session = aiohttp.ClientSession(
            headers={"Authorization": f"Bearer {token}"},
            timeout=aiohttp.ClientTimeout(total=timeout_s),
            trust_env=True,
        )

    async def send(self, sms: Sms) -> None:
        body = {"to": sms.to, "text": sms.text} | ({"from": self._sender} if self._sender else {})
        headers = {"Idempotency-Key": sms.key}
        try:
            async with self._session.post(self._url, json=body, headers=headers) as answer:
                if answer.ok and self._taken in await self._said(answer):
                    return
                if answer.ok:  # the key makes it safe to ask again
                    reason = f"HTTP {answer.status}: its answer does not say that the message was taken"
                    raise SendFailed(reason, retryable=True, in_doubt=True)
                if answer.status == 409:
                    raise SendFailed("HTTP 409: the first try is at work", retryable=True, in_doubt=True)
                raise refusal(answer.status, answer.reason or "", answer.headers.get("Retry-After"))
        except (aiohttp.ClientError, TimeoutError) as error:
            raise no_answer(error) from None

    async def _said(self, answer: aiohttp.ClientResponse) -> str:
        """Return the beginning of an answer, if anything is asked of it."""
        if not self._taken:
            return ""
        said = bytearray()
        async for block in answer.content.iter_any():
            said += block
            if len(said) >= _ANSWER_MAX:
                break
        return _unspaced(said.decode(errors="replace"))

    async def close(self) -> None:
        await self._session.close()


def _unspaced(text: str) -> str:
    return "".join(text.split())
