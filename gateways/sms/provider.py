"""Who carries SMS to the network: what all such have in common."""

import re
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import phonenumbers

from gateways.errors import WebhookRefused
from gateways.protocol import Answer, Incoming, Part, RawEvent, Service, Store, Webhook

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


def is_e164(number: str) -> bool:
    """Whether a number has the form `+819012345678` (ITU-T E.164, at most 15 digits)."""
    return _E164.fullmatch(number) is not None


def e164(number: str, region: str, *, is_international: bool = False) -> str | None:
    """Return a sender's number in E.164; None if it is none: a name, a short code.

    `region` (ISO 3166) is where numbers without country code are at home, unless `is_international`.
    """
    digits = number.strip().removeprefix("00" if is_international else "")
    if is_international and not digits.startswith("+"):
        digits = "+" + digits
    if is_e164(digits):
        return digits
    if not re.fullmatch(r"[0-9 ()-]{8,20}", digits):
        return None
    try:
        parsed = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sms:
    """A text for a number in E.164. `sender` is the number of ours that the receiver wrote to, if any."""

    to: str
    text: str
    key: str
    sender: str = ""


class SmsProvider(ABC):
    """Takes messages for numbers in E.164, and may bring some.

    `sends_once`: it does not know a repeated message, so that one in doubt is not sent again. What a
    provider does not have is left as it stands here.
    """

    receives: bool = False
    sends_once: bool = False

    @abstractmethod
    async def send(self, sms: Sms) -> str | None:
        """Hand one message over and return what the provider calls it; raises `SendFailed`."""

    def verify(self, webhook: Webhook) -> Sequence[RawEvent]:
        """See `Gateway.verify`."""
        raise WebhookRefused("this provider has no webhooks", status=404)

    def answer(self, webhook: Webhook) -> Answer | None:
        """See `Gateway.answer`."""
        if webhook.method == "GET":
            raise WebhookRefused("this provider asks nothing", status=404)
        return None

    def services(self, store: Store) -> Sequence[Service]:
        """See `Gateway.services`."""
        return ()

    def decode(self, event: RawEvent) -> Incoming | None:
        """See `Gateway.decode`."""
        raise ValueError("incoming SMS is not set up")

    def fetch(self, event: RawEvent, part: Part) -> AsyncIterator[bytes]:
        """See `Gateway.fetch`."""
        raise NotImplementedError("this provider brings no files")

    async def close(self) -> None:
        """Release connections; may be called twice."""
        return
