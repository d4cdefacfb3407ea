"""Open pages in a real Chromium, and notice what a person would notice: errors, strangers, what does not fit."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import axe_core_python
from playwright.sync_api import Browser, ConsoleMessage, Request, sync_playwright
from playwright.sync_api import Page as Tab

from tests import needs
from tests.browser.pages import Page
from tests.browser.server import Console

THEMES = ("light", "dark")
LANGUAGES = {"en": "en-GB", "de": "de-DE"}
WIDTHS = {1440: 900, 390: 844}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# No request of the browser's own making, and no name is ever looked up.
QUIET = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]


@contextmanager
def chromium() -> Iterator[Browser]:
    # As root Chromium refuses its own sandbox.
    flags = [*QUIET, "--no-sandbox"] if os.geteuid() == 0 else QUIET
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=needs.chromium(), args=flags)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Visit:
    """An open tab, and what went wrong in it so far."""

    tab: Tab
    console: Console
    trouble: list[str] = field(default_factory=list)

    def watch(self) -> None:
        self.tab.on("console", self._said)
        self.tab.on("pageerror", lambda error: self.trouble.append(f"script error: {error}"))
        self.tab.on("request", self._asked)
        self.tab.on("requestfailed", lambda request: self.trouble.append(f"failed: {request.url} {request.failure}"))

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.trouble.append(f"console {message.type}: {message.text}")

    def _asked(self, request: Request) -> None:
        if urlsplit(request.url).scheme in {"http", "https", "ws", "wss"} and not self.is_ours(request.url):
            self.trouble.append(f"request to a third party: {request.url}")

    def is_ours(self, url: str) -> bool:
        return urlsplit(url).netloc == urlsplit(self.console.url).netloc

    def open(self, page: Page) -> None:
        answer = self.tab.goto(self.console.url + self.console.addresses[page.name])
        assert answer is not None
        assert answer.status == page.status, f"{page.name}: {answer.status} instead of {page.status}"
        self.tab.wait_for_load_state("load")

    def axe(self) -> list[str]:
        """What axe finds on the open page, as lines for a person."""
        self.tab.evaluate(axe_source())
        options: dict[str, Any] = {"runOnly": RULES, "resultTypes": ["violations"]}
        found = self.tab.evaluate("options => axe.run(document, options)", options)
        return [
            f"{violation['id']}: {violation['help']}: {node['html'][:160]}"
            for violation in found["violations"]
            for node in violation["nodes"]
        ]

    def width_beyond_screen(self) -> int:
        return int(self.tab.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


@cache
def axe_source() -> str:
    return (Path(axe_core_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


@contextmanager
def visiting(
    browser: Browser,
    console: Console,
    *,
    who: str | None,
    theme: str = "light",
    language: str = "en",
    width: int = 1440,
    script: bool = True,
) -> Iterator[Visit]:
    context = browser.new_context(
        color_scheme="dark" if theme == "dark" else "light",
        locale=LANGUAGES[language],
        timezone_id="Europe/Berlin",
        viewport={"width": width, "height": WIDTHS[width]},
        java_script_enabled=script,
        reduced_motion="reduce",
    )
    try:
        if who:
            context.add_cookies([{"name": console.cookie, "value": console.sessions[who], "url": console.url}])
        visit = Visit(context.new_page(), console)
        visit.watch()
        yield visit
    finally:
        context.close()
