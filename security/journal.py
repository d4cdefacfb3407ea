"""How entries reach the tables, per engine: lock the head, number, insert, fold the edge. Only `logbook` calls this.

SQLite: the transaction is IMMEDIATE, so the whole database is ours from its first statement. PostgreSQL: one function
in the server does it all in one round trip, under one lock for all books (migration 0003 says why).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import DEFAULT_DB_ALIAS, connection, connections

from security.failpoints import failpoint
from security.merkle import entry, tiles
from security.merkle.tree import Edge, leaf_hash
from security.models import Book, Entry

FIND = "SELECT id, state, size, edge, last_at FROM security_book WHERE name = ?"
INSERT = (
    "INSERT INTO security_entry (book_id, sequence, line, leaf, kind, subject, actor, at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
GROW = "UPDATE security_book SET size = ?, edge = ?, last_at = ? WHERE id = ?"


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry but for its number: the canonical bytes before it and after it, and what is repeated for searching."""

    head: bytes
    tail: bytes
    kind: str
    subject: str
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Written:
    """`first` is None where the book is not open; `before` is the wall time of the entry before, None for entry 0."""

    book_id: int
    state: str
    first: int | None
    before: datetime | None
    leaves: tuple[bytes, ...]


def write(book: str, drafts: Sequence[Draft]) -> Written | None:
    """None where there is no such book."""
    failpoint("append.before")
    written = _write_postgresql(book, drafts) if connection.vendor == "postgresql" else _write_sqlite(book, drafts)
    failpoint("append.head")
    if written and written.first is not None:
        _write_tiles(written.book_id, written.first, written.first + len(drafts))
    failpoint("append.tiles")
    return written


def _write_postgresql(book: str, drafts: Sequence[Draft]) -> Written | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT book, book_state, begins, before, hashes FROM security_append(%s, %s, %s, %s, %s, %s, %s)",
            [
                book,
                [draft.head for draft in drafts],
                [draft.tail for draft in drafts],
                [draft.kind for draft in drafts],
                [draft.subject for draft in drafts],
                [draft.actor for draft in drafts],
                [draft.at for draft in drafts],
            ],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    book_id, state, first, before, leaves = row
    return Written(book_id, state, first, before, tuple(bytes(leaf) for leaf in leaves or ()))


def _write_sqlite(book: str, drafts: Sequence[Draft]) -> Written | None:
    """On the driver's own connection: the layers above it cost as much as the flush to the disk."""
    database = connections[DEFAULT_DB_ALIAS]  # looked up once: `connection` looks it up at every use
    database.validate_no_broken_transaction()
    driver = database.connection
    with database.wrap_database_errors:
        row = driver.execute(FIND, [book]).fetchone()
        failpoint("append.locked")
        if row is None:
            return None
        book_id, state, size, raw_edge, last_at = row
        before = last_at.replace(tzinfo=UTC) if last_at else None
        if state != "open":
            return Written(book_id, state, None, before, ())
        edge = Edge.from_bytes(size, raw_edge)
        rows, leaves = [], []
        for sequence, draft in enumerate(drafts, start=size):
            line = draft.head + str(sequence).encode("ascii") + draft.tail
            leaf = leaf_hash(line)
            edge.append(leaf)
            leaves.append(leaf)
            rows.append((book_id, sequence, line, leaf, draft.kind, draft.subject, draft.actor, _to_sqlite(draft.at)))
        driver.executemany(INSERT, rows)
        failpoint("append.inserted")
        driver.execute(GROW, [edge.size, edge.to_bytes(), rows[-1][-1], book_id])
    return Written(book_id, state, size, before, tuple(leaves))


def _to_sqlite(at: datetime) -> str:
    """As Django writes a DateTimeField, so that its look-ups find it."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(" ")


def write_lines(book: Book, lines: Sequence[bytes]) -> Edge:
    """Put whole lines back at the end of a book that lost them; the caller holds its lock and judges the edge."""
    edge = Edge.from_bytes(book.size, bytes(book.edge))
    rows = []
    at = book.last_at
    for sequence, line in enumerate(lines, start=book.size):
        said = entry.read(line)
        leaf = leaf_hash(line)
        edge.append(leaf)
        at = datetime.fromisoformat(said["at"])
        searchable = {name: said[name] for name in ("kind", "subject", "actor")}
        rows.append(Entry(book_id=book.pk, sequence=sequence, line=line, leaf=leaf, at=at, **searchable))
    Entry.objects.bulk_create(rows, batch_size=500)
    Book.objects.filter(pk=book.pk).update(size=edge.size, edge=edge.to_bytes(), last_at=at)
    _write_tiles(book.pk, book.size, edge.size)
    return edge


def _write_tiles(book_id: int, before: int, after: int) -> None:
    """Keep each tile that this append filled, level by level; most appends fill none."""
    level = 0
    while (before := before // tiles.WIDTH) != (after := after // tiles.WIDTH):
        for number in range(before, after):
            _write_tile(book_id, level, number)
        level += 1


def _write_tile(book_id: int, level: int, number: int) -> None:
    source = (
        "SELECT leaf FROM security_entry WHERE book_id = %s AND sequence >= %s AND sequence < %s ORDER BY sequence"
        if level == 0
        else f"SELECT root FROM security_tile WHERE book_id = %s AND level = {level - 1:d}"  # noqa: S608 (a number)
        " AND number >= %s AND number < %s ORDER BY number"
    )
    begin = number * tiles.WIDTH
    with connection.cursor() as cursor:
        cursor.execute(source, [book_id, begin, begin + tiles.WIDTH])
        hashes = [bytes(value) for (value,) in cursor.fetchall()]
        cursor.execute(
            "INSERT INTO security_tile (book_id, level, number, body, root) VALUES (%s, %s, %s, %s, %s)",
            [book_id, level, number, b"".join(hashes), tiles.root_of(hashes)],
        )
