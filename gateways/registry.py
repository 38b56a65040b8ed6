"""Which text channels there are: a new one is a folder beside `line` and a line here."""

from collections.abc import Iterable

from acd.contact import Channel
from gateways.account import Account, Surroundings
from gateways.chat.account import ChatAccount
from gateways.fax.account import FaxAccount
from gateways.form.account import FormAccount
from gateways.line.account import LineAccount
from gateways.mail.account import MailAccount
from gateways.pace import Pace
from gateways.protocol import Gateway
from gateways.sms.account import SmsAccount
from gateways.social.account import SocialAccount

ACCOUNTS: tuple[type[Account], ...] = (
    LineAccount,
    MailAccount,
    SmsAccount,
    ChatAccount,
    SocialAccount,
    FormAccount,
    FaxAccount,
)


def build_gateways(accounts: Iterable[Account], around: Surroundings) -> dict[Channel, Gateway]:
    """Make the gateways of the channels that are set up, inside the running event loop; close each."""
    built = ((each.channel, each.build(around)) for each in accounts if each.is_set_up)
    gateways = {channel: gateway for channel, gateway in built if gateway is not None}
    for gateway in gateways.values():
        gateway.meet(gateways)
    return gateways


def build_paces(accounts: Iterable[Account]) -> dict[Channel | tuple[Channel, str], Pace]:
    """Return how fast the providers of the channels that are set up may be asked, as these say themselves."""
    return {each.channel: Pace(each.per_s, each.per_s) for each in accounts if each.is_set_up and each.per_s}
