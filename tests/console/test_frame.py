"""The frame around every page: what it shows to whom, and that its forms work without scripts."""

import pytest
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.test import Client

from console.models import Operator

pytestmark = pytest.mark.django_db


def test_a_page_has_one_title_and_one_heading(as_ada: Client) -> None:
    page = as_ada.get("/").content.decode()
    assert "<title>Overview · Meridian</title>" in page
    assert page.count("<h1>") == 1
    assert "<h1>Nothing needs anybody</h1>" in page


def test_an_unknown_clock_is_said_to_be_unknown(as_ada: Client) -> None:
    page = as_ada.get("/").content.decode()
    assert "Console clock: not probed" in page
    assert 'href="#unknown"' in page


def test_a_page_needs_no_inline_script_or_style(as_ada: Client) -> None:
    page = as_ada.get("/").content.decode()
    assert "<style" not in page
    assert " style=" not in page
    assert " onclick=" not in page
    assert page.count("<script") == page.count('<script type="module" src=') + page.count("<script defer src=")


def test_theme_and_language_are_stored_with_the_account(as_ada: Client, ada: Operator) -> None:
    assert as_ada.post("/appearance/theme/", {"theme": "dark", "next": "/"}).status_code == 302
    assert as_ada.post("/appearance/language/", {"language": "de", "next": "/"}).status_code == 302
    ada.refresh_from_db()
    assert (ada.theme, ada.language) == ("dark", "de")
    page = as_ada.get("/").content.decode()
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


def test_the_gate_has_one_heading_and_the_sprite() -> None:
    request = HttpRequest()
    page = render_to_string("console/gate.html", {"page": 1}, request)
    assert page.count("<h1>") == 1
    assert 'id="seal-witnessed"' in page
