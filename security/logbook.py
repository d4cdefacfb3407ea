"""The log books: the only writer of entries.

An entry is appended in the transaction of the act that it records: both are there or neither. Take it last in a
transaction, since the head of the books stays locked until the commit. Acts that are refused need a transaction of
their own, or the rollback takes the evidence with it.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from security import entering, opening
from security.entering import SYSTEM, NewEntry, Receipt
from security.errors import BookUnknown, EntryRefused, EntryUnknown, OpeningUnknown
from security.merkle import canonical
from security.merkle.entry import commitment
from security.models import Book, Entry, Opening

__all__ = ["SYSTEM", "NewEntry", "Receipt", "append", "append_many", "erase", "get_book", "get_entry", "rebuild_index"]


def append(
    book: str,
    kind: str,
    payload: Mapping[str, Any],
    *,
    subject: str,
    actor: str,
    at: datetime,
    personal: Mapping[str, str] | None = None,
) -> Receipt:
    """Enter one act. Any exception here must stop the act; `kind` is a stable code such as `operator.invited`."""
    return append_many(book, [NewEntry(kind, payload, subject, actor, at, personal or {})])[0]


def append_many(book: str, entries: Iterable[NewEntry]) -> list[Receipt]:
    """Enter several acts in this order, without any other between them."""
    fresh = list(entries)
    for entry in fresh:
        if entry.kind in entering.ABOUT_THE_BOOK:
            raise EntryRefused(book, f"{entry.kind} is said by the book about itself, and by nobody else")
    try:
        return entering.enter(book, fresh)
    except BookUnknown:
        if book not in opening.STANDING:
            raise
    # The standing books are opened by the first entry that somebody wants to make.
    opening.ensure_books(at=fresh[0].at)
    return entering.enter(book, fresh)


def erase(book: str, sequence: int, name: str, *, basis: str, actor: str, at: datetime) -> Receipt:
    """Forget what a commitment stands for. The entry and its proofs stay; the erasure is an entry itself."""
    held = Opening.objects.filter(book__name=book, sequence=sequence, field=name).first()
    if held is None:
        raise OpeningUnknown(book, sequence, name)
    digest = commitment(salt=bytes(held.salt), field=name, value=held.value).hex()
    with transaction.atomic():
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:  # or the value stays readable in the file's free pages
                cursor.execute("PRAGMA secure_delete = ON")
        held.delete()
        payload = {"sequence": sequence, "field": name, "commitment": digest, "basis": basis}
        receipt = append(book, "personal.erased", payload, subject=f"entry:{book}/{sequence}", actor=actor, at=at)
        transaction.on_commit(_scrub)
    return receipt


def _scrub() -> None:
    """Take the erased value out of the engine's own leftovers: SQLite's write-ahead log, PostgreSQL's dead rows."""
    statement = "PRAGMA wal_checkpoint(TRUNCATE)" if connection.vendor == "sqlite" else "VACUUM security_opening"
    with connection.cursor() as cursor:
        cursor.execute(statement)


def get_book(name: str) -> Book:
    book = Book.objects.filter(name=name).first()
    if book is None:
        raise BookUnknown(name)
    return book


def get_entry(book: str, sequence: int) -> Entry:
    entry = Entry.objects.select_related("book").filter(book__name=book, sequence=sequence).first()
    if entry is None:
        raise EntryUnknown(book, sequence)
    return entry


def rebuild_index(book: str) -> int:
    """Build the searchable columns again from the stored lines; returns how many rows had to be put right."""
    repaired = 0
    for entry in Entry.objects.filter(book__name=book).order_by("sequence").iterator(chunk_size=1000):
        said = canonical.decode(bytes(entry.line))
        at = datetime.fromisoformat(said["at"])
        if (entry.kind, entry.subject, entry.actor, entry.at) != (said["kind"], said["subject"], said["actor"], at):
            Entry.objects.filter(book_id=entry.book_id, sequence=entry.sequence).update(
                kind=said["kind"], subject=said["subject"], actor=said["actor"], at=at
            )
            repaired += 1
    return repaired
