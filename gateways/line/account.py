"""A LINE official account, as its console shows it."""

from typing import ClassVar, Self

from pydantic import Field, model_validator

from acd.contact import Channel
from gateways.account import Account, Secret, Surroundings, WebAddress, both_or_neither
from gateways.line.api import API_URL
from gateways.line.gateway import LineGateway


class LineAccount(Account):
    """`TORITSUGI_LINE_...`. `line_data_base`: where users' files lie, if not beside `line_api_base`."""

    channel: ClassVar[Channel] = Channel.LINE
    per_s: ClassVar[int | None] = 1000
    """Of the 2,000 replies and pushes that LINE takes of an account: a second hub may send too."""

    line_channel_secret: Secret | None = Field(None, description="the channel secret of LINE's console")
    line_channel_access_token: Secret | None = Field(None, description="the access token of LINE's console")
    line_api_base: WebAddress = Field(API_URL, description="an http or https address")
    line_data_base: WebAddress | None = Field(None, description="an http or https address")
    line_notifications: bool = Field(False, description="yes to write to phone numbers by LINE, or no")
    line_quota_warning: int = Field(80, ge=1, le=100, description="a percentage, 1 to 100")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        both_or_neither(self, "line_channel_secret", "line_channel_access_token")
        return self

    @property
    def is_set_up(self) -> bool:
        return self.line_channel_secret is not None

    def build(self, around: Surroundings) -> LineGateway:
        assert self.line_channel_secret is not None
        assert self.line_channel_access_token is not None
        return LineGateway(
            secret=self.line_channel_secret.get_secret_value(),
            access_token=self.line_channel_access_token.get_secret_value(),
            api_url=self.line_api_base,
            data_url=self.line_data_base,
            files=around.files,
            warn_percent=self.line_quota_warning,
            reaches_numbers=self.line_notifications,
        )
