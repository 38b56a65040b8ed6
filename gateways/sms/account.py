"""Who carries SMS for us."""

from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, Field, FilePath, StringConstraints, model_validator
from yarl import URL

from acd.contact import Channel
from gateways.account import PREFIX, Account, Secret, Surroundings, WebAddress, both_or_neither
from gateways.sms.gateway import SmsGateway
from gateways.sms.http_provider import HttpSmsProvider
from gateways.sms.parts import SmsParts
from gateways.sms.provider import SmsProvider
from gateways.sms.session import Role
from gateways.sms.smpp import Centre, SmppProvider
from gateways.sms.twilio import API_URL, TwilioProvider, TwilioSettings


def _smpp_address(text: str) -> str:
    url = URL(text)
    if url.scheme not in ("smpp", "smpps") or not url.host or url.port is None:
        raise ValueError("not an SMPP address")
    return text


SmppAddress = Annotated[str, AfterValidator(_smpp_address)]
_WAYS = ("sms_provider_url", "smpp_url", "twilio_account_sid")


class SmsAccount(Account):
    """`TORITSUGI_SMS_...`, `..._SMPP_...` or `..._TWILIO_...`: one way of the three (docs/sms.md).

    `sms_from` is what the receiver sees, if the provider lets one choose.
    """

    channel: ClassVar[Channel] = Channel.SMS

    sms_from: str | None = Field(None, description="a number or name that the SMS provider allows")
    sms_region: str = Field("JP", pattern=r"^[A-Z]{2}$", description="a country, such as JP")
    sms_provider_url: WebAddress | None = Field(None, description="an http or https address")
    sms_provider_token: Secret | None = Field(None, description="the token of the SMS provider")
    sms_provider_taken: str = Field(
        "", max_length=200, description="what the answer for a taken message contains"
    )
    smpp_url: SmppAddress | None = Field(None, description="smpp://HOST:PORT or smpps://HOST:PORT")
    smpp_ca_file: FilePath | None = Field(None, description="a file of certificates, for smpps")
    smpp_system_id: Annotated[str, StringConstraints(min_length=1, max_length=15)] | None = Field(
        None, description="our name at the message centre, at most 15 characters"
    )
    smpp_password: Secret | None = Field(None, description="the password there, at most 8 characters")
    smpp_system_type: str = Field("", max_length=12, description="at most 12 characters")
    smpp_alphabet: str = Field("gsm", pattern=r"^(gsm|latin-1|ascii)$", description="gsm, latin-1 or ascii")
    smpp_enquire_s: float = Field(30.0, ge=0.1, le=600, description="seconds, 0.1 to 600")
    smpp_binds: int = Field(1, ge=1, le=2, description="1 for both directions, or 2: one for each")
    smpp_window: int = Field(10, ge=1, le=1000, description="a number of messages, 1 to 1000")
    twilio_account_sid: str | None = Field(None, pattern=r"^\w{8,64}$", description="an account SID")
    twilio_auth_token: Secret | None = Field(None, description="the account's auth token")
    twilio_api_base: WebAddress = Field(API_URL, description="an http or https address")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        both_or_neither(self, "sms_provider_url", "sms_provider_token")
        both_or_neither(self, "smpp_url", "smpp_system_id")
        both_or_neither(self, "smpp_system_id", "smpp_password")
        both_or_neither(self, "twilio_account_sid", "twilio_auth_token")
        given = [PREFIX + way.upper() for way in _WAYS if getattr(self, way) is not None]
        if len(given) > 1:
            raise ValueError(f"{' and '.join(given)}: expected one of them")
        if self.twilio_account_sid is not None and not self.sms_from:
            raise ValueError(f"{PREFIX}SMS_FROM: expected a number, name or messaging service")
        if self.smpp_password is not None and len(self.smpp_password.get_secret_value()) > 8:
            raise ValueError(f"{PREFIX}SMPP_PASSWORD: expected at most 8 characters")
        return self

    @property
    def is_set_up(self) -> bool:
        return any(getattr(self, way) is not None for way in _WAYS)

    def build(self, around: Surroundings) -> SmsGateway:
        return SmsGateway(self._provider(around), around)

    def _provider(self, around: Surroundings) -> SmsProvider:
        if self.smpp_url is not None:
            assert around.engine is not None, "the hub lends its database"
            return SmppProvider(self._centre(self.smpp_url), SmsParts(around.engine))
        if self.twilio_account_sid is not None:
            assert self.twilio_auth_token is not None
            return TwilioProvider(
                TwilioSettings(
                    account=self.twilio_account_sid,
                    token=self.twilio_auth_token.get_secret_value(),
                    sender=self.sms_from or "",
                    public_url=around.public_url,
                    api_url=self.twilio_api_base,
                )
            )
        assert self.sms_provider_url is not None
        assert self.sms_provider_token is not None
        token = self.sms_provider_token.get_secret_value()
        return HttpSmsProvider(
            self.sms_provider_url, token, sender=self.sms_from, taken=self.sms_provider_taken
        )

    def _centre(self, address: str) -> Centre:
        url = URL(address)
        assert self.smpp_system_id is not None
        assert self.smpp_password is not None
        assert url.host is not None
        assert url.port is not None
        return Centre(
            host=url.host,
            port=url.port,
            is_tls=url.scheme == "smpps",
            ca_file=str(self.smpp_ca_file or ""),
            system_id=self.smpp_system_id,
            password=self.smpp_password.get_secret_value(),
            system_type=self.smpp_system_type,
            sender=self.sms_from or "",
            region=self.sms_region,
            alphabet=self.smpp_alphabet,
            silence_s=self.smpp_enquire_s,
            window=self.smpp_window,
            roles=(Role.TRANSCEIVER,) if self.smpp_binds == 1 else (Role.TRANSMITTER, Role.RECEIVER),
        )
