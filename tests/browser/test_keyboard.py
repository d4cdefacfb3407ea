"""The whole console by keyboard: past the navigation in one step, and always knowing where one is."""

import pytest
from playwright.sync_api import Browser

from tests.browser.pages import PAGES, Page
from tests.browser.server import Console
from tests.browser.visit import Visit, visiting

STEPS = 60  # more stops than most pages have; the rest of a long table looks the same

# What holds the focus: what it is, whether a person sees that it has it, and whether it is on the screen at all.
HOLDER = """() => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const style = getComputedStyle(element), box = element.getBoundingClientRect();
  const ring = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1;
  const shown = box.width > 0 && box.height > 0 && box.bottom > 0 && box.right > 0 &&
                box.top < innerHeight && box.left < innerWidth;
  // Covered when something else lies over all of it; a tall region may well reach under the foot line.
  const within = (low, high, share) => Math.max(low, 0) + (high - Math.max(low, 0)) * share;
  const places = [.1, .5, .9].flatMap(x => [.1, .5, .9].map(y => [
    within(box.left, Math.min(box.right, innerWidth), x), within(box.top, Math.min(box.bottom, innerHeight), y)]));
  const ours = top => top && (element.contains(top) || top.contains(element) || element.labels?.[0]?.contains(top));
  const covered = shown && !places.some(([x, y]) => ours(document.elementFromPoint(x, y)));
  return {what: element.outerHTML.slice(0, 140), ring: ring || style.boxShadow !== 'none', shown, covered,
          again: element.dataset.seen === 'yes' || !(element.dataset.seen = 'yes')};
}"""

# An error page has no navigation that one would want to pass.
WITH_NAVIGATION = [page for page in PAGES if page.who and not page.debug and page.status == 200]


@pytest.mark.browser
@pytest.mark.parametrize("page", [page for page in PAGES if not page.debug], ids=lambda page: page.name)
def test_every_stop_shows_where_one_is(browser: Browser, console: Console, page: Page) -> None:
    with visiting(browser, console, who=page.who) as visit:
        visit.open(page)
        stops = walk(visit)
        assert stops, f"nothing on {page.name} can be reached by keyboard"
        lost = [stop["what"] for stop in stops if not stop["ring"] or not stop["shown"] or stop["covered"]]
        assert not lost, "one does not see where the focus is:\n" + "\n".join(lost)


def walk(visit: Visit) -> list[dict[str, object]]:
    stops: list[dict[str, object]] = []
    for _ in range(STEPS):
        visit.tab.keyboard.press("Tab")
        stop = visit.tab.evaluate(HOLDER)
        if stop is None or stop["again"]:
            break
        stops.append(stop)
    return stops


@pytest.mark.browser
@pytest.mark.parametrize("page", WITH_NAVIGATION, ids=lambda page: page.name)
def test_the_first_stop_leads_past_the_navigation(browser: Browser, console: Console, page: Page) -> None:
    with visiting(browser, console, who=page.who) as visit:
        visit.open(page)
        visit.tab.keyboard.press("Tab")
        visit.tab.keyboard.press("Enter")
        assert visit.tab.evaluate("location.hash") == "#main"
        visit.tab.keyboard.press("Tab")
        inside = "document.getElementById('main').contains(document.activeElement)"
        after = "!!(document.getElementById('main').compareDocumentPosition(document.activeElement) & 4)"
        assert visit.tab.evaluate(f"{inside} || {after}"), "Tab after the skip link goes back into the navigation"
