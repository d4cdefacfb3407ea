"""Seal a log book: sign a checkpoint over all entries so far.

Order matters. The entries are committed long before we run, so a crash anywhere here loses nothing and the next run
signs again. What is signed is computed from the stored lines, never from the head that the appends kept; and it is
proved to extend the last seal, and what the memory outside the database says was signed last, *before* signing: a
signature over a forked tree cannot be taken back. The memory is written before the commit publishes the checkpoint.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from security import alarms, logbook, proofs
from security.errors import BookNotOpen, KeyMissing, KeyRefused, SealRefused
from security.failpoints import failpoint
from security.keys import ed25519, memory
from security.keys.store import store
from security.merkle import checkpoint as head
from security.merkle import note, tree
from security.merkle.faults import Malformed, NotProved
from security.merkle.tree import Edge, leaf_hash
from security.models import AnchorKind, Book, Checkpoint, Entry, Errand, LogKey, TimestampAuthority, Witness

AT_ONCE = 2000
KEY_MISSING, SHORTER = "key-missing", "shorter-than-signed"


@dataclass(frozen=True, slots=True)
class Recomputed:
    """The tree over the stored lines: `known` are the roots at the sizes that something outside vouches for."""

    edge: Edge
    known: dict[int, bytes]


def seal(book: Book, *, at: datetime) -> Checkpoint:
    """The seal over everything entered so far: a new one, or the last where nothing is new.

    Raise SealRefused where the stored book does not continue what was signed: it is read-only from then on, an alarm
    stands, and nothing is signed. Raise KeyMissing or KeyRefused where the key is not to be had; the book stays open.
    """
    book = Book.objects.get(pk=book.pk)
    if book.state == Book.State.READ_ONLY:
        raise BookNotOpen(book.name, book.state)
    last = proofs.last_seal(book)
    if last and last.size == book.size and book.state == Book.State.CLOSED:
        return last
    try:
        grown = examine(book, last)
        if last and last.size == book.size:
            return last
        made = _sign(book, grown, at=at)
    except SealRefused as exc:
        alarms.break_book(book, exc.code, exc.detail, at=at)
        raise
    except (KeyMissing, KeyRefused) as exc:
        alarms.raise_alarm(book, KEY_MISSING, str(exc), at=at)
        raise
    alarms.settle(book, KEY_MISSING, at=at)
    return made


def order(*books: Book, by: str, at: datetime) -> list[Checkpoint]:
    """Seal these books because somebody wants it now; the order is in the audit trail before anything is signed."""
    with transaction.atomic():
        payload = {"books": [book.name for book in books]}
        logbook.append("audit", "book.seal-ordered", payload, subject="book:audit", actor=by, at=at)
    return [seal(book, at=at) for book in books]


def examine(book: Book, last: Checkpoint | None) -> Recomputed:
    """Recompute the tree from the stored lines and hold it against the head, the last seal and the outside memory."""
    remembered = memory.last_signed(book.origin)
    edge = _last_edge(book, last)
    wanted = {remembered.size: remembered.root} if remembered else {}
    grown = _fold(book, edge, wanted)
    if grown.edge.to_bytes() != bytes(book.edge):
        raise SealRefused(book.name, "head-differs", "the head kept by the appends is not that of the stored lines")
    if remembered and remembered.size > book.size:
        detail = f"{remembered.size} entries were signed, the database holds {book.size}: an older state was restored"
        raise SealRefused(book.name, SHORTER, detail)
    for size, root in wanted.items():
        found = grown.known.get(size) or proofs.root_at(book, size)
        if found != root:
            raise SealRefused(book.name, "forked", f"at size {size} another root was signed than the stored lines give")
    _check_extends(book, last, grown)
    return grown


def _last_edge(book: Book, last: Checkpoint | None) -> Edge:
    """Where the last seal ended, believed only as far as its own signature and root bear it out."""
    if last is None:
        return Edge()
    keys = [note.parse_vkey(text) for text in LogKey.objects.filter(book=book).values_list("vkey", flat=True)]
    try:
        sealed = note.parse(last.note.encode("utf-8"))
        note.verified(sealed, keys, ed25519.verify)
        stated = head.parse(sealed.text)
        edge = Edge.from_bytes(last.size, bytes(last.edge))
    except (Malformed, NotProved) as exc:
        raise SealRefused(book.name, "seal-damaged", f"the seal at {last.size} is not as we signed it: {exc}") from exc
    if (stated.origin, stated.size, stated.root) != (book.origin, last.size, bytes(last.root)):
        raise SealRefused(book.name, "seal-damaged", f"the row of the seal at {last.size} differs from its note")
    if edge.root() != stated.root:
        raise SealRefused(book.name, "seal-damaged", f"the edge kept with the seal at {last.size} has another root")
    return edge


def _fold(book: Book, edge: Edge, wanted: dict[int, bytes]) -> Recomputed:
    """Fold every stored line since the last seal into its edge, and compare each stored hash on the way."""
    known = {edge.size: edge.root()} if edge.size in wanted else {}
    rows = Entry.objects.filter(book=book, sequence__gte=edge.size, sequence__lt=book.size).order_by("sequence")
    for sequence, line, leaf in rows.values_list("sequence", "line", "leaf").iterator(chunk_size=AT_ONCE):
        if sequence != edge.size:
            raise SealRefused(book.name, "gap", f"entry {edge.size} is missing")
        computed = leaf_hash(bytes(line))
        if computed != bytes(leaf):
            raise SealRefused(
                book.name, "line-differs", f"the bytes of entry {sequence} are not those that were entered"
            )
        edge.append(computed)
        if edge.size in wanted:
            known[edge.size] = edge.root()
    if edge.size != book.size:
        raise SealRefused(book.name, "gap", f"entry {edge.size} is missing")
    return Recomputed(edge, known)


def _check_extends(book: Book, last: Checkpoint | None, grown: Recomputed) -> None:
    """Prove it with the very hashes that we would serve to others: no seal without its proof."""
    if last is None:
        return
    try:
        proof = proofs.consistency(book, last.size, grown.edge.size)
        tree.check_consistency(
            old=last.size, old_root=bytes(last.root), new=grown.edge.size, new_root=grown.edge.root(), proof=proof
        )
    except (NotProved, IndexError) as exc:
        raise SealRefused(
            book.name, "forked", f"the stored hashes do not extend the seal at {last.size}: {exc}"
        ) from exc


def _sign(book: Book, grown: Recomputed, *, at: datetime) -> Checkpoint:
    size, root = grown.edge.size, grown.edge.root()
    with transaction.atomic():
        _one_sealer_at_a_time()
        newest = proofs.last_seal(book)
        if newest and newest.size >= size:
            return newest  # another sealer was first; it signed the same history
        _check_memory_still(book, size, root)
        keys = list(LogKey.objects.filter(book=book, state__in=(LogKey.State.CURRENT, LogKey.State.RETIRING)))
        text = head.Checkpoint(book.origin, size, root).text()
        vkeys = [note.parse_vkey(key.vkey) for key in sorted(keys, key=lambda key: key.introduced_in)]
        signed = note.Note(text, tuple(note.sign(text, vkey, store().signer(vkey)) for vkey in vkeys))
        note.verified(signed, vkeys, ed25519.verify)
        failpoint("seal.signed")
        memory.remember(memory.LastSigned(book.origin, book.name, size, root))
        failpoint("seal.remembered")
        made = Checkpoint.objects.create(
            book=book, size=size, root=root, edge=grown.edge.to_bytes(), note=signed.to_text(), sealed_at=at
        )
        LogKey.objects.filter(book=book, state=LogKey.State.RETIRING).update(state=LogKey.State.RETIRED)
        _queue_errands(made, at=at)
        failpoint("seal.stored")
    return made


def _check_memory_still(book: Book, size: int, root: bytes) -> None:
    """Another place may have signed since we looked; never a second root for one size, never a smaller size."""
    remembered = memory.last_signed(book.origin)
    if remembered and remembered.size == size and remembered.root != root:
        raise SealRefused(book.name, "forked", f"at size {size} another root was signed")
    if remembered and remembered.size > size:
        raise SealRefused(book.name, SHORTER, f"{remembered.size} entries were signed already")


def _queue_errands(made: Checkpoint, *, at: datetime) -> None:
    """Ask every witness, and every time stamp authority whose turn it is, for this seal; the rows are the queue.

    What was still due for older seals of the book is superseded: whoever vouches for this one vouches for those.
    """
    wanted = [
        (AnchorKind.WITNESS, name) for name in Witness.objects.filter(is_asked=True).values_list("name", flat=True)
    ]
    for authority in TimestampAuthority.objects.filter(is_asked=True):
        since = at - timedelta(seconds=authority.interval_s)
        recent = Errand.objects.filter(
            checkpoint__book=made.book, kind=AnchorKind.TIMESTAMP, name=authority.name, status=Errand.Status.DONE
        )
        if not recent.filter(checkpoint__sealed_at__gt=since).exists():
            wanted.append((AnchorKind.TIMESTAMP, authority.name))
    for kind, name in wanted:
        Errand.objects.filter(checkpoint__book=made.book, kind=kind, name=name, status=Errand.Status.DUE).update(
            status=Errand.Status.SUPERSEDED, changed_at=at
        )
        Errand.objects.create(checkpoint=made, kind=kind, name=name, due_at=at, changed_at=at)


def _one_sealer_at_a_time() -> None:
    """SQLite's transaction holds the whole database already."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(5131846298)")


def seal_due(*, at: datetime, every: timedelta) -> list[Checkpoint]:
    """Seal each open book that has something new and was not sealed for `every`; a broken one stops no other."""
    made = []
    for book in Book.objects.filter(state=Book.State.OPEN).order_by("id"):
        last = proofs.last_seal(book)
        if last and (last.size == book.size or last.sealed_at > at - every):
            continue
        try:
            made.append(seal(book, at=at))
        except (SealRefused, KeyMissing, KeyRefused, BookNotOpen):
            continue  # the alarm stands on every page
    return made
