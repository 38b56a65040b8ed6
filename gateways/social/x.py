"""Direct messages of X: API v2 out, Account Activity webhooks in."""

import hmac
import secrets
import time
from collections.abc import Mapping, Sequence

import aiohttp
import msgspec

from gateways.errors import SendFailed, WebhookRefused
from gateways.http import no_answer, refusal
from gateways.protocol import Answer, RawEvent, Webhook
from gateways.social import x_codec
from gateways.social.address import Address
from gateways.social.x_codec import Keys

API_URL = "https://api.x.com"
TEXT_MAX = 10_000


class _Data(msgspec.Struct, frozen=True):
    dm_event_id: str = ""


class _Answer(msgspec.Struct, frozen=True):
    data: _Data = _Data()
    detail: str = ""


class X:
    """One account, which is `account` on X."""

    def __init__(
        self, session: aiohttp.ClientSession, *, account: str, keys: Keys, api_url: str = API_URL
    ) -> None:
        self._session, self._account, self._keys, self._api_url = session, account, keys, api_url

    def verify(self, webhook: Webhook) -> Sequence[RawEvent]:
        """Check x-twitter-webhooks-signature and split the callback; raises `WebhookRefused`."""
        headers = webhook.headers.items()
        given = next((value for name, value in headers if name.lower() == "x-twitter-webhooks-signature"), "")
        expected = x_codec.signature_of(self._keys.consumer_secret, webhook.body)
        if not hmac.compare_digest(given.encode(errors="replace"), expected.encode()):
            raise WebhookRefused("the signature is not that of this app", status=401)
        try:
            return list(x_codec.split(webhook.body, self._account))
        except ValueError:
            raise WebhookRefused("expected a callback for a user", status=400) from None

    def challenge(self, query: Mapping[str, str]) -> Answer:
        """Answer the challenge-response check (CRC); raises `WebhookRefused`."""
        token = query.get("crc_token", "")
        if not token or len(token) > 500:
            raise WebhookRefused("expected a crc_token", status=400)
        told = x_codec.signature_of(self._keys.consumer_secret, token.encode())
        return Answer(msgspec.json.encode({"response_token": told}), "application/json")

    async def send(self, to: Address, text: str) -> str | None:
        """Send a text."""
        if to.page != self._account:
            raise SendFailed("the account is not set up", retryable=False)
        if len(text) > TEXT_MAX:
            raise SendFailed(f"expected at most {TEXT_MAX} characters", retryable=False)
        url = f"{self._api_url}/2/dm_conversations/with/{to.user}/messages"
        try:
            async with self._session.post(
                url, json={"text": text}, headers=self._signed("POST", url)
            ) as answer:
                content = await answer.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise no_answer(error) from None
        told = _read(content)
        if not answer.ok:
            reset = answer.headers.get("x-rate-limit-reset", "")
            wait = str(max(0, int(reset) - int(time.time()))) if reset.isdigit() else None
            raise refusal(answer.status, told.detail, answer.headers.get("Retry-After", wait))
        if not told.data.dm_event_id:
            raise SendFailed("an answer without an id", retryable=False, in_doubt=True)
        return told.data.dm_event_id

    def signed_get(self, url: str) -> dict[str, str]:
        """Return the headers with which a file of a direct message is fetched."""
        return self._signed("GET", url)

    def _signed(self, method: str, url: str) -> dict[str, str]:
        nonce, at_s = secrets.token_hex(16), int(time.time())
        return {"Authorization": x_codec.authorization(self._keys, method, url, nonce=nonce, at_s=at_s)}


def _read(content: bytes) -> _Answer:
    try:
        return msgspec.json.decode(content, type=_Answer)
    except ValueError:
        return _Answer()
