"""Critical acts ask once more who one is."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from console.accounts import people
from console.accounts.sign_in import SUDO_AT
from console.rights import Role
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def secret(ada):
    return factories.second_factor(ada)


@pytest.fixture
def browser(ada, secret):
    factories.operator("bob", Role.VIEWER)
    return factories.signed_in(ada, confirmed=False)


def test_a_form_waits_for_the_confirmation_and_goes_on_as_it_was(browser, secret, entered):
    sent = {"full_name": 'Bob "the" Ross', "email": "bob@example.org", "tag": ["a", "b"]}
    page = browser.post("/people/person/bob/profile/", sent)
    text = page.content.decode()
    assert "Confirm that it is you" in text
    assert 'name="full_name" value="Bob &quot;the&quot; Ross"' in text
    assert text.count('name="tag"') == 2
    assert people.find("bob").full_name == ""
    code = factories.code_of(secret, at=timezone.now())
    answer = browser.post("/people/person/bob/profile/", {**sent, "sudo": "form", "sudo_code": code})
    assert answer.status_code == 302
    assert people.find("bob").full_name == 'Bob "the" Ross'
    assert "sudo.passed" in [kind for kind, _ in entered()]


def test_it_is_not_asked_again_for_ten_minutes(browser, secret):
    code = factories.code_of(secret, at=timezone.now())
    browser.post("/people/person/bob/disable/", {"sudo": "form", "sudo_code": code})
    assert not people.find("bob").is_active
    assert browser.post("/people/person/bob/enable/").status_code == 302
    session = browser.session
    session[SUDO_AT] = (timezone.now() - timedelta(minutes=10)).isoformat()
    session.save()
    assert "Confirm that it is you" in browser.post("/people/person/bob/disable/").content.decode()
    assert people.find("bob").is_active


def test_a_moment_ahead_confirms_nothing(browser):
    session = browser.session
    session[SUDO_AT] = (timezone.now() + timedelta(hours=1)).isoformat()
    session.save()
    assert "Confirm that it is you" in browser.post("/people/person/bob/disable/").content.decode()


def test_a_wrong_code_does_nothing_and_is_entered(browser, entered):
    page = browser.post("/people/person/bob/disable/", {"sudo": "form", "sudo_code": "000000"})
    assert "4 tries are left" in page.content.decode()
    assert people.find("bob").is_active
    assert "sudo.failed" in [kind for kind, _ in entered()]


def test_a_page_is_asked_for_again(browser, secret):
    assert "Confirm that it is you" in browser.get("/people/invite/?x=1").content.decode()
    code = factories.code_of(secret, at=timezone.now())
    answer = browser.post("/people/invite/?x=1", {"sudo": "page", "sudo_code": code})
    assert (answer.status_code, answer["Location"]) == (302, "/people/invite/?x=1")
    assert "Invite a person" in browser.get("/people/invite/?x=1").content.decode()


def test_a_file_is_to_be_chosen_again(browser, secret):
    page = browser.post("/people/invite/", {"name": "x", "file": SimpleUploadedFile("a.bin", b"1")}).content.decode()
    assert "choose it again" in page
    assert 'name="name"' not in page.split("<main")[1]


def test_without_a_second_factor_the_password_is_asked():
    victor = factories.operator("victor", Role.VIEWER, password=factories.PASSWORD)
    browser = factories.signed_in(victor, confirmed=False)
    assert 'name="sudo_password"' in browser.get("/account/password/").content.decode()
    assert browser.post("/account/password/", {"sudo": "page", "sudo_password": "wrong"}).status_code == 200
    assert SUDO_AT not in browser.session
    answer = browser.post("/account/password/", {"sudo": "page", "sudo_password": factories.PASSWORD})
    assert answer["Location"] == "/account/password/"


def test_a_part_of_a_page_turns_into_the_whole_question(browser):
    page = browser.post("/people/person/bob/disable/", headers={"HX-Request": "true"})
    assert page["HX-Retarget"] == "body"
