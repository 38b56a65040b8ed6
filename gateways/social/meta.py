"""Messenger and Instagram: Meta's Graph API."""

import hmac
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import aiohttp
import msgspec

from gateways.errors import SendFailed, WebhookRefused
from gateways.http import no_answer, refusal
from gateways.protocol import Answer, Choice, RawEvent, Sign, Webhook
from gateways.social import meta_codec
from gateways.social.address import Address, Network

API_URL = "https://graph.facebook.com/v25.0"
MESSENGER_CHARACTERS, INSTAGRAM_BYTES = 2000, 1000
_PIECES_MAX = 20
_CHOICES_MAX, _LABEL_MAX = 13, 20
_TOO_LATE = (2018278, 2534022)
"""`error_subcode`, of Messenger and Instagram: outside the 24 hours after what the user wrote last."""
_RATES = frozenset({4, 32, 613, 80006})


class _Error(msgspec.Struct, frozen=True):
    message: str = ""
    code: int = 0
    error_subcode: int = 0
    is_transient: bool = False


class _Answer(msgspec.Struct, frozen=True):
    message_id: str = ""
    name: str = ""
    error: _Error | None = None


class Meta:
    """The pages of one app. `pages` has an access token for each page id."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        secret: str,
        verify_token: str,
        pages: Mapping[str, str],
        api_url: str = API_URL,
    ) -> None:
        self._session, self._secret, self._verify_token = session, secret, verify_token
        self._pages, self._api_url = pages, api_url

    def verify(self, webhook: Webhook) -> Sequence[RawEvent]:
        """Check X-Hub-Signature-256 and split the callback; raises `WebhookRefused`."""
        headers = webhook.headers.items()
        given = next((value for name, value in headers if name.lower() == "x-hub-signature-256"), "")
        expected = meta_codec.signature_of(self._secret, webhook.body)
        if not hmac.compare_digest(given.encode(errors="replace"), expected.encode()):
            raise WebhookRefused("the signature is not that of this app", status=401)
        try:
            return list(meta_codec.split(webhook.body, self._pages))
        except ValueError:
            raise WebhookRefused("expected a callback of a page or of Instagram", status=400) from None

    def signs(self, webhook: Webhook) -> Iterator[Sign]:
        """Return what users were seen to do in a webhook that was verified."""
        return meta_codec.signs(webhook.body, self._pages)

    def challenge(self, query: Mapping[str, str]) -> Answer:
        """Answer the question whether the address is ours; raises `WebhookRefused`."""
        given = query.get("hub.verify_token", "").encode()
        if query.get("hub.mode") != "subscribe" or not hmac.compare_digest(
            given, self._verify_token.encode()
        ):
            raise WebhookRefused("the verify token is not ours", status=403)
        return Answer(query.get("hub.challenge", "").encode(), "text/plain")

    async def send(self, to: Address, text: str, choices: Sequence[Choice]) -> str | None:
        """Send a text, a long one in pieces, and return the id of the last.

        After 24 hours of silence it goes as a person's answer (HUMAN_AGENT, 7 days).
        """
        pieces, sent_as = list(_pieces(text, to.network)), ""
        if not 1 <= len(pieces) <= _PIECES_MAX:
            raise SendFailed(f"expected a text of at most {_PIECES_MAX} messages", retryable=False)
        for number, piece in enumerate(pieces, 1):
            try:
                sent_as = await self._send(to, piece, choices if number == len(pieces) else ())
            except SendFailed as error:
                if number == 1:
                    raise
                raise SendFailed(f"only in part: {error.reason}", retryable=False, in_doubt=True) from None
        return sent_as

    async def _send(self, to: Address, text: str, choices: Sequence[Choice]) -> str:
        message: dict[str, Any] = {"text": text}
        if choices:
            message["quick_replies"] = [_quick_reply(each) for each in choices[:_CHOICES_MAX]]
        body: dict[str, Any] = {"recipient": {"id": to.user}, "message": message}
        status, answer = await self._post(to, body | {"messaging_type": "RESPONSE"})
        if answer.error is not None and answer.error.error_subcode in _TOO_LATE:
            tagged = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
            status, answer = await self._post(to, body | tagged)
        if answer.error is not None or status >= 400:
            raise _failure(status, answer.error or _Error())
        if not answer.message_id:
            raise SendFailed("an answer without an id", retryable=False, in_doubt=True)
        return answer.message_id

    async def act(self, to: Address, action: str) -> None:
        """Show `typing_on` or `mark_seen`; raises `SendFailed`."""
        await self._post(to, {"recipient": {"id": to.user}, "sender_action": action})

    async def name(self, of: Address) -> str | None:
        """Return a user's name; None if it is not told. Raises `SendFailed`."""
        _, answer = await self._ask("GET", of, of.user, {"fields": "name"})
        return answer.name or None

    async def _post(self, to: Address, body: dict[str, Any]) -> tuple[int, _Answer]:
        return await self._ask("POST", to, f"{to.page}/messages", {}, body)

    async def _ask(
        self,
        method: str,
        of: Address,
        path: str,
        query: dict[str, str],
        body: dict[str, Any] | None = None,
    ) -> tuple[int, _Answer]:
        token = self._pages.get(of.page)
        if token is None:
            raise SendFailed("the page is not set up", retryable=False)
        headers = {"Authorization": f"Bearer {token}"}
        url = f"{self._api_url}/{path}"
        try:
            async with self._session.request(method, url, params=query, json=body, headers=headers) as answer:
                content = await answer.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise no_answer(error) from None
        if answer.status == 429 or answer.status >= 500:
            raise refusal(answer.status, answer.reason or "", answer.headers.get("Retry-After"))
        try:
            return answer.status, msgspec.json.decode(content, type=_Answer)
        except ValueError:
            return answer.status, _Answer()


def _pieces(text: str, network: Network) -> Iterator[str]:
    """Split a text where a message ends that is as long as may be, at a line or a space if there is one."""
    while text:
        if network is Network.INSTAGRAM:
            most = len(text.encode()[:INSTAGRAM_BYTES].decode(errors="ignore"))
        else:
            most = MESSENGER_CHARACTERS
        if len(text) <= most:
            yield text
            return
        ends = (text.rfind(sign, most // 2, most) + 1 for sign in ("\n", "。", " "))
        end = next((each for each in ends if each), most)
        yield text[:end]
        text = text[end:].lstrip("\n")


def _failure(status: int, error: _Error) -> SendFailed:
    passes = error.is_transient or error.code in _RATES
    pause_s = 60.0 if error.code in _RATES else None
    reason = f"HTTP {status}: {error.code}/{error.error_subcode} {error.message[:200]}"
    return SendFailed(reason, retryable=passes, retry_after_s=pause_s)


def _quick_reply(choice: Choice) -> dict[str, str]:
    label = choice.label[:_LABEL_MAX]
    return {"content_type": "text", "title": label, "payload": choice.data or choice.label}
