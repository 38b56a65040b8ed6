"""Forms as a channel: `GET` describes one, `POST` fills it in. Answers go by mail."""

import html
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence

import msgspec
import structlog
from msgspec.structs import replace

from acd.contact import Channel
from gateways.addresses import Network, client_address
from gateways.errors import FetchFailed, SendFailed, WebhookRefused
from gateways.form import body as bodies
from gateways.form import codec
from gateways.form.conf import Form
from gateways.form.guard import Rates, Stamps
from gateways.job import wall_ms
from gateways.protocol import Answer, Gateway, Inbound, Outbound, Part, RawEvent, Webhook

log = structlog.get_logger()

_BODY_MAX = 8 * 1024 * 1024
_BLOCK = 64 * 1024
_THANKS = (
    "<!doctype html><meta charset=utf-8><meta name=viewport content='width=device-width'><title>{0}</title>"
    "<p>お問い合わせを受け付けました。<p lang=en>We have received your request.\n"
)


class FormGateway(Gateway):
    """The forms of forms.conf; `read` reads them anew, and raises `AccountsWrong`.

    `proxies` are ours, whose `X-Forwarded-For` is believed.
    """

    channel = Channel.TICKET
    body_max = _BODY_MAX

    def __init__(
        self,
        forms: Mapping[str, Form],
        secret: bytes,
        *,
        read: Callable[[], Mapping[str, Form]] | None = None,
        proxies: tuple[Network, ...] = (),
        now_ms: Callable[[], int] = wall_ms,
    ) -> None:
        self._forms, self._read, self._now_ms = forms, read, now_ms
        self._proxies = proxies
        self._stamps, self._rates = Stamps(secret), Rates()
        self._mail: Gateway | None = None

    def meet(self, others: Mapping[Channel, Gateway]) -> None:
        self._mail = others.get(Channel.EMAIL)
        self.sends_once = self._mail.sends_once if self._mail else False

    def reread(self) -> Callable[[], None]:
        forms = self._read() if self._read is not None else self._forms

        def take_over() -> None:
            self._forms = forms

        return take_over

    def verify(self, webhook: Webhook) -> Sequence[RawEvent]:
        """Check a request; raises `WebhookRefused` (400, 403, 404, 413, 429)."""
        form = self._form(webhook)
        if len(webhook.body) > self.body_max:
            raise WebhookRefused(f"expected at most {self.body_max} bytes", status=413)
        origin = _header(webhook, "origin")
        if form.origins and origin and origin not in form.origins:
            raise WebhookRefused("the page is not one that may", status=403)
        content_type, key = _header(webhook, "content-type"), _header(webhook, "idempotency-key")
        try:
            filled = bodies.read(content_type, webhook.body)
        except ValueError:
            raise WebhookRefused("expected JSON or a form", status=400) from None
        if form.honeypot and filled.values.get(form.honeypot):
            log.info("form.honeypot", form=form.name)  # whoever fills that in learns nothing from it
            return ()
        if wrong := codec.problem(form, filled):
            raise WebhookRefused("a field is wrong", status=400, shown=wrong)
        self._guard(form, self._sender(webhook), filled.values.get(codec.BEGAN, ""))
        return [
            codec.store(
                form,
                filled,
                at_ms=self._now_ms(),
                content_type=content_type,
                body=webhook.body,
                key=key[:200],
            )
        ]

    def answer(self, webhook: Webhook) -> Answer | None:
        """Describe a form, with a stamp to send back as `began`; thank for a request."""
        form = self._form(webhook)
        if webhook.method == "POST" and "text/html" in _header(webhook, "accept"):
            return Answer(_THANKS.format(html.escape(form.title)).encode(), "text/html")
        if webhook.method == "POST":
            return Answer(b"{}", "application/json")
        described = {
            "title": form.title,
            "fields": [
                {"name": each.name, "type": each.type, "required": each.is_required, "choices": each.choices}
                for each in form.fields
            ],
            "files": form.files_max,
            "file_types": form.file_types,
            codec.BEGAN: self._stamps.issue(form.name, time.time()),
        }
        return Answer(msgspec.json.encode(described), "application/json")

    def for_page(self, webhook: Webhook) -> Mapping[str, str]:
        form, origin = self._forms.get(webhook.path), _header(webhook, "origin")
        if form is None:
            return {}
        allowed = {"Access-Control-Allow-Origin": origin} if origin in form.origins else {}
        return {"Vary": "Origin", **allowed}

    def decode(self, event: RawEvent) -> Inbound:
        return codec.decode(event)

    async def fetch(self, event: RawEvent, part: Part) -> AsyncIterator[bytes]:
        try:
            content = codec.content_of(event, part)
        except (ValueError, IndexError):
            raise FetchFailed("no such file in the request", retryable=False) from None
        for at in range(0, len(content), _BLOCK):
            yield content[at : at + _BLOCK]

    async def send(self, message: Outbound, *, in_doubt: bool = False) -> str | None:
        """Answer by mail, under the subject of the request."""
        if self._mail is None:
            raise SendFailed("answers to forms go by mail, which is not set up", retryable=False)
        return await self._mail.send(replace(message, channel=Channel.EMAIL, account=""), in_doubt=in_doubt)

    def _form(self, webhook: Webhook) -> Form:
        form = self._forms.get(webhook.path)
        if form is None:
            raise WebhookRefused("no such form", status=404)
        return form

    def _sender(self, webhook: Webhook) -> str:
        forwarded = [value for name, value in webhook.headers.items() if name.lower() == "x-forwarded-for"]
        return client_address(webhook.remote, ",".join(forwarded), self._proxies)

    def _guard(self, form: Form, remote: str, began: str) -> None:
        if not self._rates.takes(form.name, remote, form.rate, time.monotonic()):
            raise WebhookRefused("too many requests from one address", status=429)
        if not form.least_s:
            return
        age_s = self._stamps.age_s(form.name, began, time.time())
        if age_s is None or age_s < form.least_s:
            raise WebhookRefused("filled in too fast, or too long ago", status=400, shown="once more, please")


def _header(webhook: Webhook, name: str) -> str:
    return next((value for each, value in webhook.headers.items() if each.lower() == name), "")
