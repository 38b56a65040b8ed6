"""Moves LINE's bytes: webhooks in, replies and pushes out."""

import hmac
from collections.abc import Callable, Sequence
from typing import NoReturn

import aiohttp
import msgspec
import structlog
from linebot.v3.messaging import (
    ApiException,
    AsyncApiClient,
    AsyncMessagingApi,
    Configuration,
    PushMessageRequest,
    ReplyMessageRequest,
    TextMessage,
)

from acd.contact import Channel
from gateways.errors import ReplyRefused, SendFailed, WebhookRefused
from gateways.http import no_answer, refusal
from gateways.job import wall_ms
from gateways.line import codec
from gateways.protocol import Gateway, Inbound, Outbound, RawEvent, Webhook

log = structlog.get_logger()

API_URL = "https://api.line.me"
BODY_MAX = 1024 * 1024
_CONNECTIONS_MAX = 32


class _Answer(msgspec.Struct, frozen=True):
    message: str = ""


class LineGateway(Gateway):
    """One LINE official account. Make it inside the running event loop."""

    channel = Channel.LINE

    def __init__(
        self,
        *,
        secret: str,
        access_token: str,
        api_url: str = API_URL,
        timeout_s: float = 8.0,
        now_ms: Callable[[], int] = wall_ms,
    ) -> None:
        if not secret or not access_token:
            raise ValueError("expected LINE's channel secret and access token: neither may be empty")
        configuration = Configuration(host=api_url, access_token=access_token)
        configuration.connection_pool_maxsize = _CONNECTIONS_MAX
        self._client = AsyncApiClient(configuration)
        self._api = AsyncMessagingApi(self._client)
        self._secret, self._timeout_s, self._now_ms = secret, timeout_s, now_ms

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

    def decode(self, event: RawEvent) -> Inbound | None:
        message = codec.decode(event)
        if message is not None and message.kind != "text":
            log.info("line.unsupported_message", kind=message.kind, event=event.event_id)
        return message

    async def send(self, message: Outbound, *, in_doubt: bool = False) -> None:
        """Reply for free while the reply token lives, otherwise push, which is billed.

        A push that LINE took before is recognised by its retry key (409). A reply is by its token: when
        an earlier try of this message is in doubt and its token, still fresh, is refused, that try was it.
        """
        reply = codec.ReplyToken.parse(message.reply_token) if message.reply_token else None
        try:
            if reply is not None and reply.is_fresh(self._now_ms()):
                await self._reply(reply.token, message.text, in_doubt)
            else:
                await self._push(message)
        except ApiException as error:
            _raise_refusal(error)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise no_answer(error) from None

    async def display_name(self, address: str) -> str | None:
        """Return the name in the user's LINE profile; `None` if LINE does not tell it (now)."""
        try:
            profile = await self._api.get_profile(address, _request_timeout=self._timeout_s)
        except (ApiException, aiohttp.ClientError, TimeoutError) as error:
            log.warning("line.no_profile", error=type(error).__name__)
            return None
        return str(profile.display_name)

    async def close(self) -> None:
        await self._client.close()

    async def _reply(self, token: str, text: str, in_doubt: bool) -> None:
        request = ReplyMessageRequest(reply_token=token, messages=[TextMessage(text=text)])
        try:
            await self._api.reply_message(request, _request_timeout=self._timeout_s)
        except ApiException as error:
            detail = _detail(error)
            if error.status != 400 or "reply token" not in detail.lower():
                raise
            if not in_doubt:
                raise ReplyRefused(f"HTTP 400: {detail}") from None

    async def _push(self, message: Outbound) -> None:
        request = PushMessageRequest(to=message.address, messages=[TextMessage(text=message.text)])
        try:
            await self._api.push_message(
                request,
                x_line_retry_key=codec.retry_key_of(message.key),
                _request_timeout=self._timeout_s,
            )
        except ApiException as error:
            if error.status != 409:
                raise


def _raise_refusal(error: ApiException) -> NoReturn:
    """Raise what LINE's answer means; 429 also says that the month's messages are used up: that is final."""
    detail = _detail(error)
    if error.status == 429 and "monthly limit" in detail:
        raise SendFailed(f"HTTP 429: {detail}", retryable=False) from None
    raise refusal(error.status or 0, detail, (error.headers or {}).get("Retry-After")) from None


def _detail(error: ApiException) -> str:
    """Return LINE's own words; the body is otherwise not shown, as it may quote the request."""
    try:
        return msgspec.json.decode(error.body or b"{}", type=_Answer).message
    except ValueError:
        return "an answer that is not LINE's"
