"""The command line of people and tokens, as scripts use it."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from console.access import needs
from console.accounts import api_tokens
from console.models import ApiToken, Operator
from console.rights import Right, Role
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]):
    def run(*words: str) -> tuple[int, Any]:
        try:
            call_command(*words, "--json")
            code = 0
        except SystemExit as error:
            code = int(error.code or 0)
        return code, json.loads(capsys.readouterr().out)

    return run


def test_the_first_administrator_comes_in_by_the_printed_link(say, client: Client):
    code, said = say("operator", "add", "ada", "--role", "administrator", "--email", "ada@example.org")
    assert code == 0
    assert said["link"].startswith("http://127.0.0.1:8000/account/link/")
    assert client.post("/" + said["link"].split("/", 3)[3])["Location"] == "/account/set-up/"


def test_roles_of_groups(say):
    factories.group("North")
    say("operator", "add", "bob", "--role", "operator", "--role", "auditor", "--group", "North")
    [row] = say("operator", "list")[1]
    assert row["roles"] == ["auditor@North", "operator@North"]
    assert row["active"]
    assert row["second_factor"] is False


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("operator", "add", "Ada", "--role", "viewer"), "name-malformed"),
        (("operator", "add", "bob", "--role", "viewer"), "name-taken"),
        (("operator", "add", "rob", "--role", "viewer", "--group", "nowhere"), "group-unknown"),
        (("operator", "link", "nobody"), "person-unknown"),
        (("operator", "disable", "nobody"), "person-unknown"),
        (("operator", "disable", "ada"), "last-administrator"),
        (("apitoken", "revoke", "7"), "token-unknown"),
        (("apitoken", "create", "--scope", "read-billing", "--expires", "2020-01-01"), "expiry-past"),
    ],
)
def test_refusals_have_codes(say, ada, words, code):
    factories.operator("bob", Role.VIEWER)
    exit_code, said = say(*words)
    assert (exit_code, said["error"]["code"]) == (1, code)
    assert said["error"]["message"]


def test_disable_enable_link_reset(say, ada):
    factories.second_factor(factories.operator("bob", Role.OPERATOR))
    assert say("operator", "disable", "bob")[1]["active"] is False
    assert say("operator", "link", "bob")[1]["error"]["code"] == "link-refused"
    assert say("operator", "enable", "bob")[1]["active"] is True
    assert say("operator", "reset-second-factor", "bob")[1]["second_factor"] is False
    assert "/account/link/" in say("operator", "link", "bob")[1]["link"]
    assert Operator.objects.get(name="bob").is_active


# ── tokens ───────────────────────────────────────────────────────────────────────────────────────────────────────


@needs(Right.READ_BILLING)
class Sessions(APIView):
    def get(self, request):
        return Response(request.user.actor)


def ask(token: str):
    request = APIRequestFactory().get("/", headers={"Authorization": f"Bearer {token}"})
    request.now = timezone.now()
    return Sessions.as_view()(request)


def test_a_token_is_shown_once_and_opens_what_its_scopes_say(say):
    said = say("apitoken", "create", "--scope", "read-billing", "--label", "invoices")[1]
    answer = ask(said["token"])
    assert (answer.status_code, answer.data) == (200, f"api-token:{said['id']}")
    assert "token" not in say("apitoken", "list")[1][0]
    assert said["token"] not in str(ApiToken.objects.values())
    assert ApiToken.objects.get().last_used_at


def test_other_scopes_open_nothing_here(say):
    said = say("apitoken", "create", "--scope", "see-stations")[1]
    assert ask(said["token"]).status_code == 403


@pytest.mark.parametrize("token", ["", "mrd_", "mrd_wrong", "ünknown"])
def test_unknown_tokens_are_401(token):
    answer = ask(token.encode().decode("latin-1"))
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer.data["error"]["code"]


def test_revoked_and_expired_tokens_are_worth_nothing(say):
    first = say("apitoken", "create", "--scope", "read-billing")[1]
    assert say("apitoken", "revoke", str(first["id"]))[0] == 0
    assert ask(first["token"]).status_code == 401
    at = timezone.now()
    _, token = api_tokens.create(scopes=["read-billing"], label="", by="x", at=at, expires=at + timedelta(seconds=1))
    assert api_tokens.recognise(token, at=at)
    assert api_tokens.recognise(token, at=at + timedelta(seconds=1)) is None
    assert say("apitoken", "list")[1] == [] or all(row["id"] != first["id"] for row in say("apitoken", "list")[1])
