"""What benches of text channels do at agents' desktops."""

import asyncio
from collections.abc import Sequence

from tests.story.desktop import Desktop

_OFFER_S, _LAST_S = 60.0, 15.0


async def take_threads(desktop: Desktop, count: int) -> None:
    """Accept so many text contacts, as they are offered."""
    seen = 0
    for _ in range(count):
        offer = await desktop.wait("offer", after=seen, timeout_s=_OFFER_S)
        seen = next(at for at, (_, event) in enumerate(desktop.events) if event is offer) + 1
        await desktop.command("accept", offer=offer["offer"])


async def shown_texts(desktops: Sequence[Desktop], said: set[str]) -> dict[str, float]:
    """Return when each text came to a desktop (loop time, s); waits a while for the last ones."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + _LAST_S
    while True:
        shown = {
            event["message"]["text"]: at
            for desktop in desktops
            for at, event in desktop.events
            if event["type"] == "message"
        }
        if said <= shown.keys() or clock() > deadline:
            return shown
        await asyncio.sleep(0.1)
