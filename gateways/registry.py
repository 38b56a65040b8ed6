"""Which text channels there are: a new one is a folder beside `line` and a line here."""

from collections.abc import Iterable

from acd.contact import Channel
from gateways.account import Account, Surroundings
from gateways.chat.account import ChatAccount
from gateways.line.account import LineAccount
from gateways.protocol import Gateway
from gateways.sms.account import SmsAccount

ACCOUNTS: tuple[type[Account], ...] = (LineAccount, SmsAccount, ChatAccount)


def build_gateways(accounts: Iterable[Account], around: Surroundings) -> dict[Channel, Gateway]:
    """Make the gateways of the channels that are set up, inside the running event loop; close each."""
    return {each.channel: each.build(around) for each in accounts if each.is_set_up}
