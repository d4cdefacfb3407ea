"""Opening a log book: its origin, its first signing key, and entry 0, which says what it is and who may sign for it."""

import secrets
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from security import entering
from security.entering import SYSTEM, NewEntry
from security.errors import BookExists
from security.keys import memory, recovery
from security.keys.store import store
from security.models import Book, LogKey

SCHEMA = 1
# The books that every installation has, and what for.
STANDING = {
    "audit": "every act of every person and every automatic act",
    "metrological": "every adjustment of a clock, and everything that bears on measured time",
    "security": "security events of the stations and of the console",
}
# What the installation was told to count as critical on the day the book was opened; later values are entries.
THRESHOLDS = {"clock_step_critical_ns": 5_000_000_000}


def ensure_books(*, at: datetime) -> list[Book]:
    """Open the standing books that are not there yet. Safe to call at every start, by several processes at once."""
    with transaction.atomic():
        _one_opener_at_a_time()
        known = set(Book.objects.filter(name__in=STANDING).values_list("name", flat=True))
        return [
            open_book(name, purpose=purpose, actor=SYSTEM, at=at)
            for name, purpose in STANDING.items()
            if name not in known
        ]


def open_book(name: str, *, purpose: str, actor: str, at: datetime, continues: dict[str, Any] | None = None) -> Book:
    """Open a book. `continues` says what a successor takes over from, and what was lost; None for a book of its own."""
    with transaction.atomic():
        _one_opener_at_a_time()
        if Book.objects.filter(name=name).exists():
            raise BookExists(name)
        origin = f"{_prefix()}/log/{name}"
        vkey = store().create(origin)
        book = Book.objects.create(name=name, origin=origin, purpose=purpose, opened_at=at)
        payload: dict[str, Any] = {
            "origin": origin,
            "purpose": purpose,
            "vkeys": [vkey.text()],
            "recovery": recovery.public_key().text(),
            "schema": SCHEMA,
            "thresholds": dict(THRESHOLDS),
        }
        if continues:
            payload["continues"] = continues
        former = memory.former(name, but=origin)
        if former:
            # A book of this name was sealed here before and is not in this database: say so, for ever.
            payload["former"] = former
        entry = NewEntry("book.opened", payload, subject=f"book:{name}", actor=actor, at=at)
        receipt = entering.enter(name, [entry])[0]
        LogKey.objects.create(
            book=book,
            vkey=vkey.text(),
            state=LogKey.State.CURRENT,
            introduced_at=at,
            introduced_in=receipt.sequence,
        )
        book.refresh_from_db()
    return book


def _prefix() -> str:
    """The part of every origin that belongs to this installation alone.

    It is drawn once and then read from the books that are there. A name of the operator's own may be set before the
    first start; a name that nobody owns could be met again elsewhere, so the drawn one lies under .invalid.
    """
    first = Book.objects.order_by("id").values_list("origin", flat=True).first()
    if first:
        return first.partition("/log/")[0]
    return settings.LOGBOOK_ORIGIN or f"{secrets.token_hex(8)}.meridian.invalid"


def _one_opener_at_a_time() -> None:
    """SQLite's transaction holds the whole database already."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(5131846297)")
