"""The frame around every page: what it shows to whom, and that its forms work without scripts."""

import pytest
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.test import Client
from django.utils import timezone

from console.models import Operator, RoleGrant
from console.rights import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> Operator:
    ada = Operator.objects.create(name="ada", full_name="Ada L.", created_at=timezone.now())
    RoleGrant.objects.create(operator=ada, role=Role.VIEWER)
    return ada


@pytest.fixture
def browser(ada: Operator, client: Client) -> Client:
    client.force_login(ada)
    return client


def test_the_title_is_also_the_heading(browser: Client) -> None:
    page = browser.get("/").content.decode()
    assert "<title>Overview · Meridian</title>" in page
    assert page.count("<h1>") == 1
    assert "<h1>Overview</h1>" in page


def test_an_unknown_clock_is_said_to_be_unknown(browser: Client) -> None:
    page = browser.get("/").content.decode()
    assert "Console clock: not probed" in page
    assert 'href="#unknown"' in page


def test_a_page_needs_no_inline_script_or_style(browser: Client) -> None:
    page = browser.get("/").content.decode()
    assert "<style" not in page
    assert " style=" not in page
    assert " onclick=" not in page
    assert page.count("<script") == page.count('<script type="module" src=') + page.count("<script defer src=")


def test_theme_and_language_are_stored_with_the_account(browser: Client, ada: Operator) -> None:
    assert browser.post("/appearance/theme/", {"theme": "dark", "next": "/"}).status_code == 302
    assert browser.post("/appearance/language/", {"language": "de", "next": "/"}).status_code == 302
    ada.refresh_from_db()
    assert (ada.theme, ada.language) == ("dark", "de")
    page = browser.get("/").content.decode()
    assert '<html lang="de" data-theme="dark">' in page


def test_before_sign_in_the_browser_remembers(client: Client) -> None:
    answer = client.post("/appearance/theme/", {"theme": "light", "next": "/"})
    assert answer.cookies["theme"].value == "light"
    assert answer.cookies["theme"]["httponly"]


@pytest.mark.parametrize("there", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"])
def test_the_way_back_never_leaves_the_console(client: Client, there: str) -> None:
    assert client.post("/appearance/theme/", {"theme": "", "next": there}).headers["Location"] == "/"


@pytest.mark.parametrize(("address", "field"), [("/appearance/theme/", "theme"), ("/appearance/language/", "language")])
def test_a_made_up_choice_is_refused(client: Client, address: str, field: str) -> None:
    assert client.post(address, {field: "klingon"}).status_code == 400


def test_the_gate_has_one_heading_and_the_sprite(rf: object) -> None:
    request = HttpRequest()
    page = render_to_string("console/gate.html", {"page": 1}, request)
    assert page.count("<h1>") == 1
    assert 'id="seal-witnessed"' in page
