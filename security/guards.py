"""Whether the database triggers of the log books are there, word for word, and bite. Asked at every start."""

from importlib import import_module
from typing import Any

from django.db import Error as DatabaseError
from django.db import connection, transaction

from security.errors import GuardMissing
from security.models import Entry

# The migration that holds the guards as they must be now.
STATED = import_module("security.migrations.0002_guards")

TRIES = {
    "UPDATE": "UPDATE security_entry SET leaf = line WHERE book_id = %s AND sequence = %s",
    "DELETE": "DELETE FROM security_entry WHERE book_id = %s AND sequence = %s",
    "gap": (
        "INSERT INTO security_entry (book_id, sequence, line, leaf, kind, subject, actor, at)"
        " SELECT book_id, (SELECT size + 7 FROM security_book WHERE id = book_id), line, leaf, kind, subject, actor, at"
        " FROM security_entry WHERE book_id = %s AND sequence = %s"
    ),
}


def missing() -> list[str]:
    """The names of guards that are absent, switched off, or differ from what the migration states."""
    found = _found_sqlite() if connection.vendor == "sqlite" else _found_postgresql()
    expected = _expected_sqlite() if connection.vendor == "sqlite" else _expected_postgresql()
    return sorted(name for name, body in expected.items() if found.get(name) != body)


def toothless() -> list[str]:
    """The kinds of change that the database let pass; each is tried on the first entry and taken back."""
    if not Entry.objects.exists():
        return []
    first = Entry.objects.order_by("book_id", "sequence").values_list("book_id", "sequence")[0]
    return sorted(what for what, statement in TRIES.items() if _passes(statement, first))


def _passes(statement: str, params: tuple[Any, ...]) -> bool:
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(statement, params)
            transaction.set_rollback(True)
    except DatabaseError as exc:
        if STATED.REFUSED not in str(exc):
            raise
        return False
    return True


def demand() -> None:
    """Raise GuardMissing unless every guard is there and bites."""
    wrong = [*missing(), *toothless()]
    if wrong:
        raise GuardMissing(wrong)


def _expected_sqlite() -> dict[str, str]:
    return {name: f"CREATE TRIGGER {name} {rest}" for name, rest in STATED.SQLITE_TRIGGERS.items()}


def _found_sqlite() -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        return dict(cursor.fetchall())


def _expected_postgresql() -> dict[str, str]:
    triggers = {name: f"A {rest}" for name, rest in STATED.POSTGRESQL_TRIGGERS.items()}
    return {**triggers, **STATED.POSTGRESQL_FUNCTIONS}


def _found_postgresql() -> dict[str, str]:
    """Triggers with their state (`A` is always, also for a replica) and definition, functions with their source."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname, tgenabled::text || ' ' || pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal"
        )
        triggers = {
            name: definition.replace(f"CREATE TRIGGER {name} ", "").replace(" ON public.", " ON ")
            for name, definition in cursor.fetchall()
        }
        cursor.execute("SELECT proname, prosrc FROM pg_proc WHERE proname LIKE 'security\\_%%' ESCAPE '\\'")
        return {**triggers, **dict(cursor.fetchall())}
