"""SMS as a channel: outgoing only so far."""

from acd.contact import Channel
from gateways.errors import SendFailed
from gateways.protocol import Gateway, Inbound, Outbound, RawEvent
from gateways.sms.provider import SmsProvider, is_e164


class SmsGateway(Gateway):
    """Messages to mobile numbers through one provider."""

    channel = Channel.SMS
    receives = False

    def __init__(self, provider: SmsProvider) -> None:
        self._provider = provider

    def decode(self, event: RawEvent) -> Inbound | None:
        raise ValueError("incoming SMS is not set up")

    async def send(self, message: Outbound, *, in_doubt: bool = False) -> None:
        """Hand the message to the provider, which knows a repeated try by its key."""
        if not is_e164(message.address):
            raise SendFailed("expected a number in E.164 form, such as +819012345678", retryable=False)
        await self._provider.send(message.address, message.text, message.key)

    async def close(self) -> None:
        await self._provider.close()
