"""Many rows of one table in one statement's worth of work, past the ORM: a model instance costs more than its insert.

Only for tables that are written with every message. Values come as the database wants them, except moments and JSON,
for which `moment` and `text` are here. PostgreSQL takes new rows by COPY, which costs a third of an insert.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

import orjson
from django.db import connection, models

Row = tuple[Any, ...]


def insert(model: type[models.Model], columns: tuple[str, ...], rows: Sequence[Row]) -> None:
    table, names = _spelled(model, columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({_places(columns)})", rows)  # noqa: S608


def put(model: type[models.Model], key: tuple[str, ...], columns: tuple[str, ...], rows: Sequence[Row]) -> None:
    """Each row anew, or over the one with the same key; the last of several with one key stays."""
    table, names = _spelled(model, (*key, *columns))
    target, changes = _spelled(model, key)[1], ", ".join(f'"{name}" = excluded."{name}"' for name in columns)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {table} ({names}) VALUES ({_places((*key, *columns))})"  # noqa: S608
            f" ON CONFLICT ({target}) DO UPDATE SET {changes}",
            rows,
        )


def change(model: type[models.Model], columns: tuple[str, ...], rows: Sequence[Row]) -> None:
    """The columns of the row whose id comes last."""
    table = _spelled(model, columns)[0]
    changes = ", ".join(f'"{name}" = %s' for name in columns)
    with connection.cursor() as cursor:
        cursor.executemany(f"UPDATE {table} SET {changes} WHERE id = %s", rows)  # noqa: S608


def moment(at: datetime | None) -> Any:
    """As Django would store it; a third of what asking it costs."""
    if at is None or connection.vendor == "postgresql":
        return at
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(" ")


def text(value: Any) -> str:
    return orjson.dumps(value).decode()


@cache
def _spelled(model: type[models.Model], columns: tuple[str, ...]) -> tuple[str, str]:
    """Raise LookupError for a column that no field has: a typing error must not wait for a station."""
    known = {field.column for field in model._meta.local_concrete_fields}
    if strange := set(columns) - known:
        raise LookupError(f"{model.__name__} has no columns {sorted(strange)}")
    return f'"{model._meta.db_table}"', ", ".join(f'"{name}"' for name in columns)


def _places(columns: tuple[str, ...]) -> str:
    return ", ".join(["%s"] * len(columns))
