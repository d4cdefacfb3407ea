"""Check a whole log book from its stored bytes, as a job with progress: the row is the queue, a worker runs it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import transaction

from security import logbook, proofs
from security.keys import ed25519
from security.merkle import checkpoint as head
from security.merkle import entry, note, tiles
from security.merkle.faults import Malformed, NotProved
from security.merkle.tree import Edge, leaf_hash
from security.models import Book, Check, Checkpoint, Entry, JobStatus, LogKey, Tile

STEP = 5000
MOST_FINDINGS = 50
GOOD, TAMPERED = "good", "tampered"


def ask(book: Book, *, by: str, at: datetime) -> Check:
    """A check that waits for a worker; one that is asked for and not done yet is given again."""
    with transaction.atomic():
        waiting = Check.objects.filter(book=book, status__in=(JobStatus.WAITING, JobStatus.RUNNING)).first()
        if waiting:
            return waiting
        check = Check.objects.create(book=book, asked_by=by, asked_at=at, changed_at=at, total=book.size)
        payload = {"book": book.name, "size": book.size}
        logbook.append("audit", "book.check-asked", payload, subject=f"book:{book.name}", actor=by, at=at)
    return check


def run(check_id: int, *, at: datetime) -> Check | None:
    """Run a waiting check; None where another worker was first."""
    if Check.objects.filter(pk=check_id, status=JobStatus.WAITING).update(status=JobStatus.RUNNING, changed_at=at) != 1:
        return None
    check = Check.objects.select_related("book").get(pk=check_id)
    findings = []
    for finding in _findings(check):
        findings.append(finding)
        if len(findings) == MOST_FINDINGS:
            break
    verdict = TAMPERED if findings else GOOD
    with transaction.atomic():
        Check.objects.filter(pk=check_id).update(
            status=JobStatus.DONE, verdict=verdict, findings=findings, done=check.total, changed_at=at
        )
        payload = {"book": check.book.name, "size": check.total, "verdict": verdict, "findings": len(findings)}
        logbook.append("audit", "book.checked", payload, subject=f"book:{check.book.name}", actor=check.asked_by, at=at)
    check.refresh_from_db()
    return check


def run_waiting(*, at: datetime) -> int:
    """Whatever a bell that was not heard left lying."""
    waiting = Check.objects.filter(status=JobStatus.WAITING).values_list("pk", flat=True)
    return len([pk for pk in waiting if run(pk, at=at)])


def _findings(check: Check) -> Iterator[dict[str, Any]]:
    """What is wrong, one after the other; each says what and, where it has one, at which entry."""
    book, edge, roots = check.book, Edge(), {}
    sizes = set(Checkpoint.objects.filter(book=book).values_list("size", flat=True))
    rows = Entry.objects.filter(book=book, sequence__lt=check.total).order_by("sequence")
    for row in rows.iterator(chunk_size=STEP):
        if row.sequence != edge.size:
            yield _finding("gap", f"entry {edge.size} is missing", edge.size)
            return
        yield from _entry_findings(book, row)
        edge.append(leaf_hash(bytes(row.line)))
        if edge.size in sizes:
            roots[edge.size] = edge.root()
        if edge.size % STEP == 0:
            Check.objects.filter(pk=check.pk).update(done=edge.size)
    if edge.size != check.total:
        yield _finding("gap", f"entry {edge.size} is missing", edge.size)
        return
    yield from _tile_findings(book)
    yield from _seal_findings(book, roots)


def _entry_findings(book: Book, row: Entry) -> Iterator[dict[str, Any]]:
    line = bytes(row.line)
    if leaf_hash(line) != bytes(row.leaf):
        yield _finding(
            "line-differs", f"the bytes of entry {row.sequence} are not those that were entered", row.sequence
        )
    try:
        said = entry.read(line)
    except Malformed as exc:
        yield _finding("line-malformed", f"entry {row.sequence}: {exc.detail}", row.sequence)
        return
    if (said["book"], said["sequence"]) != (book.name, row.sequence):
        yield _finding("line-elsewhere", f"entry {row.sequence} says it is another", row.sequence)
    if (said["kind"], said["subject"], said["actor"]) != (row.kind, row.subject, row.actor):
        yield _finding("index-differs", f"entry {row.sequence} is found under words it does not say", row.sequence)


def _tile_findings(book: Book) -> Iterator[dict[str, Any]]:
    for tile in Tile.objects.filter(book=book).order_by("level", "number").iterator(chunk_size=100):
        hashes = _below(book, tile)
        if b"".join(hashes) != bytes(tile.body) or tiles.root_of(hashes) != bytes(tile.root):
            yield _finding("tile-differs", f"tile {tile.number} of level {tile.level} differs from what it is made of")


def _below(book: Book, tile: Tile) -> list[bytes]:
    span = (tile.number * tiles.WIDTH, (tile.number + 1) * tiles.WIDTH)
    if tile.level == 0:
        rows = Entry.objects.filter(book=book, sequence__gte=span[0], sequence__lt=span[1]).order_by("sequence")
        return [bytes(leaf) for leaf in rows.values_list("leaf", flat=True)]
    below = Tile.objects.filter(book=book, level=tile.level - 1, number__gte=span[0], number__lt=span[1])
    return [bytes(root) for root in below.order_by("number").values_list("root", flat=True)]


def _seal_findings(book: Book, roots: dict[int, bytes]) -> Iterator[dict[str, Any]]:
    keys = [note.parse_vkey(text) for text in LogKey.objects.filter(book=book).values_list("vkey", flat=True)]
    for seal in Checkpoint.objects.filter(book=book).order_by("size"):
        try:
            published = proofs.published(seal)
            note.verified(published, keys, ed25519.verify)
            stated = head.parse(published.text)
            edge = Edge.from_bytes(seal.size, bytes(seal.edge))
        except (Malformed, NotProved) as exc:
            yield _finding("seal-damaged", f"the seal at {seal.size} is not as it was signed: {exc}", seal.size)
            continue
        if stated != head.Checkpoint(book.origin, seal.size, roots.get(seal.size, stated.root)):
            yield _finding("seal-differs", f"the seal at {seal.size} was signed over other entries", seal.size)
        if not bytes(seal.root) == edge.root() == stated.root:
            yield _finding("seal-damaged", f"the row of the seal at {seal.size} differs from its note", seal.size)


def _finding(code: str, detail: str, sequence: int | None = None) -> dict[str, Any]:
    return {"code": code, "detail": detail, "sequence": sequence}
