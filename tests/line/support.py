"""Small things that the tests of LINE need."""

import json
from collections.abc import AsyncIterator
from typing import Any

from acd.contact import Channel
from gateways.errors import FileGone
from gateways.files import StoredFile
from gateways.line import codec
from gateways.protocol import Incoming, Outbound, RawEvent
from tests.fakes.line import line_user_id
from tests.fakes.providers import ProviderSimulator

USER = line_user_id("Tanaka")


class LinkedFiles:
    """Files of which only the address counts."""

    def read(self, file: StoredFile) -> AsyncIterator[bytes]:
        raise FileGone(file.id)

    def link(self, file: StoredFile) -> str:
        if file.id == "gone":
            raise FileGone(file.id)
        return f"https://files.test/files/{file.id}"


def raw_of(event: dict[str, Any]) -> RawEvent:
    """Return an event as it is stored."""
    body = json.dumps({"destination": "U0", "events": [event]}, ensure_ascii=False).encode()
    (raw,) = codec.split(body)
    return raw


def read(event: dict[str, Any]) -> Incoming | None:
    """Return what the codec makes of an event."""
    return codec.decode(raw_of(event))


def outbound(key: str = "k", text: str = "はい", **more: Any) -> Outbound:
    return Outbound(**{"channel": Channel.LINE, "key": key, "address": USER, "text": text} | more)


def shown_to(simulator: ProviderSimulator, user: str = USER) -> list[tuple[str, str]]:
    return [(message.how, message.text) for message in simulator.messages_to(user)]
