"""Every page, in both themes and both languages, wide and narrow: nothing for axe to find, no error, no stranger."""

import pytest
from playwright.sync_api import Browser

from tests.browser.pages import PAGES, Page
from tests.browser.server import Console
from tests.browser.visit import LANGUAGES, THEMES, WIDTHS, visiting

LOOKS = [pytest.param(theme, language, id=f"{theme}-{language}") for theme in THEMES for language in LANGUAGES]
# What the narrow layout changes depends on neither theme nor language: axe looks at it once in each of both.
NARROW_TOO = {("light", "de"), ("dark", "en")}


@pytest.fixture
def home_of(request: pytest.FixtureRequest, page: Page) -> Console:
    """The console that has this page; a second one is started only when a page of DEBUG=1 is asked for."""
    console: Console = request.getfixturevalue("debug_console" if page.debug else "console")
    return console


@pytest.mark.browser
@pytest.mark.parametrize(("theme", "language"), LOOKS)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page(browser: Browser, home_of: Console, page: Page, theme: str, language: str) -> None:
    with visiting(browser, home_of, who=page.who, theme=theme, language=language) as visit:
        visit.open(page)
        # The browser itself reports a page that answers with an error status; that answer is what we asked for.
        visit.trouble[:] = [line for line in visit.trouble if page.status == 200 or f" {page.status} " not in line]
        assert visit.tab.evaluate("document.documentElement.lang") == language
        for width, height in WIDTHS.items():
            visit.tab.set_viewport_size({"width": width, "height": height})
            axe = visit.axe() if width == max(WIDTHS) or (theme, language) in NARROW_TOO else []
            found = [*axe, *visit.trouble]
            assert not found, f"{page.name} at {width} px:\n" + "\n".join(found)
            assert visit.width_beyond_screen() <= 0, f"{page.name} scrolls sideways at {width} px"
