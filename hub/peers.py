"""The peers that the settings name: Asterisk, providers, and this hub among others."""

import socket

from acd.contact import Channel
from acd.errors import SettingsError
from cti.ami import AmiSettings
from cti.ari import Connect, websocket
from gateways.account import Surroundings
from gateways.errors import AccountsWrong
from gateways.pace import Pace, read_paces
from gateways.protocol import Gateway
from gateways.registry import ACCOUNTS, build_gateways, build_paces
from hub.blocked_addresses import BlockingRules
from hub.settings import Settings, load_settings


def owner(settings: Settings) -> str:
    """Return this hub's name among those that share the database."""
    return f"{socket.gethostname()}:{settings.http_port}"


def gateways(around: Surroundings) -> dict[Channel, Gateway]:
    """Return the text channels that are set up; raises `SettingsInvalid`, `SettingsError`."""
    try:
        return build_gateways([load_settings(kind) for kind in ACCOUNTS], around)
    except AccountsWrong as error:
        raise SettingsError(error.problems) from None


def paces(settings: Settings) -> dict[Channel | tuple[Channel, str], Pace]:
    """Return how fast providers may be asked: as channels say, or as an administrator does."""
    return build_paces([load_settings(kind) for kind in ACCOUNTS]) | read_paces(settings.text_paces)


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
