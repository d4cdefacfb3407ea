"""Reading log books page by page. Order is the sequence, newest first, and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from security.merkle import entry
from security.merkle.faults import NotCanonical
from security.merkle.tree import leaf_hash
from security.models import Anchor, AnchorKind, Book, Checkpoint, Entry

PAGE = 50
BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader looks for; empty or None means that it does not matter."""

    kind: str = ""
    subject: str = ""
    actor: str = ""
    since: datetime | None = None
    until: datetime | None = None
    first: int | None = None
    last: int | None = None

    def conditions(self) -> dict[str, Any]:
        """A kind that ends in a dot, such as `clock.`, stands for all kinds of that family."""
        conditions: dict[str, Any] = {
            "kind__startswith" if self.kind.endswith(".") else "kind": self.kind,
            "subject": self.subject,
            "actor": self.actor,
            "at__gte": self.since,
            "at__lt": self.until,
            "sequence__gte": self.first,
            "sequence__lte": self.last,
        }
        return {name: value for name, value in conditions.items() if value not in ("", None)}


@dataclass(frozen=True, slots=True)
class Read:
    """One entry as a reader sees it: `said` is what its bytes say, `proof` is open, sealed, witnessed or broken."""

    sequence: int
    line: bytes
    leaf: bytes
    proof: str
    said: dict[str, Any]
    at: datetime

    @property
    def text(self) -> str:
        return self.line.decode("utf-8", "backslashreplace")

    @property
    def leaf_hex(self) -> str:
        return self.leaf.hex()


@dataclass(frozen=True, slots=True)
class Page:
    rows: Sequence[Read] = field(default_factory=list)
    earlier: int | None = None
    later: int | None = None
    about: int | None = None

    @property
    def shown(self) -> int:
        return len(self.rows)


def page_of(book: Book, wanted: Wanted, *, before: int | None = None, after: int | None = None) -> Page:
    """The entries before or after a sequence number, else the newest; always newest first."""
    found = Entry.objects.filter(book=book, **wanted.conditions())
    if after is not None:
        rows = list(found.filter(sequence__gt=after).order_by("sequence")[: PAGE + 1])
        more_later, rows = len(rows) > PAGE, rows[:PAGE][::-1]
        more_earlier = bool(rows)
    else:
        rows = list(
            (found.filter(sequence__lt=before) if before is not None else found).order_by("-sequence")[: PAGE + 1]
        )
        more_earlier, rows = len(rows) > PAGE, rows[:PAGE]
        more_later = before is not None and bool(rows)
    sealed, witnessed = _reached(book)
    return Page(
        [read(row, sealed, witnessed) for row in rows],
        rows[-1].sequence if rows and more_earlier else None,
        rows[0].sequence if rows and more_later else None,
        None if wanted.conditions() else book.size,
    )


def read_one(book: Book, sequence: int) -> Read | None:
    row = Entry.objects.filter(book=book, sequence=sequence).first()
    return read(row, *_reached(book)) if row else None


def read(row: Entry, sealed: int, witnessed: int) -> Read:
    line, leaf = bytes(row.line), bytes(row.leaf)
    proof = "witnessed" if row.sequence < witnessed else "sealed" if row.sequence < sealed else "open"
    try:
        said = entry.read(line)
    except NotCanonical:
        clock = {"state": "unknown", "bound_ns": None, "source": "", "monotonic_ns": 0, "boot": ""}
        said = {"kind": row.kind, "subject": row.subject, "actor": row.actor, "payload": {}, "clock": clock}
        return Read(row.sequence, line, leaf, BROKEN, said, row.at)
    return Read(row.sequence, line, leaf, proof if leaf_hash(line) == leaf else BROKEN, said, row.at)


def _reached(book: Book) -> tuple[int, int]:
    """Up to which size the book is sealed, and up to which somebody else holds a seal of it."""
    seals = Checkpoint.objects.filter(book=book).order_by("-size").values_list("size", flat=True)
    held = Anchor.objects.filter(checkpoint__book=book, kind=AnchorKind.WITNESS).order_by("-checkpoint__size")
    return seals.first() or 0, held.values_list("checkpoint__size", flat=True).first() or 0


def kinds(book: Book) -> list[str]:
    """The kinds that occur, by hopping from one to the next along the index."""
    found: list[str] = []
    while True:
        rows = Entry.objects.filter(book=book, **({"kind__gt": found[-1]} if found else {}))
        following = rows.order_by("kind").values_list("kind", flat=True).first()
        if following is None:
            return found
        found.append(following)
