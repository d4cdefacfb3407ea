"""Who may come in, who may do what, and what nobody may do."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from console import errors
from console.accounts import factors, people, sessions
from console.models import Operator, OperatorSession, SignInLink
from console.rights import Right, Role
from tests import factories

pytestmark = pytest.mark.django_db
BY = {"by": "operator:ada", "at": factories.NOW}


def invite(name="bob", roles=("viewer",), **more):
    return people.invite(name, grants=people.grants_of(roles), **more, **BY)


@pytest.mark.parametrize("name", ["", "a", "Ada", "a b", "a@b", "-ab", "x" * 65, "ä-ö"])
def test_names_that_the_audit_trail_cannot_use_are_refused(name):
    with pytest.raises(errors.NameMalformed):
        invite(name)


def test_what_makes_no_person():
    invite("bob", email="bob@example.org")
    with pytest.raises(errors.NameTaken):
        invite("bob")
    with pytest.raises(errors.EmailTaken):
        invite("rob", email="BOB@example.org")
    with pytest.raises(errors.EmailMalformed):
        invite("rob", email="bob at home")
    with pytest.raises(errors.RoleMissing):
        invite("rob", roles=())
    with pytest.raises(errors.RoleUnknown):
        invite("rob", roles=("emperor",))
    with pytest.raises(errors.GroupUnknown):
        people.grants_of(["viewer"], ["nowhere"])
    assert [person.name for person in Operator.objects.all()] == ["bob"]


def test_the_database_itself_keeps_addresses_apart():
    factories.operator("bob", email="bob@example.org")
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.operator("rob", email="Bob@example.org")


def test_roles_come_and_go_with_an_entry_each(entered):
    north = factories.group("North")
    bob = invite("bob", roles=("viewer", "operator"))
    people.set_roles(bob, [people.Grant(Role.VIEWER), people.Grant(Role.AUDITOR, north)], **BY)
    kinds = [kind for kind, _ in entered()]
    assert kinds == ["operator.invited", "role.revoked", "role.granted"]
    assert people.find("bob").reach[Right.EXPORT_LOGBOOKS] == {north.pk}


def test_nobody_gives_themselves_a_role(ada):
    with pytest.raises(errors.OwnRole):
        people.set_roles(ada, people.grants_of(["administrator", "approver"]), by=ada.actor, at=factories.NOW)
    assert people.find("ada").roles == {Role.ADMINISTRATOR}


def test_the_last_administrator_stays(ada):
    factories.operator("eve", Role.ADMINISTRATOR, is_active=False)
    with pytest.raises(errors.LastAdministrator):
        people.disable(ada, by="cli:root", at=factories.NOW)
    with pytest.raises(errors.LastAdministrator):
        people.set_roles(ada, people.grants_of(["viewer"]), by="cli:root", at=factories.NOW)
    assert people.find("ada").is_active
    factories.operator("bea", Role.ADMINISTRATOR)
    people.disable(ada, by="cli:root", at=factories.NOW)
    assert not people.find("ada").is_active


def test_an_administrator_of_one_group_is_not_the_last(ada):
    factories.operator("eve", Role.ADMINISTRATOR, group=factories.group())
    with pytest.raises(errors.LastAdministrator):
        people.disable(ada, by="cli:root", at=factories.NOW)


def test_disabling_ends_sessions_and_links(as_ada, entered):
    bob = factories.operator("bob", Role.VIEWER)
    browser = factories.signed_in(bob)
    assert browser.get("/about/").status_code == 200
    assert as_ada.post("/people/person/bob/link/").status_code == 200
    assert as_ada.post("/people/person/bob/disable/").status_code == 302
    assert browser.get("/about/").status_code == 302
    assert SignInLink.objects.get().withdrawn_at
    assert ("operator.disabled", "operator:ada") in entered()


def test_resetting_a_second_factor_ends_sessions(as_ada, entered):
    bob = factories.operator("bob", Role.OPERATOR)
    browser = factories.signed_in(bob)
    browser.get("/about/")
    as_ada.post("/people/person/bob/reset-second-factor/")
    assert browser.get("/about/").status_code == 302
    assert not factors.has_any(bob)
    assert ("factor.reset", "operator:ada") in entered()


@pytest.mark.parametrize("act", ["disable", "reset-second-factor"])
def test_nobody_does_it_to_themselves(as_ada, act):
    page = as_ada.post(f"/people/person/ada/{act}/")
    assert page.status_code == 409
    assert "own account" in page.content.decode()


def test_an_invitation_is_shown_once(as_ada):
    page = as_ada.post("/people/invite/", {"name": "bob", "role": ["viewer", "billing"], "email": "bob@example.org"})
    assert "/account/link/" in page.content.decode()
    assert people.find("bob").roles == {Role.VIEWER, Role.BILLING}
    assert "/account/link/" not in as_ada.get("/people/person/bob/").content.decode()


def test_a_wrong_invitation_keeps_what_was_typed(as_ada):
    page = as_ada.post("/people/invite/", {"name": "Bob!", "full_name": "Bob Ross", "role": "auditor"})
    assert page.status_code == 400
    text = page.content.decode()
    assert 'value="Bob Ross"' in text
    assert 'value="auditor" checked' in text


def test_roles_are_changed_on_the_page(as_ada):
    factories.group("North")
    factories.operator("bob", Role.VIEWER)
    as_ada.post("/people/person/bob/roles/", {"grant": ["operator@North", "auditor@"]})
    assert {people.key_of(row) for row in people.find("bob").grants.all()} == {"operator@North", "auditor@"}


def test_one_who_sees_people_changes_none():
    eve = factories.signed_in(factories.operator("eve", Role.AUDITOR))
    factories.operator("bob", Role.VIEWER)
    assert eve.get("/people/person/bob/").status_code == 200
    assert eve.post("/people/person/bob/disable/").status_code == 403
    assert people.find("bob").is_active


# ── sessions ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_session_ends_after_two_idle_hours_and_after_twelve_in_any_case(ada, entered):
    for field, hours in (("seen_at", 2), ("began_at", 12)):
        browser = factories.signed_in(ada)
        browser.get("/about/")
        OperatorSession.objects.update(**{field: timezone.now() - timedelta(hours=hours, seconds=1)})
        assert browser.get("/about/")["Location"].startswith("/account/sign-in/")
        assert "signed out after" in browser.get("/account/sign-in/").content.decode()
    assert [kind for kind, _ in entered()].count("session.expired") == 2


def test_what_a_page_fetches_by_itself_keeps_no_session_alive(as_ada):
    as_ada.get("/about/")
    before = timezone.now() - timedelta(minutes=90)
    OperatorSession.objects.update(seen_at=before)
    as_ada.get("/about/", headers={"X-Live": "1"})
    assert OperatorSession.objects.get().seen_at == before
    as_ada.get("/about/")
    assert OperatorSession.objects.get().seen_at > before


def test_own_sessions_are_listed_and_ended(ada, as_ada, entered):
    other = factories.signed_in(ada)
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
    other.get("/about/", headers={"User-Agent": firefox})
    page = as_ada.get("/account/sessions/").content.decode()
    assert "Firefox, Linux" in page
    row = OperatorSession.objects.get(agent=firefox)
    as_ada.post(f"/account/sessions/{row.pk}/end/")
    assert other.get("/about/").status_code == 302
    assert as_ada.get("/about/").status_code == 200
    assert ("session.ended", "operator:ada") in entered()


def test_nobody_ends_the_sessions_of_another_by_number(as_ada):
    eve = factories.signed_in(factories.operator("eve", Role.VIEWER))
    as_ada.get("/about/")
    row = OperatorSession.objects.get(operator__name="ada")
    assert eve.post(f"/account/sessions/{row.pk}/end/").status_code == 404
    assert as_ada.get("/about/").status_code == 200


def test_the_session_key_changes_at_sign_in(client):
    factories.operator("bob", Role.VIEWER, password=factories.PASSWORD)
    client.get("/account/sign-in/")
    session = client.session
    session["planted"] = True
    session.save()
    client.cookies["sessionid"] = session.session_key
    client.post("/account/sign-in/", {"name": "bob", "password": factories.PASSWORD})
    assert client.session.session_key != session.session_key


def test_sweeping_drops_what_is_over(ada):
    factories.signed_in(ada).get("/about/")
    assert sessions.sweep(at=timezone.now()) == 0
    assert sessions.sweep(at=timezone.now() + timedelta(hours=2, minutes=1)) == 1


def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(ada, as_ada):
    other = factories.signed_in(ada)
    other.get("/about/")
    new = "another four words entirely"
    assert as_ada.post("/account/password/", {"password": new, "repeated": new}).status_code == 302
    assert as_ada.get("/about/").status_code == 200
    assert other.get("/about/").status_code == 302
    assert Client().post("/account/sign-in/", {"name": "ada", "password": new})["Location"] == "/account/second-factor/"


def test_the_last_factor_of_who_needs_one_stays(ada, as_ada):
    [factor] = factors.of(ada)
    page = as_ada.post(f"/account/factors/{factor.id}/remove/")
    assert page.status_code == 409
    assert factors.has_any(ada)


def test_settings_are_stored_checked_and_entered(as_ada, entered):
    good = {"theme": "dark", "language": "de", "zone": "Europe/Berlin"}
    assert as_ada.post("/account/appearance/", good).status_code == 302
    person = people.find("ada")
    assert (person.theme, person.language, person.zone, person.single_keys) == ("dark", "de", "Europe/Berlin", False)
    assert ("operator.settings", "operator:ada") in entered()
    assert as_ada.post("/account/appearance/", {"zone": "Mars/Base"}).status_code == 400
