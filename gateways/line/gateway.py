"""Moves LINE's bytes: webhooks in, replies, pushes and notification messages out."""

import hmac
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp
import structlog

from acd.contact import Channel
from gateways.errors import (
    FileGone,
    FilesUnavailable,
    ReplyRefused,
    SendFailed,
    WebhookRefused,
)
from gateways.files import Files, StoredFile
from gateways.http import no_answer, refusal
from gateways.job import wall_ms
from gateways.line import codec, content, tokens
from gateways.line.api import API_URL, DATA_URL, Answer, LineApi
from gateways.line.compose import compose
from gateways.line.quota import QuotaWatch
from gateways.line.signs import Signs
from gateways.line.stickers import PACKAGES
from gateways.line.words import UNKNOWN_EVENT, UNKNOWN_PLACEHOLDER
from gateways.protocol import (
    Gateway,
    Inbound,
    Incoming,
    Outbound,
    Part,
    Quota,
    RawEvent,
    Service,
    Store,
    Webhook,
)

log = structlog.get_logger()

BODY_MAX = 1024 * 1024
_KIND_MAX = 64
_LINK_DIALOG = "https://access.line.me/dialog/bot/accountLink"


class LineGateway(Gateway):
    """One LINE official account. Make it inside the running event loop.

    `files` are those that agents send; without them none can be. Users' files lie at `data_url`: by default
    where the API is, and for LINE's own at LINE's own.
    """

    channel = Channel.LINE
    sends = frozenset({"choices", "place", "sticker"})
    stickers = PACKAGES

    def __init__(
        self,
        *,
        secret: str,
        access_token: str,
        api_url: str = API_URL,
        data_url: str | None = None,
        files: Files | None = None,
        timeout_s: float = 8.0,
        warn_percent: int = 80,
        reaches_numbers: bool = False,
        now_ms: Callable[[], int] = wall_ms,
    ) -> None:
        if not secret or not access_token:
            raise ValueError("expected LINE's channel secret and access token: neither may be empty")
        self._secret, self._files, self._now_ms = secret, files, now_ms
        self.reaches_numbers = reaches_numbers
        elsewhere = api_url if api_url != API_URL else DATA_URL
        self._api = LineApi(access_token, api_url, data_url or elsewhere, timeout_s)
        self._watch = QuotaWatch(self._api, warn_percent=warn_percent)
        self._signs = Signs(self._api, now_ms)

    # --- in ----------------------------------------------------------------------------------

    def verify(self, webhook: Webhook) -> Sequence[RawEvent]:
        """Check `x-line-signature` and split the callback; raises `WebhookRefused` (413, 401, 400)."""
        body = webhook.body
        if len(body) > BODY_MAX:
            raise WebhookRefused(f"expected at most {BODY_MAX} bytes", status=413)
        headers = webhook.headers.items()
        given = next((value for name, value in headers if name.lower() == "x-line-signature"), "")
        expected = codec.signature_of(self._secret, body)
        if not hmac.compare_digest(given.encode(errors="replace"), expected.encode()):
            raise WebhookRefused("the signature is not that of this channel", status=401)
        try:
            return codec.split(body)
        except ValueError:
            raise WebhookRefused("expected a LINE callback with a list of events", status=400) from None

    def decode(self, event: RawEvent) -> Incoming | None:
        incoming = codec.decode(event)
        if incoming is None:
            kind = codec.kind_of(event)
            told = log.debug if kind in codec.KNOWN_EVENTS else log.warning
            told("line.passed_over", kind=kind[:_KIND_MAX], event_id=event.event_id)
        elif isinstance(incoming, Inbound):
            if incoming.text in (UNKNOWN_PLACEHOLDER, UNKNOWN_EVENT):
                log.warning(
                    "line.unsupported_message", kind=incoming.kind[:_KIND_MAX], event_id=event.event_id
                )
            self._signs.remember(incoming.event_id, codec.mark_as_read_token_of(event))
        return incoming

    def fetch(self, event: RawEvent, part: Part) -> AsyncIterator[bytes]:
        return content.read(self._api, part.source)

    # --- out ---------------------------------------------------------------------------------

    async def send(self, message: Outbound, *, in_doubt: bool = False) -> str | None:
        """Reply for free while the reply token lives, otherwise push, which is billed.

        A push that LINE took before is recognised by its retry key (409). A reply is by its token: when
        an earlier try of this message is in doubt and its token, still fresh, is refused, that try was it;
        when the token is old nobody can tell, and a person has to say.
        What takes several requests is pushed: a reply could not be followed safely. Addressed to a phone
        number it goes as a notification message to the LINE user who has that number, if there is one.
        """
        try:
            requests = compose(message, self._link)
            if phone := tokens.phone_hash_of(message.address):
                return await self._notify(message, phone, requests, in_doubt)
            reply = tokens.ReplyToken.parse(message.reply_token) if message.reply_token else None
            if reply is not None and len(requests) == 1:
                if reply.is_fresh(self._now_ms()):
                    return await self._reply(reply.token, requests[0], in_doubt)
                if in_doubt:
                    raise SendFailed(
                        "a reply had no answer in its time: it may have arrived", retryable=False
                    )
            ids = [await self._push(message, number, each) for number, each in enumerate(requests)]
        except (aiohttp.ClientError, TimeoutError) as error:
            raise no_answer(error) from None
        return ids[0]

    async def show(self, address: str, *, is_typing: bool = False, read: str | None = None) -> None:
        await self._signs.show(address, is_typing=is_typing, read=read)

    async def display_name(self, address: str) -> str | None:
        """Return the name in the user's LINE profile; `None` if LINE does not tell it (now)."""
        answer = await self._profile(address)
        return (answer and answer.said and answer.said.display_name) or None

    async def language(self, address: str) -> str | None:
        """Return the language in the user's LINE profile, which LINE tells of those who let it."""
        answer = await self._profile(address)
        return (answer and answer.said and answer.said.language) or None

    async def _profile(self, address: str) -> Answer | None:
        try:
            answer = await self._api.get(f"/v2/bot/profile/{quote(address, safe='')}")
        except (aiohttp.ClientError, TimeoutError) as error:
            log.warning("line.no_profile", error=type(error).__name__)
            return None
        if not answer.is_ok or answer.said is None:
            log.warning("line.no_profile", status=answer.status)
            return None
        return answer

    async def account_link(self, address: str, proof: str) -> str:
        """Return the page where a user agrees to be linked; raises `SendFailed`.

        The `Inbound` of kind `accountLink` brings `proof` back as its `link`: a token of 10 to 255
        characters that was given to somebody we know. The page can be opened once, for ten minutes.
        """
        try:
            answer = await self._api.post(f"/v2/bot/user/{quote(address, safe='')}/linkToken", None)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise no_answer(error) from None
        if not answer.is_ok or answer.said is None or not answer.said.link_token:
            raise _refusal(answer)
        return f"{_LINK_DIALOG}?{urlencode({'linkToken': answer.said.link_token, 'nonce': proof})}"

    def services(self, store: Store) -> Sequence[Service]:
        """Every hub watches the month's messages for itself."""
        return (Service(name="line-quota", run=self._watch.run, is_single=False),)

    def quota(self) -> Quota | None:
        return self._watch.quota

    async def close(self) -> None:
        await self._api.close()

    # --- requests ----------------------------------------------------------------------------

    def _link(self, file: StoredFile) -> str:
        if self._files is None:
            raise SendFailed("no files can be sent", retryable=False)
        try:
            return self._files.link(file)
        except FileGone:
            raise SendFailed("the file is kept no longer", retryable=False) from None
        except FilesUnavailable:
            raise SendFailed("files cannot be reached", retryable=True) from None

    async def _reply(self, token: str, messages: list[dict[str, Any]], in_doubt: bool) -> str | None:
        answer = await self._api.post("/v2/bot/message/reply", {"replyToken": token, "messages": messages})
        if answer.status == 400 and "reply token" in answer.detail.lower():
            if in_doubt:
                return None
            raise ReplyRefused(f"HTTP 400: {answer.detail}")
        if not answer.is_ok:
            raise _refusal(answer)
        return _sent_as(answer)

    async def _push(self, message: Outbound, number: int, messages: list[dict[str, Any]]) -> str | None:
        answer = await self._api.post(
            "/v2/bot/message/push",
            {"to": message.address, "messages": messages},
            {"X-Line-Retry-Key": tokens.retry_key_of(message.key, number)},
        )
        if answer.status == 409:
            return answer.said.sent_messages[0].id if answer.said and answer.said.sent_messages else None
        if not answer.is_ok:
            raise self._billed_refusal(answer)
        sent_as = _sent_as(answer)
        self._watch.counted()
        return sent_as

    async def _notify(
        self, message: Outbound, phone: str, requests: list[list[dict[str, Any]]], in_doubt: bool
    ) -> str:
        """Send a notification message, which LINE cannot tell from a repeated one: so once only."""
        if in_doubt:
            raise SendFailed("LINE may have taken it: not sent again", retryable=False, in_doubt=True)
        if len(requests) > 1:
            raise SendFailed("too long for a notification message", retryable=False)
        tag = tokens.delivery_tag_of(message.key)
        answer = await self._api.post(
            "/bot/pnp/push", {"to": phone, "messages": requests[0]}, {"X-Line-Delivery-Tag": tag}
        )
        if not answer.is_ok:
            raise self._billed_refusal(answer)
        return tag

    def _billed_refusal(self, answer: Answer) -> SendFailed:
        """Return what an answer means; 429 also says that the month's messages are used up: that is final."""
        if answer.status != 429 or "monthly limit" not in answer.detail:
            return _refusal(answer)
        self._watch.ran_out()
        return SendFailed(
            f"LINE's messages of this month are used up; replies still go: {answer.detail}", retryable=False
        )


def _refusal(answer: Answer) -> SendFailed:
    return refusal(answer.status, answer.detail, answer.retry_after)


def _sent_as(answer: Answer) -> str:
    """Return LINE's id of a message; raises `SendFailed` for a 200 that names none: it is not LINE's."""
    if answer.said is None or not answer.said.sent_messages:
        raise SendFailed(f"HTTP {answer.status}: no message is named as sent", retryable=True, in_doubt=True)
    return answer.said.sent_messages[0].id
