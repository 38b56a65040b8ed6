"""Who carries SMS to the network."""

import re
from typing import Protocol

import aiohttp

from gateways.errors import SendFailed
from gateways.http import no_answer, refusal

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


def is_e164(number: str) -> bool:
    """Whether a number has the form `+819012345678` (ITU-T E.164, at most 15 digits)."""
    return _E164.fullmatch(number) is not None


class SmsProvider(Protocol):
    """Takes messages for numbers in E.164."""

    async def send(self, to: str, text: str, key: str) -> None:
        """Hand one message over; the same `key` is sent once. Raises `SendFailed`."""

    async def close(self) -> None:
        """Release connections; may be called twice."""


class HttpSmsProvider:
    """A provider that takes `{"to", "text"}` as a JSON POST with a bearer token and an Idempotency-Key.

    Any 2xx means taken; a repeated key answers as the first time (draft-ietf-httpapi-idempotency-key-header:
    409 while the first request is still at work). Make it inside the running event loop.
    """

    def __init__(self, url: str, token: str, *, sender: str | None = None, timeout_s: float = 8.0) -> None:
        if not url or not token:
            raise ValueError("expected the SMS provider's URL and token: neither may be empty")
        self._url, self._sender = url, sender
        self._session = aiohttp.ClientSession(
            headers={"Authorization": f"Bearer {token}"},
            timeout=aiohttp.ClientTimeout(total=timeout_s),
            trust_env=True,
        )

    async def send(self, to: str, text: str, key: str) -> None:
        body = {"to": to, "text": text} | ({"from": self._sender} if self._sender else {})
        try:
            async with self._session.post(self._url, json=body, headers={"Idempotency-Key": key}) as answer:
                if answer.ok:
                    return
                if answer.status == 409:
                    raise SendFailed("HTTP 409: the first try is at work", retryable=True, in_doubt=True)
                raise refusal(answer.status, answer.reason or "", answer.headers.get("Retry-After"))
        except (aiohttp.ClientError, TimeoutError) as error:
            raise no_answer(error) from None

    async def close(self) -> None:
        await self._session.close()
