"""Which text channels there are: a new one is a folder beside `line` and a line here."""

from collections.abc import Iterable

from acd.contact import Channel
from gateways.account import Account, Surroundings
from gateways.line.account import LineAccount
from gateways.mail.account import MailAccount
from gateways.protocol import Gateway
from gateways.sms.account import SmsAccount

ACCOUNTS: tuple[type[Account], ...] = (LineAccount, MailAccount, SmsAccount)


def build_gateways(accounts: Iterable[Account], around: Surroundings) -> dict[Channel, Gateway]:
    """Make the gateways of the channels that are set up, inside the running event loop; close each."""
    built = ((each.channel, each.build(around)) for each in accounts if each.is_set_up)
    return {channel: gateway for channel, gateway in built if gateway is not None}
