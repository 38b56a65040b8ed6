"""What an administrator sets of a channel: environment variables that begin with `TORITSUGI_`."""

from abc import abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.ext.asyncio import AsyncEngine
from yarl import URL

from acd.contact import Channel
from gateways.addresses import Network
from gateways.files import Files
from gateways.protocol import Gateway, Sign

PREFIX = "TORITSUGI_"


def _web_address(text: str) -> str:
    try:
        url = URL(text)
    except ValueError:
        url = URL()
    if url.scheme not in ("http", "https") or not url.host:
        raise ValueError("not a web address")
    return text.rstrip("/")


WebAddress = Annotated[str, AfterValidator(_web_address)]


def _networks(text: str) -> str:
    for each in text.split(","):
        ip_network(each.strip(), strict=False)
    return text


Secret = Annotated[SecretStr, Field(min_length=1)]


async def as_it_is(text: str, key: str) -> str:
    """Shorten nothing."""
    return text


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the hub lends gateways.

    `public_url` is where providers and customers reach the hub, `config_dir` where an administrator's files
    lie, `secret` a key for what a gateway signs itself. `signed` is told what need not last. `shorten`
    returns a text with long addresses of pages made short; the message's key makes it the same each time.
    `engine` is the hub's database, for what a gateway keeps in tables of its own.
    """

    files: Files
    public_url: str
    config_dir: Path
    secret: bytes
    signed: Callable[[Sign], None]
    shorten: Callable[[str, str], Awaitable[str]] = as_it_is
    engine: AsyncEngine | None = None


class Account(BaseSettings):
    """A channel's settings. The description of a field is what is read when its variable is wrong."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="ignore")

    channel: ClassVar[Channel]
    per_s: ClassVar[int | None] = None
    """How many messages a second a hub may ask the provider to send; None: as many as there are."""

    @property
    @abstractmethod
    def is_set_up(self) -> bool:
        """Whether there is enough to serve the channel."""

    @abstractmethod
    def build(self, around: Surroundings) -> Gateway | None:
        """Make the gateway, inside the running event loop; who makes it closes it.

        None: its file has no account. Raises `AccountsWrong` for a file that cannot be used.
        """


class Proxied(Account):
    """Where our proxies are, for channels that count by the address of who writes: the same for all."""

    chat_proxies: Annotated[str, AfterValidator(_networks)] | None = Field(
        None, description="addresses and networks of proxies with commas: 127.0.0.1,10.0.0.0/8"
    )

    @property
    def proxies(self) -> tuple[Network, ...]:
        """Return them as networks."""
        listed = (self.chat_proxies or "").split(",")
        return tuple(ip_network(each.strip(), strict=False) for each in listed if each)


def both_or_neither(account: Account, one: str, other: str) -> None:
    """Raise `ValueError` when one of two fields that need each other is missing."""
    if (getattr(account, one) is None) is not (getattr(account, other) is None):
        names = (PREFIX + each.upper() for each in (one, other))
        raise ValueError(f"{' and '.join(names)}: expected both or neither")
