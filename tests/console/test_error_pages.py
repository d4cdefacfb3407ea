"""An error page shows an id, and nothing of what went wrong."""

import pytest
from django.db import OperationalError
from django.http import HttpRequest
from django.test import Client, RequestFactory

from console.views import errors

SECRET = "postgres://console:hunter2@db/meridian"


@pytest.fixture
def request_with_id(rf: RequestFactory) -> HttpRequest:
    request = rf.get("/somewhere/")
    request.id = "7f3a0c19e2b4"  # type: ignore[attr-defined]
    return request


@pytest.mark.parametrize("status", [400, 403, 404, 500, 503])
def test_the_page_shows_the_id_without_any_database(request_with_id: HttpRequest, status: int) -> None:
    # No django_db mark here: pytest-django refuses any query.
    answer = errors.page(request_with_id, status)
    assert answer.status_code == status
    assert "7f3a0c19e2b4" in answer.content.decode()


def test_nothing_of_the_fault_is_told(request_with_id: HttpRequest) -> None:
    for answer in (
        errors.bad_request(request_with_id, ValueError(SECRET)),
        errors.forbidden(request_with_id, ValueError(SECRET)),
        errors.not_found(request_with_id, ValueError(SECRET)),
        errors.csrf_failed(request_with_id, SECRET),
    ):
        assert "hunter2" not in answer.content.decode()


def test_even_a_broken_template_leaves_an_answer(request_with_id: HttpRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object) -> str:
        raise RuntimeError(SECRET)

    monkeypatch.setattr(errors, "render_to_string", broken)
    answer = errors.fault(request_with_id)
    assert answer.status_code == 500
    assert "7f3a0c19e2b4" in answer.content.decode()
    assert "hunter2" not in answer.content.decode()


@pytest.mark.django_db
def test_an_unknown_address_is_told_plainly(client: object) -> None:
    answer = client.get("/no/such/page/")  # type: ignore[attr-defined]
    assert answer.status_code == 404
    assert answer.headers["X-Request-Id"] in answer.content.decode()


@pytest.mark.django_db
def test_a_database_that_is_away_is_told_as_unavailable_and_a_broken_form_as_forbidden(client, monkeypatch):
    def away(*_args, **_kwargs):
        raise OperationalError("no database")

    client.raise_request_exception = False
    monkeypatch.setattr("console.views.account.sign_in.render", away)
    assert client.get("/account/sign-in/").status_code == 503
    monkeypatch.undo()
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post("/account/sign-in/", {})
    assert answer.status_code == 403
    assert "<title>" in answer.content.decode()
    assert "CSRF_COOKIE" not in answer.content.decode()
