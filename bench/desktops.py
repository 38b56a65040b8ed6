"""What benches of text channels have in common: a queue, and what agents do at their desktops."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from tests.story.desktop import Desktop

_OFFER_S, _LAST_S = 60.0, 15.0


def one_queue(folder: Path, agents: int) -> Path:
    """Write a configuration with one queue and its agents, `agent00` and on; returns where it is."""
    config = folder / "config"
    config.mkdir()
    members = "".join(f"member => PJSIP/agent{number:02}\n" for number in range(agents))
    (config / "queues.conf").write_text(f"[support]\nstrategy = rrmemory\ntimeout = 60\n{members}")
    (config / "acd.conf").write_text("[support]\nwrapup = none\ndisposition => done,完了,Done\n")
    (config / "ivr.conf").write_text("[numbers]\n_. => main\n[main]\ntype = message\nthen => queue,support\n")
    return config


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
