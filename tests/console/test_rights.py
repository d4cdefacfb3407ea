"""Every address against the table: each role, and nobody, gets exactly what the table says."""

import pytest
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.test import Client

from console import access
from console.access import Open, right_of
from console.rights import ROLES, WORDS, Right, Role
from tests import factories
from tests.addresses import Address, addresses

ADDRESSES = addresses()
SIGN_IN = "/account/sign-in/"
# Open to everybody who is signed in, but with a rule of its own: only the demo puts the second factor off.
OWN_NO = {"set_up_postpone": 403}
ANSWERED = {400, 404, 405, 409, 410, 429, 503}


def refused(answer) -> bool:
    return answer.status_code in {401, 403} or answer.headers.get("Location", "").startswith(SIGN_IN)


@pytest.mark.requirement("O01")
@pytest.mark.parametrize("address", ADDRESSES, ids=lambda address: address.name)
def test_every_address_names_its_right(address: Address) -> None:
    need = right_of(address.view)
    assert need is not None, f"{address.name}: write @needs(Right.…), @signed_in or @public above the view"
    assert need in {*Right, *Open}


@pytest.mark.requirement("O01")
@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("role", [*Role, None], ids=lambda role: role.value if role else "nobody")
def test_every_address_lets_in_whom_the_table_says(role: Role | None, method: str) -> None:
    person = factories.operator("somebody", role) if role else None
    wrong = []
    browser = Client()
    for address in ADDRESSES:
        # Leaving, or a new password, must not decide what the next address answers.
        if person and SESSION_KEY not in browser.session:
            browser = factories.signed_in(person)
        answer = getattr(browser, method)(address.example)
        need = right_of(address.view, method)
        inside = need is Open.PUBLIC or (role is not None and (need is Open.SIGNED_IN or need in ROLES[role]))
        closed = need is not Open.PUBLIC and refused(answer) and address.name not in OWN_NO
        if inside and (closed or not (answer.status_code < 400 or answer.status_code in {*ANSWERED, *OWN_NO.values()})):
            wrong.append(f"{address.name}: {answer.status_code}, but should be open")
        if not inside and not refused(answer):
            wrong.append(f"{address.name}: {answer.status_code}, but should be closed")
    assert not wrong, "\n".join(wrong)


def test_every_right_belongs_to_a_role_and_has_words() -> None:
    assert set().union(*ROLES.values()) == set(Right)
    assert WORDS.keys() == set(Right)
    assert ROLES.keys() == set(Role)


def test_nobody_approves_what_they_prepared_alone_or_opens_data_as_administrator() -> None:
    for role, rights in ROLES.items():
        assert not {Right.PREPARE_FIRMWARE, Right.APPROVE_FIRMWARE} <= rights or role is None
    assert Right.SEE_PERSONAL_DATA not in ROLES[Role.ADMINISTRATOR]


@pytest.mark.django_db
def test_sign_in_page_exists_where_the_guard_sends_people() -> None:
    assert Client().get("/people/")["Location"] == f"{SIGN_IN}?next=%2Fpeople%2F"
    assert settings.LOGIN_URL == "sign_in"
    assert access.right_of(ADDRESSES[0].view) is Right.SEE_CONSOLE
