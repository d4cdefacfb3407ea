"""What the console's own scripts do, in a real browser: palette, shortcuts, theme, live updates."""

import json
import re

from playwright.sync_api import Browser, Route, WebSocketRoute, expect
from playwright.sync_api import Page as Tab

from tests.browser.server import Console
from tests.browser.visit import visiting

# A part of the overview takes part in live updates under this topic.
TOPIC = "queue"


def test_the_palette_chooses_by_keyboard(browser: Browser, console: Console) -> None:
    with visiting(browser, console, who="ada") as visit:
        tab = visit.tab
        tab.goto(console.url)
        tab.keyboard.press("Control+k")
        options = tab.get_by_role("option")
        expect(options.first).to_have_attribute("aria-selected", "true")
        assert visit.axe() == []
        tab.keyboard.type("about")
        expect(options).to_have_count(1)
        tab.keyboard.press("Enter")
        tab.wait_for_url("**/about/")


def test_escape_closes_the_palette_and_gives_the_focus_back(browser: Browser, console: Console) -> None:
    with visiting(browser, console, who="ada") as visit:
        tab = visit.tab
        tab.goto(console.url)
        tab.get_by_role("button", name="Pause").focus()
        tab.keyboard.press("Control+k")
        tab.keyboard.type("over")
        tab.keyboard.press("Escape")
        expect(tab.locator("#palette")).not_to_be_visible()
        expect(tab.get_by_role("button", name="Pause")).to_be_focused()


def test_a_slash_goes_to_the_search_but_not_while_writing(browser: Browser, console: Console) -> None:
    with visiting(browser, console, who="ada") as visit:
        tab = visit.tab
        tab.goto(console.url)
        tab.keyboard.press("/")
        field = tab.locator("#search-field")
        expect(field).to_be_focused()
        tab.keyboard.type("a/b")
        expect(field).to_have_value("a/b")


def test_the_theme_changes_at_once_and_stays(browser: Browser, console: Console) -> None:
    with visiting(browser, console, who="dmitri") as visit:
        tab = visit.tab
        tab.goto(console.url)
        with tab.expect_response("**/appearance/theme/") as stored:
            tab.get_by_role("button", name="Dark").click()
        assert stored.value.status == 204
        expect(tab.locator("html")).to_have_attribute("data-theme", "dark")
        tab.reload()
        expect(tab.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")


class Wire:
    """The server's end of the live socket, and how often the page asked for its part again."""

    def __init__(self, tab: Tab) -> None:
        self.sockets: list[WebSocketRoute] = []
        self.asked = 0
        tab.route_web_socket(re.compile(r"/live/$"), lambda socket: self.sockets.append(socket))
        tab.route("**/", self._count)

    def _count(self, route: Route) -> None:
        self.asked += route.request.headers.get("hx-request") == "true"
        route.continue_()

    def say(self, *topics: str) -> None:
        self.sockets[-1].send(json.dumps({"changed": topics}))


def test_a_change_is_fetched_and_others_are_not(browser: Browser, console: Console) -> None:
    with visiting(browser, console, who="ada") as visit:
        wire = Wire(visit.tab)
        visit.tab.goto(console.url)
        expect(visit.tab.locator("[data-live-state]")).to_have_attribute("data-live-state", "live")
        wire.say("something-else")
        with visit.tab.expect_response(lambda answer: answer.request.headers.get("hx-request") == "true"):
            wire.say(TOPIC)
        assert wire.asked == 1


def test_nothing_moves_under_the_pointer(browser: Browser, console: Console) -> None:
    with visiting(browser, console, who="ada") as visit:
        wire, tab = Wire(visit.tab), visit.tab
        tab.goto(console.url)
        tab.locator("#queue").hover()
        wire.say(TOPIC)
        wire.say(TOPIC)
        held = tab.get_by_role("button", name="2 new, show")
        expect(held).to_be_visible()
        expect(tab.locator("#live-announcements")).to_have_text("2 changes on this page, not yet shown")
        assert wire.asked == 0
        assert visit.axe() == []
        with tab.expect_response(lambda answer: answer.request.headers.get("hx-request") == "true"):
            held.click()
        expect(held).not_to_be_visible()


def test_pause_holds_back_and_is_remembered(browser: Browser, console: Console) -> None:
    with visiting(browser, console, who="ada") as visit:
        wire, tab = Wire(visit.tab), visit.tab
        tab.goto(console.url)
        tab.get_by_role("button", name="Pause").click()
        tab.reload()
        expect(tab.get_by_role("button", name="Pause")).to_have_attribute("aria-pressed", "true")
        expect(tab.locator("[data-live-word]")).to_have_text("Paused")
        wire.say(TOPIC)
        expect(tab.get_by_role("button", name="1 new, show")).to_be_visible()
        assert wire.asked == 0
        tab.mouse.move(0, 0)
        with tab.expect_response(lambda answer: answer.request.headers.get("hx-request") == "true"):
            tab.get_by_role("button", name="Pause").click()


def test_a_lost_socket_is_said_and_asked_again(browser: Browser, console: Console) -> None:
    with visiting(browser, console, who="ada") as visit:
        wire, tab = Wire(visit.tab), visit.tab
        tab.goto(console.url)
        shown = tab.locator("[data-live-state]")
        expect(shown).to_have_attribute("data-live-state", "live")
        wire.sockets[-1].close(code=1013)
        expect(shown).to_have_attribute("data-live-state", "reconnecting")
        expect(shown).to_have_attribute("data-live-state", "live", timeout=10_000)
        tab.wait_for_timeout(200)
        assert wire.asked == 1, "what changed meanwhile is not known, so everything is asked for again"


def test_an_ended_session_stops_trying(browser: Browser, console: Console) -> None:
    with visiting(browser, console, who="ada") as visit:
        wire, tab = Wire(visit.tab), visit.tab
        tab.goto(console.url)
        wire.sockets[-1].close(code=4401)
        expect(tab.locator("[data-live-word]")).to_have_text("Signed out")
        tab.wait_for_timeout(2500)
        assert len(wire.sockets) == 1


def test_the_socket_of_the_real_server_is_live(browser: Browser, console: Console) -> None:
    with visiting(browser, console, who="ada") as visit:
        visit.tab.goto(console.url)
        expect(visit.tab.locator("[data-live-word]")).to_have_text("Live")
        assert visit.trouble == []
