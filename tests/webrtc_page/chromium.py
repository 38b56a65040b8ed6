"""Chromium with devices that are none: a microphone that hums a tone, a camera that shows a test picture."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, async_playwright

from tests.support.tones import write_tone
from tests.web.conftest import CHROMIUM, WEB

_ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--autoplay-policy=user-gesture-required",
    "--auto-select-desktop-capture-source=Entire screen",
]
_LISTENING = (Path(__file__).parent / "listening.js").read_text().split("\n", 1)[1].strip().rstrip(";")


@asynccontextmanager
async def chromium(folder: Path, hz: float, *, asks: bool = False) -> AsyncIterator[Browser]:
    """Start a browser whose microphone hums at `hz`; `asks`: nobody answers when it asks for devices."""
    assert (WEB / "dist" / "call.html").is_file(), "the pages are not built: npm --prefix web run build"
    tone = write_tone(folder / f"microphone-{hz:.0f}.wav", hz, seconds=4, rate_hz=48_000)
    arguments = [*_ARGUMENTS, f"--use-file-for-fake-audio-capture={tone}"]
    if not asks:
        arguments.append("--use-fake-ui-for-media-stream")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        await browser.close()


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


async def frames(page: Page, selector: str) -> dict[str, int]:
    """Return size and count of the pictures that a video element has shown."""
    found: dict[str, int] = await page.evaluate(
        """selector => {
          const find = root => {
            const found = root.querySelector(selector);
            if (found) return found;
            for (const each of root.querySelectorAll("*")) {
              const inner = each.shadowRoot && find(each.shadowRoot);
              if (inner) return inner;
            }
            return null;
          };
          const video = find(document);
          if (!video) return { width: 0, height: 0, count: 0 };
          const { totalVideoFrames } = video.getVideoPlaybackQuality();
          return { width: video.videoWidth, height: video.videoHeight, count: totalVideoFrames };
        }""",
        selector,
    )
    return found
