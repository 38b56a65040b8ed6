import asyncio
from collections.abc import Mapping

from panoramisk.message import Message

class Action:
    id: str
    future: asyncio.Future[Message | list[Message]]
    def __init__(self, headers: Mapping[str, str], *, as_list: bool | None = ...) -> None: ...
