"""Who carries SMS for us."""

from typing import ClassVar, Self

from pydantic import Field, model_validator

from acd.contact import Channel
from gateways.account import Account, Secret, Surroundings, WebAddress, both_or_neither
from gateways.sms.gateway import SmsGateway
from gateways.sms.provider import HttpSmsProvider


class SmsAccount(Account):
    """`TORITSUGI_SMS_...`. `sms_from` is what the receiver sees, if the provider lets one choose."""

    channel: ClassVar[Channel] = Channel.SMS

    sms_provider_url: WebAddress | None = Field(None, description="an http or https address")
    sms_provider_token: Secret | None = Field(None, description="the token of the SMS provider")
    sms_from: str | None = Field(None, description="a number or name that the SMS provider allows")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        both_or_neither(self, "sms_provider_url", "sms_provider_token")
        return self

    @property
    def is_set_up(self) -> bool:
        return self.sms_provider_url is not None

    def build(self, around: Surroundings) -> SmsGateway:
        assert self.sms_provider_url is not None
        assert self.sms_provider_token is not None
        token = self.sms_provider_token.get_secret_value()
        return SmsGateway(HttpSmsProvider(self.sms_provider_url, token, sender=self.sms_from))
