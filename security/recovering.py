"""What can be done when a book does not continue what was signed: bring entries back, or go on in a successor.

Nothing here signs over a doubt. Entries come back only where their bytes lead to the very root that was signed; a
successor's entry 0 says for ever where it takes over and how much is known to be lost.
"""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import file_digest
from pathlib import Path

from django.db import transaction

from security import alarms, journal, logbook, opening, proofs, sealing
from security.errors import RecoveryRefused, SealRefused
from security.keys import memory, rotation
from security.merkle import entry
from security.merkle.faults import NotCanonical
from security.models import Alarm, Book

ENTRIES = "entries.jsonl"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """`wrong` is None where the book continues what was signed; `signed_size` is None where nothing was signed here."""

    book: Book
    wrong: str | None
    detail: str
    signed_size: int | None
    alarms: tuple[Alarm, ...]


def diagnose(book: Book) -> Diagnosis:
    remembered = memory.last_signed(book.origin)
    wrong, detail = None, ""
    try:
        sealing.examine(book, proofs.last_seal(book))
    except SealRefused as exc:
        wrong, detail = exc.code, exc.detail
    standing = tuple(Alarm.objects.filter(book=book, settled_at=None).order_by("raised_at"))
    return Diagnosis(book, wrong, detail, remembered.size if remembered else None, standing)


def reimport(book: Book, bundle: Path, *, actor: str, at: datetime) -> int:
    """Bring the entries after the stored ones back from an export; returns how many. The book is open again afterwards.

    Raise RecoveryRefused unless they follow on what is stored and lead to the root that was signed last.
    """
    remembered = memory.last_signed(book.origin)
    if book.state != Book.State.READ_ONLY or remembered is None or remembered.size <= book.size:
        raise RecoveryRefused(book.name, "no signed entries are missing at its end")
    with transaction.atomic():
        book = Book.objects.select_for_update().get(pk=book.pk)
        first = book.size
        _check_stored(book)
        lines = list(_lines(book, bundle, first, remembered.size))
        written = journal.write_lines(book, lines)
        if written.root() != remembered.root:
            raise RecoveryRefused(book.name, "the entries of the export do not lead to the root that was signed")
        for line in lines:
            rotation.replay(book, entry.read(line))
        Book.objects.filter(pk=book.pk).update(state=Book.State.OPEN)
        alarms.settle(book, at=at)
        payload = {"from": first, "to": remembered.size, "bundle_sha256": _digest(bundle)}
        logbook.append(book.name, "book.reimported", payload, subject=f"book:{book.name}", actor=actor, at=at)
    return len(lines)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _check_stored(book: Book) -> None:
    """What is stored must be sound up to its end, or there is nothing to follow on."""
    try:
        sealing.examine(book, proofs.last_seal(book))
    except SealRefused as exc:
        if exc.code != sealing.SHORTER:
            raise RecoveryRefused(book.name, exc.detail) from exc


def _lines(book: Book, bundle: Path, first: int, end: int) -> Iterator[bytes]:
    wanted = first
    try:
        with zipfile.ZipFile(bundle) as archive, archive.open(ENTRIES) as file:
            for raw in file:
                line = raw.rstrip(b"\n")
                read = entry.read(line)
                if read["sequence"] < wanted or wanted == end:
                    continue
                if read["book"] != book.name or read["sequence"] != wanted:
                    raise RecoveryRefused(book.name, f"the export does not hold entry {wanted}")
                wanted += 1
                yield line
    except (OSError, KeyError, zipfile.BadZipFile, NotCanonical) as exc:
        raise RecoveryRefused(book.name, f"the export cannot be read: {exc}") from exc
    if wanted != end:
        raise RecoveryRefused(book.name, f"the export ends at {wanted}, and {end} entries were signed")


def succeed(book: Book, *, reason: str, actor: str, at: datetime) -> Book:
    """Close a broken book and open its successor, whose entry 0 says what it follows and what is known to be lost."""
    if book.state != Book.State.READ_ONLY:
        raise RecoveryRefused(book.name, "it is not broken; only a read-only book is succeeded")
    diagnosis = diagnose(book)
    remembered = memory.last_signed(book.origin)
    continues = {
        "book": book.name,
        "origin": book.origin,
        "signed_size": remembered.size if remembered else 0,
        "signed_root": remembered.root.hex() if remembered else "",
        "found_size": book.size,
        "found_wrong": diagnosis.wrong or "",
        "known_lost": max(0, remembered.size - book.size) if remembered else 0,
        "reason": reason,
    }
    with transaction.atomic():
        successor = opening.open_book(
            next_name(book.name), purpose=book.purpose, actor=actor, at=at, continues=continues
        )
        Book.objects.filter(pk=book.pk).update(state=Book.State.CLOSED, successor=successor)
        alarms.settle(book, at=at)
    return successor


def next_name(name: str) -> str:
    """audit, audit-2, audit-3."""
    stem, _, number = name.rpartition("-")
    return f"{stem}-{int(number) + 1}" if stem and number.isdigit() else f"{name}-2"
