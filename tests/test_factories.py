"""The factories make what they say, on the engine that is chosen."""

import pytest
import redis
from django.db import connection
from django.test import Client

from console.models import Operator
from console.rights import Right, Role, rights_of
from tests import environment, factories


def test_an_operator_has_the_roles_asked_for(db: None) -> None:
    person = factories.operator(
        "bo", Role.AUDITOR, Role.BILLING, group=factories.group("North"), password=factories.PASSWORD
    )
    assert {grant.role for grant in person.grants.all()} == {Role.AUDITOR, Role.BILLING}
    assert {grant.group.name for grant in person.grants.all() if grant.group} == {"North"}
    assert person.check_password(factories.PASSWORD)
    assert not factories.operator("eve").has_usable_password()
    assert Right.EXPORT_LOGBOOKS in rights_of({Role(grant.role) for grant in person.grants.all()})


def test_a_signed_in_client_is_that_person(as_ada: Client, ada: Operator) -> None:
    assert as_ada.session["_auth_user_id"] == str(ada.pk)


def test_the_tests_have_a_home_of_their_own(settings: object) -> None:
    assert str(environment.HOME) == str(settings.MERIDIAN_HOME)  # type: ignore[attr-defined]


@pytest.mark.django_db
def test_sqlite_is_as_durable_in_tests_as_in_a_real_installation() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("runs on PostgreSQL now")
    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert cursor.execute("PRAGMA synchronous").fetchone() == (2,)


def test_the_engine_answers(engine: str) -> None:
    client = redis.Redis.from_url(engine)
    try:
        assert client.ping()
    finally:
        client.close()
