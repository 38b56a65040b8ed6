"""SMS as a channel: what all providers have in common."""

from collections.abc import AsyncIterator, Sequence

from acd.contact import Channel
from gateways.account import Surroundings
from gateways.errors import FileGone, FilesUnavailable, SendFailed
from gateways.plain import plain_text
from gateways.protocol import Answer, Gateway, Incoming, Outbound, Part, RawEvent, Service, Store, Webhook
from gateways.sms.provider import Sms, SmsProvider, is_e164


class SmsGateway(Gateway):
    """Messages to and from mobile numbers through one provider."""

    channel = Channel.SMS

    def __init__(self, provider: SmsProvider, around: Surroundings) -> None:
        self._provider, self._around = provider, around
        self.receives, self.sends_once = provider.receives, provider.sends_once

    def verify(self, webhook: Webhook) -> Sequence[RawEvent]:
        return self._provider.verify(webhook)

    def answer(self, webhook: Webhook) -> Answer | None:
        return self._provider.answer(webhook)

    def services(self, store: Store) -> Sequence[Service]:
        return self._provider.services(store)

    def decode(self, event: RawEvent) -> Incoming | None:
        return self._provider.decode(event)

    def fetch(self, event: RawEvent, part: Part) -> AsyncIterator[bytes]:
        return self._provider.fetch(event, part)

    async def send(self, message: Outbound, *, in_doubt: bool = False) -> str | None:
        """Hand the message to the provider, long addresses in it made short."""
        if not is_e164(message.address):
            raise SendFailed("expected a number in E.164 form, such as +819012345678", retryable=False)
        try:
            text = plain_text(message, self._around.files)
        except FileGone:
            raise SendFailed("a file of the message is not kept any more", retryable=False) from None
        except FilesUnavailable:
            raise SendFailed("the files cannot be reached", retryable=True) from None
        text = await self._around.shorten(text, message.key)
        return await self._provider.send(
            Sms(to=message.address, text=text, key=message.key, sender=message.account)
        )

    async def close(self) -> None:
        await self._provider.close()
