"""Which text channels there are: a new one is a folder beside `line` and a line here."""

from dataclasses import dataclass, field

from acd.contact import Channel
from gateways.line.gateway import API_URL, LineGateway
from gateways.protocol import Gateway
from gateways.sms.gateway import SmsGateway
from gateways.sms.provider import HttpSmsProvider


@dataclass(frozen=True, slots=True)
class LineAccount:
    """A LINE official account; secret and token as its console shows them."""

    secret: str = field(repr=False)
    access_token: str = field(repr=False)
    api_url: str = API_URL


@dataclass(frozen=True, slots=True)
class SmsAccount:
    """Where SMS are handed over; `sender` is what the receiver sees, if the provider lets one choose."""

    url: str
    token: str = field(repr=False)
    sender: str | None = None


def build_gateways(
    *, line: LineAccount | None = None, sms: SmsAccount | None = None
) -> dict[Channel, Gateway]:
    """Make the gateways of the channels that are set up. Call inside the running event loop; close each."""
    gateways: list[Gateway] = []
    if line is not None:
        gateways.append(LineGateway(secret=line.secret, access_token=line.access_token, api_url=line.api_url))
    if sms is not None:
        gateways.append(SmsGateway(HttpSmsProvider(sms.url, sms.token, sender=sms.sender)))
    return {gateway.channel: gateway for gateway in gateways}
