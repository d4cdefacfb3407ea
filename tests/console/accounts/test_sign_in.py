"""Signing in through the pages, as a person and as somebody who guesses."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from console.accounts import factors, links, lockout, sign_in
from console.errors import SignInRefused, TooManyTries, WrongCode
from console.http import Origin
from console.models import Attempts, Operator, OperatorSession
from console.rights import Role
from security.models import Entry
from tests import factories

pytestmark = pytest.mark.django_db
HERE = Origin("192.0.2.7", "test")


def knock(client: Client, name: str, password: str = factories.PASSWORD, **more):
    return client.post("/account/sign-in/", {"name": name, "password": password, **more})


@pytest.fixture
def victor() -> Operator:
    return factories.operator("victor", Role.VIEWER, password=factories.PASSWORD)


@pytest.mark.requirement("O01")
@pytest.mark.parametrize("name", ["victor", "VICTOR", "victor@example.org", "Victor@Example.org"])
def test_by_name_or_e_mail_and_password(client, victor, name, entered):
    answer = knock(client, name, next="/people/")
    assert (answer.status_code, answer["Location"]) == (302, "/people/")
    assert OperatorSession.objects.get().operator == victor
    assert ("operator.signed-in", "operator:victor") in entered()


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_never_sends_people_to_another_house(client, victor, address):
    assert knock(client, "victor", next=address)["Location"] == "/"


def test_a_wrong_password_says_how_many_tries_are_left(client, victor, entered):
    page = knock(client, "victor", "wrong").content.decode()
    assert "4 tries are left, then there is a pause of 15 minutes." in page
    assert ("sign-in.failed", "visitor") in entered()
    assert not OperatorSession.objects.exists()


def test_nobody_learns_which_names_exist(client, victor):
    known, unknown = knock(client, "victor", "wrong"), knock(Client(), "nobody-here", "wrong")
    strip = [page.content.decode().replace("nobody-here", "victor") for page in (known, unknown)]
    without_tokens = [
        [line for line in page.splitlines() if "csrf" not in line and "ticking" not in line] for page in strip
    ]
    assert known.status_code == unknown.status_code
    assert without_tokens[0] == without_tokens[1]


def test_an_unknown_name_is_not_written_down(client, entered):
    knock(client, "my-secret-password-by-mistake", "x")
    assert ("sign-in.failed", "visitor") in entered()
    assert not any("by-mistake" in str(bytes(row.line)) + row.subject for row in Entry.objects.all())
    assert not Attempts.objects.filter(key__contains="by-mistake").exists()


def test_five_wrong_tries_are_a_pause_for_right_ones_too(client, victor):
    for _ in range(5):
        knock(client, "victor", "wrong")
    answer = knock(client, "victor")
    assert answer.status_code == 429
    assert "Try again in 15 minutes" in answer.content.decode()
    assert not OperatorSession.objects.exists()


def test_pauses_grow_and_are_forgotten():
    at, pauses = factories.NOW, []
    for _ in range(7):
        tries = [lockout.take("account", "victor", at=at) for _ in range(5)]
        assert [one.left for one in tries] == [4, 3, 2, 1, 0]
        pauses.append(tries[-1].pause)
        with pytest.raises(TooManyTries):
            lockout.take("account", "victor", at=at + pauses[-1] - timedelta(seconds=1))
        at += pauses[-1]
    assert pauses == [timedelta(minutes=m) for m in (15, 30, 60, 120, 240, 240, 240)]
    assert lockout.take("account", "victor", at=at + timedelta(days=2)).pause == timedelta(minutes=15)


def test_one_address_cannot_try_all_names():
    for number in range(20):
        with pytest.raises(SignInRefused):
            sign_in.by_password(f"name{number}", "wrong", origin=HERE, at=factories.NOW)
    with pytest.raises(TooManyTries):
        sign_in.by_password("another", "wrong", origin=HERE, at=factories.NOW)


def test_an_own_account_gives_no_fresh_tries_at_others(victor):
    for number in range(18):
        with pytest.raises(SignInRefused):
            sign_in.by_password(f"name{number}", "wrong", origin=HERE, at=factories.NOW)
        sign_in.by_password("victor", factories.PASSWORD, origin=HERE, at=factories.NOW)
    for number in (18, 19):
        with pytest.raises(SignInRefused):
            sign_in.by_password(f"name{number}", "wrong", origin=HERE, at=factories.NOW)
    with pytest.raises(TooManyTries):
        sign_in.by_password("victor", factories.PASSWORD, origin=HERE, at=factories.NOW)


def test_a_network_of_ipv6_is_one_address():
    assert Origin("2001:db8:1:2:aaaa::1", "").network == Origin("2001:db8:1:2:bbbb::9", "").network
    assert Origin("2001:db8:1:3::1", "").network != Origin("2001:db8:1:2::1", "").network


def test_a_disabled_person_stays_outside(client, victor):
    Operator.objects.update(is_active=False)
    assert knock(client, "victor").status_code == 400


# ── the second step ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def secret(ada: Operator) -> str:
    return factories.second_factor(ada)


def test_the_second_factor_is_asked_and_opens_the_session(client, ada, secret, entered):
    assert knock(client, "ada", next="/about/")["Location"] == "/account/second-factor/"
    assert client.get("/about/").status_code == 302
    answer = client.post("/account/second-factor/", {"code": factories.code_of(secret, at=timezone.now())})
    assert answer["Location"] == "/about/"
    assert client.get("/about/").status_code == 200
    assert OperatorSession.objects.get().method == "password+totp"
    assert client.session[sign_in.SUDO_AT]


@pytest.mark.requirement("O01")
def test_a_code_works_once(ada, secret):
    at = factories.NOW
    code = factories.code_of(secret, at=at)
    assert factors.check_code(ada, code, at=at) == "totp"
    with pytest.raises(WrongCode):
        factors.check_code(ada, code, at=at)
    with pytest.raises(WrongCode):
        factors.check_code(ada, code, at=at + timedelta(seconds=20))


def test_a_code_of_an_earlier_step_is_dead_too(ada, secret):
    at = factories.NOW
    earlier = factories.code_of(secret, at=at - timedelta(seconds=30))
    factors.check_code(ada, factories.code_of(secret, at=at), at=at)
    with pytest.raises(WrongCode):
        factors.check_code(ada, earlier, at=at)
    assert factors.check_code(ada, factories.code_of(secret, at=at + timedelta(seconds=30)), at=at) == "totp"


def test_a_replayed_code_is_refused_and_counted_on_the_page(client, ada, secret, entered):
    code = factories.code_of(secret, at=timezone.now())
    knock(client, "ada")
    client.post("/account/second-factor/", {"code": code})
    thief = Client()
    knock(thief, "ada")
    page = thief.post("/account/second-factor/", {"code": code})
    assert page.status_code == 400
    assert "4 tries are left" in page.content.decode()
    assert ("factor.failed", "operator:ada") in entered()
    assert thief.get("/about/").status_code == 302


def test_guessing_codes_ends_in_a_pause(client, ada, secret):
    knock(client, "ada")
    answers = [client.post("/account/second-factor/", {"code": "000000"}).status_code for _ in range(6)]
    assert answers == [400] * 5 + [429]


def test_recovery_codes_work_once_each(ada, secret):
    codes = factors.renew_recovery_codes(ada, by=ada.actor, at=factories.NOW)
    assert len(codes) == 10
    assert factors.check_code(ada, f"{codes[0][:4]} {codes[0][4:]}", at=factories.NOW) == "recovery-code"
    with pytest.raises(WrongCode):
        factors.check_code(ada, codes[0], at=factories.NOW)
    assert factors.unused_recovery_codes(ada) == 9


def test_the_first_step_is_forgotten_after_ten_minutes(client, ada, secret):
    knock(client, "ada")
    session = client.session
    session[sign_in.PENDING] |= {"at": (timezone.now() - timedelta(minutes=11)).isoformat()}
    session.save()
    answer = client.post("/account/second-factor/", {"code": factories.code_of(secret, at=timezone.now())})
    assert "Start again" in answer.content.decode()
    assert client.get("/about/").status_code == 302


def test_the_second_step_without_the_first_leads_nowhere(client, ada, secret):
    code = factories.code_of(secret, at=timezone.now())
    assert client.post("/account/second-factor/", {"code": code}).status_code == 400
    assert not OperatorSession.objects.exists()


def test_secrets_do_not_lie_open_in_the_database(ada, secret):
    row = factors.Authenticator.objects.get(user=ada)
    assert secret not in str(row.data)


# ── links ────────────────────────────────────────────────────────────────────────────────────────────────────────


def path_of(address: str) -> str:
    return "/" + address.split("/", 3)[3]


def test_looking_at_a_link_does_not_burn_it(client, victor, entered):
    path = path_of(links.issue(victor, by="cli:root", at=timezone.now()))
    for _ in range(3):
        assert client.get(path).status_code == 200
    assert client.post(path)["Location"] == "/account/set-up/"
    assert [kind for kind, _ in entered()] == ["link.issued", "link.used", "operator.signed-in"]


def test_a_link_works_once(client, victor, entered):
    path = path_of(links.issue(victor, by="cli:root", at=timezone.now()))
    client.post(path)
    again = Client().post(path)
    assert again.status_code == 410
    assert "used already" in again.content.decode()
    assert ("link.refused", "visitor") in entered()


@pytest.mark.parametrize("age", [timedelta(minutes=15), timedelta(days=8)])
def test_an_old_link_is_refused(client, victor, age):
    path = path_of(links.issue(victor, by="cli:root", at=timezone.now() - age))
    assert "too old" in client.post(path).content.decode()


def test_a_new_link_makes_the_old_one_worthless(client, victor):
    old = path_of(links.issue(victor, by="cli:root", at=timezone.now()))
    links.issue(victor, by="cli:root", at=timezone.now())
    assert "newer one" in client.post(old).content.decode()


def test_guessing_links_ends_in_a_pause(client):
    answers = [client.get(f"/account/link/{number}/").status_code for number in range(21)]
    assert answers == [410] * 20 + [429]


def test_a_link_does_not_pass_the_second_factor(client, ada, secret):
    path = path_of(links.issue(ada, by="cli:root", at=timezone.now()))
    assert client.post(path)["Location"] == "/account/second-factor/"
    assert client.get("/about/").status_code == 302


def test_the_token_itself_is_nowhere_in_the_database(victor):
    token = links.issue(victor, by="cli:root", at=timezone.now()).split("/")[-2]
    row = victor.links.get()
    assert token not in (row.token_hash, str(row))
    assert not any(token in str(bytes(entry.line)) for entry in Entry.objects.all())
