"""The database refuses whatever is not growth, on both engines, and we notice when it does not."""

from datetime import UTC, datetime

import pytest
from django.db import Error as DatabaseError
from django.db import connection, transaction

from security import checks, guards, logbook
from security.errors import GuardMissing
from security.models import Anchor, Book, Checkpoint, Entry, Tile

AT = datetime(2026, 6, 1, 12, 0, 0, tzinfo=UTC)
COLUMNS = "book_id, sequence, line, leaf, kind, subject, actor, at"
FIRST = "(SELECT id FROM security_book WHERE name = 'audit')"


@pytest.fixture(autouse=True)
def filled(db: None) -> None:
    entries = [logbook.NewEntry("test.done", {"n": n}, "t", "a", AT) for n in range(256)]
    logbook.append_many("audit", entries)
    book = Book.objects.get(name="audit")
    seal = Checkpoint.objects.create(book=book, size=1, root=b"r" * 32, edge=b"e" * 32, note="note", sealed_at=AT)
    Anchor.objects.create(checkpoint=seal, kind="witness", name="w", body=b"x", stated_at=AT, received_at=AT)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:  # pending checks of foreign keys would refuse a TRUNCATE before the guards
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


CHANGES = {
    "line": "UPDATE security_entry SET line = leaf",
    "leaf": "UPDATE security_entry SET leaf = line",
    "one leaf": f"UPDATE security_entry SET leaf = line WHERE sequence = 3 AND book_id = {FIRST}",
    "number": f"UPDATE security_entry SET sequence = 900 WHERE sequence = 256 AND book_id = {FIRST}",
    "index": "UPDATE security_entry SET kind = 'other'",
    "actor": "UPDATE security_entry SET actor = 'operator:eve' WHERE sequence = 5",
    "time": "UPDATE security_entry SET at = '2020-01-01 00:00:00' WHERE sequence = 5",
    "delete first": "DELETE FROM security_entry WHERE sequence = 0",
    "delete middle": "DELETE FROM security_entry WHERE sequence = 100",
    "delete last": "DELETE FROM security_entry WHERE sequence = 256",
    "gap": f"INSERT INTO security_entry ({COLUMNS}) SELECT book_id, 1000, line, leaf, kind, subject, actor, at"
    f" FROM security_entry WHERE sequence = 4 AND book_id = {FIRST}",
    "below zero": f"INSERT INTO security_entry ({COLUMNS}) SELECT book_id, -1, line, leaf, kind, subject, actor, at"
    f" FROM security_entry WHERE sequence = 4 AND book_id = {FIRST}",
    "upsert": f"INSERT INTO security_entry ({COLUMNS}) SELECT {COLUMNS} FROM security_entry"
    f" WHERE sequence = 4 AND book_id = {FIRST} ON CONFLICT (book_id, sequence) DO UPDATE SET leaf = excluded.line",
    "head shrinks": "UPDATE security_book SET size = size - 1",
    "head runs ahead": "UPDATE security_book SET size = size + 1",
    "origin": "UPDATE security_book SET origin = 'elsewhere' WHERE name = 'audit'",
    "delete book": "DELETE FROM security_book WHERE name = 'security'",
    "tile": "UPDATE security_tile SET root = body",
    "delete tile": "DELETE FROM security_tile",
    "checkpoint": "UPDATE security_checkpoint SET size = 2",
    "delete checkpoint": "DELETE FROM security_checkpoint",
    "anchor": "UPDATE security_anchor SET name = 'other'",
    "delete anchor": "DELETE FROM security_anchor",
}
SQLITE = {
    "replace": f"INSERT OR REPLACE INTO security_entry ({COLUMNS}) SELECT {COLUMNS} FROM security_entry"
    f" WHERE sequence = 4 AND book_id = {FIRST}",
    "replace tile": "INSERT OR REPLACE INTO security_tile SELECT * FROM security_tile",
    "replace checkpoint": "INSERT OR REPLACE INTO security_checkpoint SELECT * FROM security_checkpoint",
    "replace anchor": "INSERT OR REPLACE INTO security_anchor SELECT * FROM security_anchor",
    "replace book": "INSERT OR REPLACE INTO security_book SELECT * FROM security_book",
    "edge": "UPDATE security_book SET edge = x'00' WHERE name = 'audit'",
}
POSTGRESQL = {
    **{
        f"truncate {table}": f"TRUNCATE security_{table} CASCADE"
        for table in ("entry", "tile", "checkpoint", "anchor", "book")
    },
    "edge": "UPDATE security_book SET edge = '\\x00' WHERE name = 'audit'",
    "as a replica": "SET LOCAL session_replication_role = replica; DELETE FROM security_entry WHERE sequence = 100",
}


def attempts() -> list[tuple[str, str]]:
    return [*CHANGES.items(), *(SQLITE if connection.vendor == "sqlite" else POSTGRESQL).items()]


def state() -> list[object]:
    tables = (Book.objects.order_by("id"), Entry.objects.order_by("book_id", "sequence"), Tile.objects.all())
    return [list(rows.values_list()) for rows in (*tables, Checkpoint.objects.all(), Anchor.objects.all())]


@pytest.mark.parametrize(("name", "statement"), attempts(), ids=[name for name, _ in attempts()])
def test_refuses(name: str, statement: str) -> None:
    before = state()
    with (
        pytest.raises(DatabaseError, match="log books only grow"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert state() == before


def test_the_orm_cannot_either() -> None:
    with pytest.raises(DatabaseError, match="log books only grow"), transaction.atomic():
        Entry.objects.filter(sequence=3).update(leaf=b"0" * 32)
    entry = Entry.objects.filter(sequence=3).first()
    assert entry
    entry.subject = "somebody else"
    with pytest.raises(DatabaseError, match="log books only grow"), transaction.atomic():
        Entry.objects.bulk_update([entry], ["subject"])


def test_all_guards_are_there_and_bite() -> None:
    guards.demand()
    assert checks.log_books_only_grow(databases=["default"]) == []


def names() -> list[str]:
    stated = guards.STATED
    return sorted(stated.SQLITE_TRIGGERS if connection.vendor == "sqlite" else stated.POSTGRESQL_TRIGGERS)


@pytest.mark.parametrize("name", names())
def test_a_dropped_guard_is_noticed(name: str) -> None:
    statement = next(one for one in guards.STATED.drop_statements(connection.vendor) if f" {name} " in f"{one} ")
    with connection.cursor() as cursor:
        cursor.execute(statement)
    with pytest.raises(GuardMissing, match=name):
        guards.demand()
    assert name in checks.log_books_only_grow(databases=["default"])[0].msg


def test_a_guard_without_teeth_is_noticed() -> None:
    with connection.cursor() as cursor:
        for statement in guards.STATED.drop_statements(connection.vendor):
            if "entry_no_" in statement:
                cursor.execute(statement)
    assert guards.toothless() == ["DELETE", "UPDATE", "gap"]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL")
def test_a_guard_that_sleeps_for_replicas_is_noticed() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE security_entry ENABLE TRIGGER entry_no_removal")
    assert guards.missing() == ["entry_no_removal"]
