"""A visit to the page in a real Chromium, which notes everything that must not happen."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, ConsoleMessage, Locator, Page, Playwright, Request

_COMMANDS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
_ARGUMENTS = [
    "--no-sandbox",  # tests run as root in containers, where Chromium's sandbox cannot
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE, DESKTOP = (360, 740), (1280, 800)


async def launch(playwright: Playwright) -> Browser:
    """`CHROMIUM` in the environment, else the system's, else the one that `playwright install chromium` fetched."""
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _COMMANDS)), None)
    return await playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)


class Visit:
    """One tab. `tolerated` are beginnings of console messages that a test brings about on purpose."""

    def __init__(self, page: Page, origin: str) -> None:
        self.page = page
        self.tolerated: tuple[str, ...] = ()
        self._origin = origin
        self._noises: list[str] = []
        self._strangers: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self._noises.append(str(error)))
        page.context.on("request", self._see)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self._noises.append(f"{message.text} {message.location.get('url', '')}")

    def _see(self, request: Request) -> None:
        if not request.url.startswith((self._origin, "data:")):
            self._strangers.append(request.url)

    def check(self) -> None:
        """No error, no violation of the content security policy, no request to anybody else."""
        noises = [noise for noise in self._noises if not noise.startswith(self.tolerated or ("\0",))]
        assert noises == [], noises  # pytest shows values for test modules only, and this is none
        assert self._strangers == [], self._strangers

    async def ask(self, text: str) -> Locator:
        """Type, press Enter, wait for the reply."""
        replies = self.page.locator("#log > .told")
        count = await replies.count()
        await self.page.fill("#question", text)
        await self.page.press("#question", "Enter")
        await replies.nth(count).wait_for()
        return replies.nth(count)

    async def violations(self) -> list[str]:
        """What axe-core finds, best practices included."""
        found: dict[str, Any] = (await Axe().run(self.page)).response
        return [f"{each['id']}: {[node['html'] for node in each['nodes']]}" for each in found["violations"]]


@asynccontextmanager
async def visiting(
    browser: Browser,
    origin: str,
    *,
    locale: str = "en",
    size: tuple[int, int] = DESKTOP,
    **context: Any,
) -> AsyncIterator[Visit]:
    """Opens the page; what must not happen fails the test at the end of the visit."""
    width, height = size
    tab = await browser.new_context(viewport={"width": width, "height": height}, locale=locale, **context)
    try:
        visit = Visit(await tab.new_page(), origin)
        await visit.page.goto(origin)
        yield visit
        visit.check()
    finally:
        await tab.close()
