"""`make shots`: a picture of every page, light and dark, English and German, wide and narrow, in ./shots.

The names sort by page; `make shots` with ONLY=people,system takes these pages alone.
"""

import os
import shutil
import sys
from itertools import product

from playwright.sync_api import Browser

from tests.browser import server, visit
from tests.browser.pages import PAGES, Page
from tests.browser.server import Console
from tests.tools.source import ROOT

FOLDER = ROOT / "shots"


def chosen() -> list[Page]:
    only = {name for name in os.environ.get("ONLY", "").split(",") if name}
    return [page for page in PAGES if not only or page.view in only or page.name in only]


def shoot(browser: Browser, console: Console, page: Page) -> int:
    taken = 0
    for theme, language, width in product(visit.THEMES, visit.LANGUAGES, visit.WIDTHS):
        with visit.visiting(browser, console, who=page.who, theme=theme, language=language, width=width) as visited:
            visited.open(page)
            tall = min(9000, max(visit.WIDTHS[width], visited.tab.evaluate("document.documentElement.scrollHeight")))
            visited.tab.set_viewport_size({"width": width, "height": tall})
            visited.tab.screenshot(path=FOLDER / f"{page.name}-{theme}-{language}-{width}.png")
            taken += 1
    return taken


def main() -> int:
    if not os.environ.get("ONLY"):
        shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(exist_ok=True)
    pages, taken = chosen(), 0
    with visit.chromium() as browser:
        for debug in (False, True):
            wanted = [page for page in pages if page.debug is debug]
            if wanted:
                with server.running(debug=debug) as console:
                    taken += sum(shoot(browser, console, page) for page in wanted)
    sys.stdout.write(f"{taken} pictures of {len(pages)} pages in {FOLDER}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
