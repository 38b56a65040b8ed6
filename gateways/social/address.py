"""Who is written to: one name over all networks."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class Network(StrEnum):
    """A social network. `MESSENGER` and `INSTAGRAM` speak one protocol, Meta's."""

    MESSENGER = "messenger"
    INSTAGRAM = "instagram"
    X = "x"


@dataclass(frozen=True, slots=True)
class Address:
    """A user, as the page or account of ours `page` knows him: his ids differ from page to page."""

    network: Network
    page: str
    user: str

    def __str__(self) -> str:
        return f"{self.network}:{self.page}:{self.user}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `messenger:PAGE:USER`; raises `ValueError`."""
        network, page, user = text.split(":")
        if not page.isalnum() or not user.isalnum():
            raise ValueError("expected NETWORK:PAGE:USER")
        return cls(Network(network), page, user)
