"""Single sign-on against a small identity provider that speaks the real protocol on the loopback."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from console import sign_on
from console.models import OperatorSession
from console.rights import Role
from tests import factories

pytestmark = pytest.mark.django_db
START = f"/account/sso/{sign_on.PROVIDER}/"


class Provider(ThreadingHTTPServer):
    """Vouches for whoever `claims` describe; notes what the console sent for the token."""

    claims: dict[str, Any]
    token_form: dict[str, list[str]]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answers(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        url = self.server.url
        documents = {
            "/.well-known/openid-configuration": {
                "issuer": url,
                "authorization_endpoint": f"{url}/authorize",
                "token_endpoint": f"{url}/token",
                "userinfo_endpoint": f"{url}/userinfo",
                "jwks_uri": f"{url}/keys",
            },
            "/userinfo": self.server.claims,
        }
        self.say(documents[self.path])

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.server.token_form = parse_qs(self.rfile.read(length).decode())
        self.say({"access_token": "token", "token_type": "Bearer"})

    def say(self, document: dict[str, Any]) -> None:
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def provider(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    server = Provider(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("OIDC_CLIENT_ID", "meridian")
    monkeypatch.setenv("OIDC_CLIENT_SECRET", "s3cret")
    settings.OIDC_ISSUER, settings.OIDC_NAME = server.url, "Auwald"
    settings.SOCIALACCOUNT_PROVIDERS = sign_on.providers(issuer=server.url, name="Auwald")
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def come_back(client: Client, provider: Provider, **claims: Any) -> Any:
    """Go to the provider and return as whom it vouches for."""
    provider.claims = {"sub": "subject-1", **claims}
    asked = urlsplit(client.post(START)["Location"])
    state = parse_qs(asked.query)["state"][0]
    return client.get(f"{START}callback/", {"code": "code", "state": state})


def test_the_button_is_there_only_with_a_provider(client, provider):
    assert "Sign in with Auwald" in client.get("/account/sign-in/").content.decode()


def test_a_link_alone_starts_nothing(client, provider):
    assert client.get(START).status_code == 405


def test_an_invited_person_comes_in_and_is_known_by_the_subject_from_then_on(client, provider, entered):
    victor = factories.operator("victor", Role.VIEWER)
    answer = come_back(client, provider, email="Victor@Example.org", email_verified=True)
    assert answer["Location"] == "/account/set-up/"
    assert client.get("/about/").status_code == 200
    assert OperatorSession.objects.get().operator == victor
    assert SocialAccount.objects.get().uid == "subject-1"
    assert "code_verifier" in provider.token_form
    assert ("single-sign-on.tied", "operator:victor") in entered()
    again = Client()
    come_back(again, provider, email="married@example.org", email_verified=True)
    assert again.get("/about/").status_code == 200


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "stranger@example.org", "email_verified": True},
        {"email": "victor@example.org", "email_verified": False},
        {"email": "victor@example.org"},
        {},
    ],
)
def test_whoever_was_not_invited_is_told_so(client, provider, entered, claims):
    factories.operator("victor", Role.VIEWER)
    page = come_back(client, provider, **claims)
    assert page.status_code == 403
    assert "nobody has invited you here" in page.content.decode()
    assert client.get("/about/").status_code == 302
    assert not SocialAccount.objects.exists()
    assert ("sign-in.failed", "visitor") in entered()


def test_another_subject_with_the_same_address_does_not_get_the_account(client, provider):
    factories.operator("victor", Role.VIEWER)
    come_back(client, provider, email="victor@example.org", email_verified=True)
    thief = Client()
    page = come_back(thief, provider, sub="subject-2", email="victor@example.org", email_verified=True)
    assert page.status_code == 403


def test_a_disabled_person_stays_outside(client, provider):
    factories.operator("victor", Role.VIEWER, is_active=False)
    assert come_back(client, provider, email="victor@example.org", email_verified=True).status_code == 403


def test_the_second_factor_is_asked_here_too(client, provider):
    factories.second_factor(factories.operator("ada", Role.ADMINISTRATOR))
    answer = come_back(client, provider, email="ada@example.org", email_verified=True)
    assert answer["Location"] == "/account/second-factor/"
    assert client.get("/about/").status_code == 302


@pytest.mark.parametrize("query", [{"code": "x", "state": "forged"}, {"error": "access_denied", "state": "forged"}, {}])
def test_an_answer_to_no_question_is_refused(client, provider, query):
    page = client.get(f"{START}callback/", query)
    assert page.status_code == 400
    assert "did not work" in page.content.decode()
    assert client.get("/about/").status_code == 302
