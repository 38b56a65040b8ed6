"""Chromium with devices that are none: a microphone that hums a tone, a camera that shows a test picture."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page

from tests.support.browser import chromium
from tests.support.tones import write_tone

_ARGUMENTS = [
    "--use-fake-device-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--autoplay-policy=user-gesture-required",
    "--auto-select-desktop-capture-source=Entire screen",
]
_LISTENING = (Path(__file__).parent / "listening.js").read_text().split("\n", 1)[1].strip().rstrip(";")


@asynccontextmanager
async def humming_chromium(folder: Path, hz: float, *, asks: bool = False) -> AsyncIterator[Browser]:
    """Start a browser whose microphone hums at `hz`; `asks`: nobody answers when it asks for devices."""
    tone = write_tone(folder / f"microphone-{hz:.0f}.wav", hz, seconds=4, rate_hz=48_000)
    arguments = [*_ARGUMENTS, f"--use-file-for-fake-audio-capture={tone}"]
    if not asks:
        arguments.append("--use-fake-ui-for-media-stream")
    async with chromium(*arguments) as browser:
        yield browser


@contextmanager
def cut_off(hz: float) -> Iterator[None]:
    """Stop all processes of the browser that hums at `hz`: nothing comes from it, as without a network."""
    pids = _processes(f"microphone-{hz:.0f}.wav")
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def _processes(argument: str) -> list[int]:
    """Return the process of ours in whose command line something stands, and all that it began."""
    found: list[int] = []
    parents: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            if argument in (entry / "cmdline").read_text(errors="replace"):
                found.append(int(entry.name))
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid and child not in found]
    return found


async def heard(page: Page, hz: float, selector: str = "#sound") -> dict[str, float]:
    """Return `share` and `level` of a tone in what a page's element plays."""
    given = json.dumps({"selector": selector, "hz": hz})
    found: dict[str, float] = await page.evaluate(f"({_LISTENING})({given})")
    return found


async def hears(page: Page, hz: float, selector: str = "#sound", *, timeout_s: float = 20) -> None:
    """Wait until a page's element plays a tone, and nothing much else."""
    last: Any = None
    async with asyncio.timeout(timeout_s):
        try:
            while True:
                last = await heard(page, hz, selector)
                if last["share"] > 0.7 and last["level"] > 0.01:
                    return
                await asyncio.sleep(0.2)
        except asyncio.CancelledError:
            print(f"heard at {hz} Hz at last: {last}")
            raise


async def decoded(page: Page) -> dict[str, int]:
    """Return count and size of the pictures that came by a page's newest connection."""
    found: dict[str, int] = await page.evaluate(
        """async () => {
          const stats = [...(await window.peers.at(-1).getStats()).values()];
          const all = stats.filter(each => each.type === "inbound-rtp" && each.kind === "video");
          const sum = all.reduce((count, each) => count + (each.framesDecoded ?? 0), 0);
          const last = all.at(-1) ?? {};
          return { count: sum, width: last.frameWidth ?? 0, height: last.frameHeight ?? 0 };
        }"""
    )
    return found
