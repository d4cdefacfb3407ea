"""Rows are chosen for an act on many: by hand, all at once, and without scripts; the page before the act names each."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.server import Console
from tests.browser.visit import visiting


@pytest.mark.browser
def test_chosen_rows_are_counted_and_stay_chosen(browser: Browser, console: Console) -> None:
    with visiting(browser, console, who="ada") as visit:
        visit.tab.goto(console.url + "/stations/")
        bar = visit.tab.locator(".bulkbar")
        expect(bar).to_be_hidden()
        visit.tab.get_by_label("Choose DE*AUW*E0012").check()
        visit.tab.get_by_label("Choose DE*AUW*E0508").check()
        expect(bar).to_contain_text("2 chosen")
        with visit.tab.expect_response(lambda answer: "/stations/" in answer.url):
            visit.tab.evaluate("htmx.trigger('#stations-rows', 'live')")
        expect(visit.tab.get_by_label("Choose DE*AUW*E0508")).to_be_checked()
        expect(bar).to_contain_text("2 chosen")
        visit.tab.get_by_label("Choose all on this page").check()
        rows = visit.tab.locator("input[name=station]").count()
        expect(bar).to_contain_text(f"{rows} chosen")
        assert not visit.trouble


@pytest.mark.browser
@pytest.mark.parametrize("script", [True, False], ids=["with script", "without"])
def test_the_page_before_the_act_names_each(browser: Browser, console: Console, script: bool) -> None:
    with visiting(browser, console, who="ada", script=script) as visit:
        visit.tab.goto(console.url + "/stations/")
        visit.tab.get_by_label("Choose DE*AUW*E0012").check()
        visit.tab.get_by_role("button", name="Block").click()
        expect(visit.tab.locator("h1")).to_have_text("Block these stations?")
        expect(visit.tab.locator("tbody tr")).to_have_count(1)
        expect(visit.tab.locator("tbody")).to_contain_text("DE*AUW*E0012")
