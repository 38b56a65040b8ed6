"""The built page in Debian's Chromium, served by the stand-in hub of web/dev."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from playwright.async_api import Browser, Page, ViewportSize

from tests.support.browser import WEB, chromium

_PACE = "0.15"


@dataclass(slots=True)
class Desk:
    """A page on a stand-in hub of its own; `faults` collects what went wrong unseen."""

    page: Page
    url: str
    faults: list[str] = field(default_factory=list)
    # Chromium reports the answer 401 itself, by which the page learns that nobody is signed in.
    forgiven: list[str] = field(default_factory=lambda: ["401"])

    def listen(self) -> None:
        page = self.page
        page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        page.on("console", lambda message: self._console(message.type, message.text))
        page.on("request", lambda request: self._request(request.url))

    def _console(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and not any(each in text for each in self.forgiven):
            self.faults.append(f"console: {text}")

    def _request(self, url: str) -> None:
        if not url.startswith(self.url):
            self.faults.append(f"foreign request: {url}")

    def forgive(self, status: str) -> None:
        """Expect answers of this status from now on."""
        self.forgiven.append(status)

    async def sign_in(self, password: str = "any", *, name: str = "sato", query: str = "") -> None:
        page = self.page
        await page.goto(self.url + query)
        await page.get_by_label("ユーザーID").or_(page.get_by_label("User id")).fill(name)
        await page.get_by_label("パスワード").or_(page.get_by_label("Password")).fill(password)
        await page.keyboard.press("Enter")

    async def focused(self) -> str:
        """Return the tag of the element that has the focus, through all shadow roots."""
        found = await self.page.evaluate(
            "() => { let at = document.activeElement;"
            " while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;"
            " return at?.localName ?? ''; }"
        )
        return str(found)


@asynccontextmanager
async def desk(
    browser: Browser,
    *,
    locale: str = "ja",
    width: int = 1280,
    height: int = 800,
    scheme: str = "light",
    role: str = "agent",
) -> AsyncIterator[Desk]:
    """Open the page on a stand-in hub that begins its story."""
    program = (sys.executable, "-B", str(WEB / "dev" / "hub.py"), "--pace", _PACE, "--role", role)
    hub = await asyncio.create_subprocess_exec(*program, stdout=asyncio.subprocess.PIPE)
    try:
        assert hub.stdout is not None
        url = (await asyncio.wait_for(hub.stdout.readline(), 20)).decode().strip()
        context = await browser.new_context(
            viewport=ViewportSize(width=width, height=height),
            locale=locale,
            color_scheme="dark" if scheme == "dark" else "light",
        )
        opened = Desk(await context.new_page(), url)
        opened.listen()
        yield opened
        await context.close()
        assert opened.faults == []
    finally:
        hub.terminate()
        await hub.wait()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as opened:
        yield opened
