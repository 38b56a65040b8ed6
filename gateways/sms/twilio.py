"""SMS through a provider that speaks Twilio's Messages API, version 2010-04-01.

Incoming messages and status callbacks are form bodies, signed in X-Twilio-Signature.
"""

import base64
import hashlib
import hmac
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

import aiohttp
import msgspec

from acd.contact import Channel
from gateways.errors import FetchFailed, SendFailed, WebhookRefused
from gateways.http import no_answer, refusal, why
from gateways.job import wall_ms
from gateways.protocol import (
    Answer,
    Delivery,
    Inbound,
    Incoming,
    Part,
    RawEvent,
    Receipt,
    Subscription,
    Webhook,
)
from gateways.sms.provider import Sms, SmsProvider, is_e164
from gateways.sms.words import subscription

API_URL = "https://api.twilio.com"
STATUS_PATH = "status"
TEXT_MAX = 1600
_BODY_MAX = 64 * 1024
_BLOCK = 64 * 1024
_EMPTY = Answer(b'<?xml version="1.0" encoding="UTF-8"?><Response/>', "text/xml")
_DELIVERIES = {
    "sent": Delivery.SENT,
    "delivered": Delivery.DELIVERED,
    "read": Delivery.READ,
    "undelivered": Delivery.FAILED,
    "failed": Delivery.FAILED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TwilioSettings:
    """`sender`: a number in E.164, a name, or a messaging service (`MG...`)."""

    account: str
    token: str
    sender: str
    public_url: str
    api_url: str = API_URL


class _Taken(msgspec.Struct, frozen=True):
    sid: str = ""
    code: int = 0
    message: str = ""


class _Stored(msgspec.Struct, frozen=True):
    at_ms: int
    form: list[tuple[str, str]]


def signature_of(token: str, url: str, form: Sequence[tuple[str, str]]) -> str:
    """Return X-Twilio-Signature: HMAC-SHA1 of the address and, sorted, names and values; base64."""
    signed = url + "".join(name + value for name, value in sorted(set(form)))
    return base64.b64encode(hmac.digest(token.encode(), signed.encode(), hashlib.sha1)).decode()


class TwilioProvider(SmsProvider):
    """One account. Make it inside the running event loop."""

    receives = True
    sends_once = True

    def __init__(
        self, settings: TwilioSettings, *, timeout_s: float = 10.0, now_ms: Callable[[], int] = wall_ms
    ) -> None:
        self._settings, self._now_ms = settings, now_ms
        known = f"{settings.account}:{settings.token}".encode()
        self._session = aiohttp.ClientSession(
            headers={"Authorization": f"Basic {base64.b64encode(known).decode()}"},
            timeout=aiohttp.ClientTimeout(total=timeout_s),
            trust_env=True,
        )

    async def send(self, sms: Sms) -> str | None:
        if len(sms.text) > TEXT_MAX:
            raise SendFailed(f"expected at most {TEXT_MAX} characters", retryable=False)
        settings = self._settings
        sender = sms.sender if is_e164(sms.sender) else settings.sender
        form = {
            "To": sms.to,
            "Body": sms.text,
            "MessagingServiceSid" if sender.startswith("MG") else "From": sender,
            "StatusCallback": f"{settings.public_url}/webhooks/sms/{STATUS_PATH}",
        }
        url = f"{settings.api_url}/2010-04-01/Accounts/{settings.account}/Messages.json"
        try:
            async with self._session.post(url, data=form) as answer:
                taken, headers = _read(await answer.read()), answer.headers
        except (aiohttp.ClientError, TimeoutError) as error:
            raise no_answer(error) from None
        if answer.ok and taken.sid:
            return taken.sid
        if answer.ok:
            raise SendFailed("an answer without an id", retryable=False, in_doubt=True)
        raise refusal(answer.status, f"{taken.code} {taken.message}".strip(), headers.get("Retry-After"))

    def verify(self, webhook: Webhook) -> Sequence[RawEvent]:
        if len(webhook.body) > _BODY_MAX:
            raise WebhookRefused(f"expected at most {_BODY_MAX} bytes", status=413)
        try:
            form = parse_qsl(webhook.body.decode(), keep_blank_values=True, max_num_fields=200)
        except ValueError:
            raise WebhookRefused("expected a form", status=400) from None
        headers = webhook.headers.items()
        given = next((value for name, value in headers if name.lower() == "x-twilio-signature"), "")
        expected = signature_of(self._settings.token, webhook.url, form)
        if not hmac.compare_digest(given.encode(errors="replace"), expected.encode()):
            raise WebhookRefused("the signature is not that of this account", status=401)
        fields = dict(form)
        sid, status = fields.get("MessageSid", ""), fields.get("MessageStatus", "")
        if not sid or len(sid) > 64:
            raise WebhookRefused("expected a MessageSid", status=400)
        is_status = webhook.path == STATUS_PATH
        event = RawEvent(
            channel=Channel.SMS,
            event_id=f"{sid}:{status[:32]}" if is_status else sid,
            address=(fields.get("To", "") if is_status else fields.get("From", "")) or sid,
            body=msgspec.json.encode(_Stored(self._now_ms(), form)),
        )
        return [event]

    def answer(self, webhook: Webhook) -> Answer | None:
        """Return TwiML that says nothing: what there is to say goes by the outbox."""
        super().answer(webhook)
        return _EMPTY

    def decode(self, event: RawEvent) -> Incoming | None:
        stored = msgspec.json.decode(event.body, type=_Stored)
        fields = dict(stored.form)
        if ":" in event.event_id:
            return _receipt(event, fields, stored.at_ms)
        number = fields.get("From", "")
        if not is_e164(number):
            raise ValueError("the sender has no number that could be answered")
        text, told = fields.get("Body", ""), fields.get("OptOutType", "").upper()
        wish = {"STOP": False, "START": True}.get(told, subscription(text))
        if wish is not None:
            return Subscription(
                channel=Channel.SMS, event_id=event.event_id, address=number, is_on=wish, at_ms=stored.at_ms
            )
        return Inbound(
            channel=Channel.SMS,
            event_id=event.event_id,
            address=number,
            text=text,
            at_ms=stored.at_ms,
            account=fields.get("To", ""),
            parts=tuple(_parts(fields)),
            is_automatic=told == "HELP",  # the provider has answered it
        )

    async def fetch(self, event: RawEvent, part: Part) -> AsyncIterator[bytes]:
        """Read a picture; only where the provider keeps them are our credentials shown."""
        if urlsplit(part.source).netloc != urlsplit(self._settings.api_url).netloc:
            raise FetchFailed("not an address of this provider", retryable=False)
        try:
            async with self._session.get(part.source) as answer:
                if not answer.ok:
                    raise FetchFailed(f"HTTP {answer.status}", retryable=answer.status >= 500)
                async for block in answer.content.iter_chunked(_BLOCK):
                    yield block
        except (aiohttp.ClientError, TimeoutError) as error:
            raise FetchFailed(why(error), retryable=True) from None

    async def close(self) -> None:
        await self._session.close()


def _receipt(event: RawEvent, fields: dict[str, str], at_ms: int) -> Receipt | None:
    delivery = _DELIVERIES.get(fields.get("MessageStatus", ""))
    if delivery is None:
        return None
    return Receipt(
        channel=Channel.SMS,
        event_id=event.event_id,
        address=fields.get("To", ""),
        sent_as=fields["MessageSid"],
        delivery=delivery,
        at_ms=at_ms,
        reason=fields.get("ErrorCode", ""),
    )


def _parts(fields: dict[str, str]) -> list[Part]:
    number = fields.get("NumMedia", "0")
    many = min(int(number), 10) if number.isascii() and number.isdigit() else 0
    return [
        Part(
            name=f"media-{index + 1}",
            type=fields.get(f"MediaContentType{index}", "application/octet-stream"),
            source=fields[f"MediaUrl{index}"],
        )
        for index in range(many)
        if f"MediaUrl{index}" in fields
    ]


def _read(body: bytes) -> _Taken:
    try:
        return msgspec.json.decode(body, type=_Taken)
    except ValueError:
        return _Taken()
