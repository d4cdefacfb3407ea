"""Everything works without JavaScript: pages open, forms are sent, what they change is there afterwards."""

import pytest
from playwright.sync_api import Browser

from tests.browser.pages import PAGES, Page
from tests.browser.server import Console
from tests.browser.visit import visiting


@pytest.mark.browser
@pytest.mark.parametrize("page", [page for page in PAGES if not page.debug], ids=lambda page: page.name)
def test_a_page_says_its_name(browser: Browser, console: Console, page: Page) -> None:
    with visiting(browser, console, who=page.who, script=False) as visit:
        visit.open(page)
        assert visit.tab.locator("h1").count() == 1
        assert visit.tab.locator("h1").inner_text().strip()
        assert visit.tab.title().strip()
        # Whatever only a script can do must not be offered without one.
        assert not visit.tab.locator("[data-script-only]:visible").count()


@pytest.mark.browser
def test_the_language_is_chosen_by_a_plain_form(browser: Browser, console: Console) -> None:
    with visiting(browser, console, who="dmitri", script=False) as visit:
        visit.tab.goto(console.url + "/")
        assert visit.tab.locator("html").get_attribute("lang") == "en"
        visit.tab.locator('button[name="language"][value="de"]').first.click()
        assert visit.tab.locator("html").get_attribute("lang") == "de"
