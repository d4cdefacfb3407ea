"""The history of one thing, read from all log books at once: what was entered about it, and how far that is proved."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max

from console import sentences
from security import queries
from security.models import Anchor, AnchorKind, Book, Checkpoint, Entry

PAGE = 50


@dataclass(frozen=True)
class Event:
    """`mark` is what the next page begins after."""

    book: str
    sequence: int
    kind: str
    sentence: str
    at: datetime
    proof: str
    critical: bool

    @property
    def mark(self) -> str:
        return self.at.isoformat()


@dataclass(frozen=True)
class Page:
    rows: Sequence[Event]
    earlier: str = ""
    later: str = ""

    @property
    def shown(self) -> int:
        return len(self.rows)


# What stands out in a history; everything else is an event among others.
CRITICAL = frozenset({"station.blocked", "station.rejected", "key.in-doubt", "key.refused"})


def of(subject: str, *, before: str = "") -> Page:
    """Newest first. The times are those of the entries, by the console's clock."""
    books = {book.pk: book for book in Book.objects.all()}
    found = Entry.objects.filter(book__in=books, subject=subject)
    if (mark := _read(before)) is not None:
        found = found.filter(at__lt=mark)
    entries = list(found.order_by("-at", "-book_id", "-sequence")[: PAGE + 1])
    more, entries = len(entries) > PAGE, entries[:PAGE]
    reached = _reached()
    rows = [_event(entry, books[entry.book_id], *reached.get(entry.book_id, (0, 0))) for entry in entries]
    return Page(rows, rows[-1].mark if more else "")


def _event(entry: Entry, book: Book, sealed: int, witnessed: int) -> Event:
    read = queries.read(entry, sealed, witnessed)
    sentence = sentences.of(read.said)
    return Event(book.name, entry.sequence, entry.kind, sentence, entry.at, read.proof, entry.kind in CRITICAL)


def _reached() -> dict[int, tuple[int, int]]:
    """By book: up to which size it is sealed, and up to which somebody else holds a seal of it."""
    seals = dict(Checkpoint.objects.values_list("book_id").annotate(Max("size")).order_by())
    held = Anchor.objects.filter(kind=AnchorKind.WITNESS).values_list("checkpoint__book_id")
    witnessed = dict(held.annotate(Max("checkpoint__size")).order_by())
    return {book: (size, witnessed.get(book, 0)) for book, size in seals.items()}


def _read(mark: str) -> datetime | None:
    try:
        return datetime.fromisoformat(mark) if mark else None
    except ValueError:
        return None
