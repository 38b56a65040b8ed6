"""The peers that the settings name: Asterisk, providers, and this hub among others."""

import socket

from acd.contact import Channel
from cti.ami import AmiSettings
from cti.ari import Connect, websocket
from gateways.protocol import Gateway
from gateways.registry import LineAccount, SmsAccount, build_gateways
from hub.blocked_addresses import BlockingRules
from hub.settings import Settings


def owner(settings: Settings) -> str:
    """Return this hub's name among those that share the database."""
    return f"{socket.gethostname()}:{settings.http_port}"


def gateways(settings: Settings) -> dict[Channel, Gateway]:
    """Return the text channels that are set up."""
    line = sms = None
    if settings.line_channel_secret and settings.line_channel_access_token:
        line = LineAccount(
            secret=settings.line_channel_secret.get_secret_value(),
            access_token=settings.line_channel_access_token.get_secret_value(),
            api_url=settings.line_api_base,
        )
    if settings.sms_provider_url and settings.sms_provider_token:
        sms = SmsAccount(
            url=settings.sms_provider_url,
            token=settings.sms_provider_token.get_secret_value(),
            sender=settings.sms_from,
        )
    return build_gateways(line=line, sms=sms)


def ari_connect(settings: Settings) -> Connect:
    """Return how a link to Asterisk's ARI is made."""
    return websocket(
        settings.ari_url, settings.ari_user, settings.ari_password.get_secret_value(), settings.ari_app
    )


def ami_settings(settings: Settings) -> AmiSettings:
    """Return where AMI listens, and who we are there."""
    return AmiSettings(
        node=settings.node,
        host=settings.ami_host,
        port=settings.ami_port,
        user=settings.ami_user,
        password=settings.ami_password.get_secret_value(),
    )


def blocking_rules(settings: Settings) -> BlockingRules:
    """Return who is kept out of Asterisk's SIP, and for how long."""
    return BlockingRules(
        failures=settings.block_failures,
        within_s=settings.block_within_s,
        block_s=settings.block_s,
        never=tuple(each.strip() for each in settings.block_never.split(",")),
    )
