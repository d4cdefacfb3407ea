"""What every test gets. The environment comes first: settings are read when Django is imported."""

from tests import environment

environment.prepare()

import django  # noqa: E402
from django.conf import settings as configured  # noqa: E402
from django.db import connections  # noqa: E402

from console import translations  # noqa: E402

environment.load(django.setup)
translations.compile_all()
environment.tests_database(connections["default"].settings_dict)
# Tests sign in many people; the slow hash of the real settings would cost minutes.
configured.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *configured.PASSWORD_HASHERS]

from collections.abc import Iterator  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import pytest  # noqa: E402
from django.test import Client  # noqa: E402

from console.models import Operator  # noqa: E402
from console.rights import Role  # noqa: E402
from tests import factories, needs  # noqa: E402
from tests.tools.flushing import lift_guards_for_flush  # noqa: E402

lift_guards_for_flush()
TOUCHING_ENGINES = {"db", "transactional_db", "django_db_setup", "engine"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--engines", action="store_true", help="only the tests that touch the database or the engine")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--engines"):
        chosen = [item for item in items if touches_engines(item)]
        config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
        items[:] = chosen


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes make no name: they are unreadable, and fresh signatures would give each worker other tests to run."""
    return argname if isinstance(val, bytes) else None


def touches_engines(item: pytest.Item) -> bool:
    if item.get_closest_marker("browser"):
        return False  # what the browser shows does not depend on the engine
    names = set(getattr(item, "fixturenames", ()))
    return bool(item.get_closest_marker("django_db") or names & TOUCHING_ENGINES)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """As pytest-django has it; at the end no thread of an async view keeps PostgreSQL from dropping its database."""
    yield
    connection = connections["default"]
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.fixture
def home() -> Path:
    """The data folder of this test process."""
    return environment.HOME


@pytest.fixture
def ada(db: None) -> Operator:
    """An administrator."""
    return factories.operator("ada", Role.ADMINISTRATOR, password=factories.PASSWORD)


@pytest.fixture
def as_ada(ada: Operator) -> Client:
    return factories.signed_in(ada)


@pytest.fixture(scope="session")
def engine() -> Iterator[str]:
    """The address of a running engine: REDIS_URL where it is set, else a private one on the settings' own socket."""
    with needs.engine() as url:
        yield url
