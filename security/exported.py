"""A log book of the database as the source of a bundle. Everything is read in pages: no cursor stays open meanwhile."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from django.db.models import Q

from security import proofs
from security.bundling.source import Opened, Sealed, Span, Token
from security.errors import NothingToExport
from security.merkle.tree import Node
from security.models import Anchor, AnchorKind, Book, Checkpoint, Entry, LogKey, Opening, TimestampAuthority

PAGE = 2000


@dataclass
class StoredBook:
    """`security.bundling.source.Source` over the rows of a book, headed by one of its seals."""

    row: Book
    seal: Checkpoint
    _node: Node = field(init=False)

    def __post_init__(self) -> None:
        self._node = proofs.stored_node(self.row.pk)

    @property
    def book(self) -> str:
        return self.row.name

    @property
    def origin(self) -> str:
        return self.row.origin

    def top(self) -> Sealed:
        return Sealed(self.seal.size, proofs.published(self.seal).to_text())

    def earlier(self, span: Span) -> Iterator[Sealed]:
        size = span.first
        while True:
            seals = Checkpoint.objects.filter(book=self.row, size__gt=size, size__lt=self.seal.size).order_by("size")
            page = list(seals[:PAGE])
            yield from (Sealed(seal.size, proofs.published(seal).to_text()) for seal in page)
            if len(page) < PAGE:
                return
            size = page[-1].size

    def lines(self, span: Span) -> Iterator[tuple[int, bytes]]:
        wanted = Q(subject=span.subject) if span.subject else Q()
        begin = span.first
        while True:
            rows = Entry.objects.filter(wanted, book=self.row, sequence__gte=begin, sequence__lte=span.last)
            page = list(rows.order_by("sequence").values_list("sequence", "line")[:PAGE])
            yield from ((sequence, bytes(line)) for sequence, line in page)
            if len(page) < PAGE:
                return
            begin = page[-1][0] + 1

    def node(self, level: int, index: int) -> bytes:
        try:
            return self._node(level, index)
        except IndexError as exc:
            raise NothingToExport(self.book, "entries that were signed are missing from the database") from exc

    def tokens(self, span: Span) -> Iterator[Token]:
        rows = Anchor.objects.filter(
            kind=AnchorKind.TIMESTAMP,
            checkpoint__book=self.row,
            checkpoint__size__gt=span.first,
            checkpoint__size__lte=self.seal.size,
        )
        for size, name, body in rows.order_by("checkpoint__size", "id").values_list("checkpoint__size", "name", "body"):
            yield Token(size, name, bytes(body))

    def chains(self) -> Iterator[tuple[str, bytes]]:
        stamped = Anchor.objects.filter(kind=AnchorKind.TIMESTAMP, checkpoint__book=self.row).values("name")
        rows = TimestampAuthority.objects.filter(name__in=stamped).order_by("name")
        yield from ((name, chain.encode("ascii")) for name, chain in rows.values_list("name", "chain"))

    def openings(self, span: Span) -> Iterator[Opened]:
        """Those of the entries in the bundle: a selection must not open what it does not hold."""
        held: dict[str, Any] = {"book": self.row, "sequence__gte": span.first, "sequence__lte": span.last}
        if span.subject:
            mine = Entry.objects.filter(book=self.row, subject=span.subject)
            held["sequence__in"] = mine.values("sequence")
        rows = Opening.objects.filter(**held).order_by("sequence", "field")
        for page in count():
            found = list(rows[page * PAGE : (page + 1) * PAGE])
            yield from (Opened(one.sequence, one.field, bytes(one.salt), one.value) for one in found)
            if len(found) < PAGE:
                return

    def originals(self, span: Span) -> Iterator[tuple[str, bytes]]:  # noqa: ARG002
        """None yet: this package knows no station, and the parts that keep station records do not offer them."""
        yield from ()

    def keys(self) -> str:
        rows = LogKey.objects.filter(book=self.row).order_by("introduced_in", "id")
        lines = [
            "Keys of this log book, to read. They prove nothing here; your policy is what counts.",
            "Schlüssel dieses Logbuchs, zum Lesen. Maßgeblich ist Ihre Vertrauensregel.",
            "",
        ]
        for key in rows:
            ended = f", ended by entry {key.ended_in}" if key.ended_in is not None else ""
            lines.append(f"{key.vkey}\n    {key.state}, introduced by entry {key.introduced_in}{ended}")
        return "\n".join(lines) + "\n"
