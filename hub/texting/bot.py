"""What answers customers before an agent does: the talk as a bot sees it, and what it makes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from acd.contact import Channel
from acd.ids import ContactId, QueueName
from gateways.protocol import Choice


@dataclass(frozen=True, slots=True)
class Talk:
    """What a customer wrote, and how far the bot is with him.

    `kind` is that of the message (`Inbound.kind`), `data` what a button brought back that he tapped. `fields`
    is what the bot has asked for, `state` what it said last time that it wants to know again.
    """

    contact: ContactId
    channel: Channel
    queue: QueueName
    text: str
    language: str
    kind: str = "text"
    data: str = ""
    is_first: bool = False
    fields: Mapping[str, str] = field(default_factory=dict)
    state: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Said:
    """A message of the bot, with buttons."""

    text: str
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class BotTurn:
    """What a bot makes of a message. `hand_over`: a short code of why an agent is to go on ("": none is)."""

    say: tuple[Said, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    state: Mapping[str, object] = field(default_factory=dict)
    hand_over: str = ""


class Bot(Protocol):
    """Answers customers. Asked twice for the same talk it answers the same: nothing else is remembered."""

    async def answer(self, talk: Talk) -> BotTurn:
        """Answer one message; whatever it raises hands the customer over."""
