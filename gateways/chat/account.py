"""Who may chat with us, and how much."""

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field
from yarl import URL

from acd.contact import Channel
from gateways.account import Proxied, Surroundings
from gateways.chat.gateway import ChatGateway, ChatRules
from gateways.chat.limits import ChatLimits


def _origins(text: str) -> str:
    for each in text.split(","):
        url = URL(each.strip())
        if url.scheme not in ("http", "https") or not url.host or url.path not in ("", "/"):
            raise ValueError("not the address of a site")
    return text


class ChatAccount(Proxied):
    """`TORITSUGI_CHAT_...`. The hub's own page may always chat, once there is a chat."""

    channel: ClassVar[Channel] = Channel.CHAT

    chat_origins: Annotated[str, AfterValidator(_origins)] | None = Field(
        None, description="sites with commas: https://www.example.jp,https://shop.example.jp"
    )
    chat_sockets_per_address: int = Field(100, ge=1, description="a number of sockets, 1 or more")
    chat_messages_per_min: int = Field(60, ge=6, description="a number of messages a minute, 6 or more")
    chat_file_mib_max: int = Field(10, ge=1, le=100, description="a number of MiB, 1 to 100")

    @property
    def is_set_up(self) -> bool:
        return self.chat_origins is not None

    def build(self, around: Surroundings) -> ChatGateway:
        assert self.chat_origins is not None
        rules = ChatRules(
            origins=frozenset(str(URL(each.strip()).origin()) for each in self.chat_origins.split(",")),
            limits=ChatLimits(
                sockets=self.chat_sockets_per_address, messages_per_min=self.chat_messages_per_min
            ),
            proxies=self.proxies,
            file_max=self.chat_file_mib_max * 1024 * 1024,
        )
        return ChatGateway(rules, around)
