"""Debian's Chromium, as the tests of all pages have it: without a screen, quiet, and with patience."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, async_playwright, expect

WEB = Path(__file__).resolve().parents[2] / "web"
_CHROMIUM = "/usr/bin/chromium"
_ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

# For what comes at once, as a rule: browsers, Asterisk and other tests share the machine.
expect.set_options(timeout=25_000)


@asynccontextmanager
async def chromium(*arguments: str) -> AsyncIterator[Browser]:
    """Start a browser; `arguments` are its own, beside those that every test needs."""
    assert (WEB / "dist" / "index.html").is_file(), "the pages are not built: npm --prefix web run build"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=_CHROMIUM, args=[*_ARGUMENTS, *arguments])
        yield browser
        await browser.close()
