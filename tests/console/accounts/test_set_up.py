"""From the first link to the overview: password, second factor, recovery codes."""

import pytest
from django.test import Client
from django.utils import timezone

from console.accounts import factors, links, people
from console.models import Operator
from console.rights import Role
from console.views.account.factors import SECRET
from tests import factories
from tests.console.accounts.test_sign_in import path_of

pytestmark = pytest.mark.django_db
GOOD = {"password": "four words that differ", "repeated": "four words that differ"}


def come_in(client: Client, *roles: str) -> Operator:
    person = people.invite("new", grants=people.grants_of(roles), by="cli:root", at=timezone.now())
    client.post(path_of(links.issue(person, by="cli:root", at=timezone.now())))
    return person


def test_an_administrator_sets_up_password_and_app(client, entered):
    person = come_in(client, "administrator")
    assert client.get("/about/")["Location"] == "/account/set-up/"
    assert client.post("/account/set-up/", GOOD)["Location"] == "/account/set-up/"
    page = client.get("/account/set-up/").content.decode()
    assert "Set up a second factor" in page
    assert "<svg" in page
    code = factories.code_of(client.session[SECRET], at=timezone.now())
    codes = client.post("/account/set-up/", {"code": code}).content.decode()
    assert "Keep your recovery codes" in codes
    assert client.get("/account/set-up/")["Location"] == "/"
    assert client.get("/about/").status_code == 200
    assert factors.has_any(person)
    kinds = [kind for kind, _ in entered()]
    assert {"password.changed", "factor.added", "recovery-codes.made"} <= set(kinds)


def test_a_viewer_needs_a_password_only(client):
    come_in(client, "viewer")
    client.post("/account/set-up/", GOOD)
    assert client.get("/about/").status_code == 200


@pytest.mark.parametrize(
    ("password", "repeated", "said"),
    [
        ("short", "short", "at least 12"),
        ("four words that differ", "four words", "differ"),
        ("administrator", "administrator", "too common"),
        ("123456789012345", "123456789012345", "numeric"),
        ("new.person.new", "new.person.new", "similar"),
    ],
)
def test_weak_passwords_are_refused_with_the_reason(client, password, repeated, said):
    person = come_in(client, "viewer")
    people.set_profile(person, full_name="new person", email="", by="cli:root", at=timezone.now())
    page = client.post("/account/set-up/", {"password": password, "repeated": repeated})
    assert page.status_code == 400
    assert said in page.content.decode()


def test_a_wrong_first_code_says_what_to_check(client):
    come_in(client, "operator")
    client.post("/account/set-up/", GOOD)
    page = client.post("/account/set-up/", {"code": "000000"})
    assert page.status_code == 400
    assert "clock of your phone" in page.content.decode()


def test_only_the_demo_may_put_the_second_factor_off(client, settings):
    come_in(client, "administrator")
    client.post("/account/set-up/", GOOD)
    settings.DEMO = False
    assert client.post("/account/set-up/postpone/").status_code == 403
    assert client.get("/about/")["Location"] == "/account/set-up/"
    settings.DEMO = True
    client.post("/account/set-up/postpone/")
    page = client.get("/about/")
    assert page.status_code == 200
    assert "without a second factor" in page.content.decode()
    settings.DEMO = False
    assert client.get("/about/")["Location"] == "/account/set-up/"


def test_a_role_that_needs_a_second_factor_asks_for_it_at_the_next_request(client):
    person = factories.operator("victor", Role.VIEWER, password=factories.PASSWORD)
    client.force_login(person)
    assert client.get("/about/").status_code == 200
    people.set_roles(people.find("victor"), people.grants_of(["operator"]), by="cli:root", at=timezone.now())
    assert client.get("/about/")["Location"] == "/account/set-up/"
