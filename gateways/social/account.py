"""Our app at Meta with its pages, and our account on X."""

from typing import ClassVar, Self

import aiohttp
from pydantic import Field, SecretStr, field_validator, model_validator

from acd.contact import Channel
from gateways.account import Account, Secret, Surroundings, WebAddress, both_or_neither
from gateways.social.gateway import SocialGateway
from gateways.social.meta import API_URL as META_URL
from gateways.social.meta import Meta
from gateways.social.x import API_URL as X_URL
from gateways.social.x import X
from gateways.social.x_codec import Keys

_PAGES = "PAGE=TOKEN of each page and Instagram account, with commas"
_X_PARTS = ("x_consumer_secret", "x_access_token", "x_access_secret", "x_user_id")


class SocialAccount(Account):
    """`TORITSUGI_META_...` for Messenger and Instagram, `TORITSUGI_X_...` for X (docs/social.md)."""

    channel: ClassVar[Channel] = Channel.SOCIAL

    meta_app_secret: Secret | None = Field(None, description="the secret of the app at Meta")
    meta_verify_token: Secret | None = Field(None, description="the verify token of the webhook at Meta")
    meta_pages: Secret | None = Field(None, description=_PAGES)
    meta_api_base: WebAddress = Field(META_URL, description="an http or https address")
    x_consumer_key: str | None = Field(None, min_length=1, description="the API key of the app at X")
    x_consumer_secret: Secret | None = Field(None, description="the secret of that key")
    x_access_token: str | None = Field(None, min_length=1, description="the account's access token")
    x_access_secret: Secret | None = Field(None, description="the secret of that token")
    x_user_id: str | None = Field(None, pattern=r"^[0-9]{1,20}$", description="the account's number at X")
    x_api_base: WebAddress = Field(X_URL, description="an http or https address")

    @field_validator("meta_pages")
    @classmethod
    def _are_pages(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            _pages(value)
        return value

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        both_or_neither(self, "meta_app_secret", "meta_verify_token")
        both_or_neither(self, "meta_app_secret", "meta_pages")
        for name in _X_PARTS:
            both_or_neither(self, "x_consumer_key", name)
        return self

    @property
    def is_set_up(self) -> bool:
        return self.meta_app_secret is not None or self.x_consumer_key is not None

    def build(self, around: Surroundings) -> SocialGateway:
        session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10.0), trust_env=True)
        return SocialGateway(session, around, meta=self._meta(session), x=self._x(session))

    def _meta(self, session: aiohttp.ClientSession) -> Meta | None:
        if self.meta_app_secret is None or self.meta_verify_token is None or self.meta_pages is None:
            return None
        return Meta(
            session,
            secret=self.meta_app_secret.get_secret_value(),
            verify_token=self.meta_verify_token.get_secret_value(),
            pages=_pages(self.meta_pages),
            api_url=self.meta_api_base,
        )

    def _x(self, session: aiohttp.ClientSession) -> X | None:
        key, secret = self.x_consumer_key, self.x_consumer_secret
        token, token_secret, user = self.x_access_token, self.x_access_secret, self.x_user_id
        if key is None or secret is None or token is None or token_secret is None or user is None:
            return None
        keys = Keys(key, secret.get_secret_value(), token, token_secret.get_secret_value())
        return X(session, account=user, keys=keys, api_url=self.x_api_base)


def _pages(value: SecretStr) -> dict[str, str]:
    pages = {}
    for each in value.get_secret_value().split(","):
        page, _, token = each.strip().partition("=")
        if not page.isdigit() or not token:
            raise ValueError("not PAGE=TOKEN")
        pages[page] = token
    return pages
