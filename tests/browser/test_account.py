"""From an invitation to working, and back in by passkey: a person's whole first day, in a real browser."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.server import Console

# Where somebody wants to look at the steps: SHOTS=/some/folder pytest tests/browser/test_account.py
SHOTS = os.environ.get("SHOTS")


def shot(tab: Page, name: str) -> None:
    if SHOTS:
        tab.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


@pytest.fixture
def by_name(console: Console) -> str:
    """The console under a name: browsers keep no passkeys for bare addresses."""
    return console.url.replace("127.0.0.1", "localhost")


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
    yield context
    context.close()


def with_authenticator(context: BrowserContext) -> Page:
    """A tab whose device can keep passkeys and knows its owner."""
    tab = context.new_page()
    device = context.new_cdp_session(tab)
    device.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return tab


def invite(browser: Browser, console: Console, name: str, role: str) -> str:
    """As ada, by the page; returns the path of the link."""
    context = browser.new_context(locale="en-GB", viewport={"width": 1440, "height": 900})
    context.add_cookies([{"name": console.cookie, "value": console.sessions["ada"], "url": console.url}])
    tab = context.new_page()
    tab.goto(f"{console.url}/people/invite/")
    tab.get_by_label("Name", exact=True).fill(name)
    tab.get_by_label("Full name").fill("Noa Lindgren")
    tab.get_by_label(role, exact=True).check()
    shot(tab, "invite")
    tab.get_by_role("button", name="Invite", exact=True).click()
    shot(tab, "invited")
    found = re.search(r"/account/link/[\w-]+/", tab.locator("#link").inner_text())
    assert found
    context.close()
    return found[0]


@pytest.mark.requirement("O01")
def test_invited_set_up_by_passkey_and_in_again(
    browser: Browser, console: Console, by_name: str, context: BrowserContext
) -> None:
    link = invite(browser, console, "noa", "Operator")
    tab = with_authenticator(context)
    tab.goto(by_name + link)
    shot(tab, "link")
    tab.get_by_role("button", name="Accept").click()
    expect(tab.get_by_role("heading", name="Choose a password")).to_be_visible()
    shot(tab, "set-up-password")
    tab.get_by_role("button", name="Make a passkey instead").click()
    expect(tab.get_by_role("heading", name="Keep your recovery codes")).to_be_visible()
    shot(tab, "recovery-codes")
    tab.get_by_role("link", name="I have kept them").click()
    expect(tab).to_have_url(by_name + "/")
    tab.goto(by_name + "/account/factors/")
    shot(tab, "factors")
    tab.get_by_role("button", name=re.compile("Noa")).click()
    tab.get_by_role("button", name="Sign out").click()
    shot(tab, "signed-out")
    tab.get_by_role("link", name="Sign in").click()
    shot(tab, "sign-in")
    tab.get_by_role("button", name="Sign in with a passkey").click()
    expect(tab).to_have_url(by_name + "/")
    tab.goto(by_name + "/account/sessions/")
    shot(tab, "sessions")
    expect(tab.get_by_text("this one")).to_be_visible()


def test_a_password_and_then_a_passkey_as_second_factor(
    browser: Browser, console: Console, by_name: str, context: BrowserContext
) -> None:
    tab = with_authenticator(context)
    tab.goto(by_name + invite(browser, console, "ida", "Operator"))
    tab.get_by_role("button", name="Accept").click()
    tab.get_by_label("New password").fill("four words that differ")
    tab.get_by_label("The same once more").fill("four words that differ")
    tab.get_by_role("button", name="Set the password").click()
    expect(tab.get_by_role("heading", name="Set up a second factor")).to_be_visible()
    shot(tab, "set-up-factor")
    tab.get_by_label("What to call it").fill("Laptop")
    tab.get_by_role("button", name="Make a passkey").click()
    tab.get_by_role("link", name="I have kept them").click()
    context.clear_cookies()
    tab.goto(by_name + "/people/")
    tab.get_by_label("Name or e-mail").fill("ida")
    tab.get_by_label("Password").fill("four words that differ")
    tab.get_by_role("button", name="Sign in", exact=True).click()
    shot(tab, "second-factor")
    tab.get_by_role("button", name="Use a passkey").click()
    expect(tab.get_by_text("Ask an administrator for a role")).to_be_visible()  # signed in, and people are not hers
    shot(tab, "not-allowed")


def test_a_bare_address_says_why_there_are_no_passkeys(console: Console, context: BrowserContext) -> None:
    tab = context.new_page()
    tab.goto(console.url + "/account/sign-in/")
    expect(tab.get_by_role("button", name="Sign in with a passkey")).to_be_disabled()
    link = tab.get_by_role("link", name="open the console as localhost")
    assert (link.get_attribute("href") or "").startswith("http://localhost:")
    tab.get_by_label("Name or e-mail").fill("ada")
    tab.get_by_label("Password").fill("wrong")
    tab.get_by_role("button", name="Sign in", exact=True).click()
    expect(tab.get_by_role("alert")).to_contain_text("4 tries are left")
    shot(tab, "wrong-password")
