"""References to what lives in one of several Asterisks."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChannelKey:
    """An Asterisk channel: the node it lives on, and its unique id there."""

    node: str
    id: str

    def __str__(self) -> str:
        return f"{self.node}/{self.id}"
