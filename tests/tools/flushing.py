"""Let the test runner empty the log books after a test that really commits: no guards, for that moment only.

The guards themselves have no way around them, so a production database has none either.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from django.db import connection
from django.test import TransactionTestCase

STATED = import_module("security.migrations.0002_guards")


def lift_guards_for_flush() -> None:
    original: Callable[[Any], None] = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]

    def teardown(self: Any) -> None:
        _execute(STATED.drop_statements(connection.vendor))
        try:
            original(self)
        finally:
            _execute(STATED.drop_statements(connection.vendor))
            _execute(STATED.create_statements(connection.vendor))

    TransactionTestCase._fixture_teardown = teardown  # type: ignore[attr-defined]


def _execute(statements: list[str]) -> None:
    assert "test" in str(connection.settings_dict["NAME"]), "only a test database is flushed"
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, None)
