"""Make exports. The row is the queue: `ask` writes it in the transaction of the act, `make` does the work, anywhere.

An export seals first, so that it covers what was entered up to now; where a book is broken and signs no more, it is
headed by the last seal that there is. The file appears under its name only when it is whole.
"""

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from security import logbook, proofs, sealing, stamping
from security.bundling.assembling import Bundled, Seal, assemble, plain
from security.bundling.source import Span
from security.errors import BookNotOpen, NothingToExport, SealRefused, SecurityError
from security.exported import StoredBook
from security.models import Book, Checkpoint, Entry, Export, JobStatus
from security.pki import documents, pdf, profiles
from security.pki.authority import Authority, open_authority
from security.verifying import build

REASON = "Export of a log book"
ABANDONED = timedelta(minutes=30)  # a running job whose progress stood still this long died with its worker
# What auditors run on machines of their own.
PROGRAMS: dict[str, Callable[[], bytes]] = {
    "verify.py": partial(build.build, build.VERIFIER),
    "witness.py": partial(build.build, build.WITNESS),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asked for. `first` and `last` are sequences, or times of entries, or "" for the whole book."""

    book: str
    first: str = ""
    last: str = ""
    subject: str = ""
    with_openings: bool = False


def ask(wanted: Wanted, *, actor: str, at: datetime) -> Export:
    """Queue an export and enter the act. Raise NothingToExport where the span holds no entry."""
    book = logbook.get_book(wanted.book)
    first, last = _bound(book, wanted.first, from_below=True), _bound(book, wanted.last, from_below=False)
    if (first or 0) > (book.size - 1 if last is None else last):
        raise NothingToExport(book.name, f"no entry from {wanted.first or 0} to {wanted.last or 'the end'}")
    with transaction.atomic():
        row = Export.objects.create(
            book=book,
            asked_by=actor,
            asked_at=at,
            changed_at=at,
            first=first,
            last=last,
            subject=wanted.subject,
            with_openings=wanted.with_openings,
        )
        facts = {"book": book.name, "from": first, "to": last, "subject": wanted.subject, "openings": row.with_openings}
        _enter("export.asked", row, actor=actor, at=at, facts=facts)
    return row


def _bound(book: Book, said: str, *, from_below: bool) -> int | None:
    """A sequence as it is; a time as the first or last entry inside it. None: the end of the book."""
    if not said:
        return None
    if said.isascii() and said.isdigit():
        if int(said) >= book.size:
            raise NothingToExport(book.name, f"it has no entry {said}; the last one is {book.size - 1}")
        return int(said)
    moment = _moment(said, ends=not from_below)
    if moment is None:
        raise NothingToExport(book.name, f"{said[:40]!r} is neither a number nor a time such as 2026-06-01T12:00:00Z")
    rows = Entry.objects.filter(book=book)
    rows = rows.filter(at__gte=moment).order_by("sequence") if from_below else rows.filter(at__lte=moment)
    found = (rows if from_below else rows.order_by("-sequence")).values_list("sequence", flat=True).first()
    if found is None:
        raise NothingToExport(book.name, f"no entry {'from' if from_below else 'up to'} {said}")
    return int(found)


def _moment(said: str, *, ends: bool) -> datetime | None:
    """A date means its first moment, or its last one where it ends the span; without a zone, UTC."""
    try:
        day: date | None = parse_date(said)
        moment = parse_datetime(said) if day is None else datetime.combine(day, time.max if ends else time.min)
    except ValueError:
        return None
    if moment is None:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.get_fixed_timezone(0))


def make(row: Export, *, at: datetime) -> Export:
    """Make the bundle of a waiting row; whoever comes second finds it taken and leaves it alone."""
    taken = Export.objects.filter(pk=row.pk, status=JobStatus.WAITING)
    if not taken.update(status=JobStatus.RUNNING, changed_at=at):
        row.refresh_from_db()
        return row
    try:
        return _make(row, at=at)
    except (SecurityError, OSError) as exc:
        _fail(row, str(exc), at=at)
        raise


def _make(row: Export, *, at: datetime) -> Export:
    book = Book.objects.get(pk=row.book_id)
    seal = _seal(book, at=at)
    span = Span(row.first or 0, seal.size - 1 if row.last is None else row.last, row.subject, row.with_openings)
    Export.objects.filter(pk=row.pk).update(total=span.last - span.first + 1)
    name = f"logbook-{plain(book.name)}-{span.first}-{span.last}-{row.pk}.zip"
    draft = folder() / f".{name}.part"
    tell = partial(_tell, row.pk)
    try:
        with os.fdopen(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b") as file:
            source = StoredBook(book, seal)
            bundled = assemble(source, span, file, _signing(at), organisation=settings.ORGANISATION, at=at, tell=tell)
            file.flush()
            os.fsync(file.fileno())
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        draft.replace(folder() / name)
    finally:
        draft.unlink(missing_ok=True)
    return _finish(row, name, digest, bundled, at=at)


def _seal(book: Book, *, at: datetime) -> Checkpoint:
    try:
        return sealing.seal(book, at=at)
    except (BookNotOpen, SealRefused):
        last = proofs.last_seal(book)
        if last is None:
            raise
        return last


def _signing(at: datetime) -> Seal:
    signer = authority(at=at).signer(profiles.DOCUMENTS, at=at)
    return Seal(
        sign=partial(documents.sign_detached, signer=signer, at=at),
        stamp=partial(stamping.stamp_for_export, at=at),
        sign_pdf=partial(pdf.sign_pdf, signer=signer, reason=REASON),
    )


def authority(*, at: datetime) -> Authority:
    return open_authority(Path(settings.MERIDIAN_HOME), settings.ORGANISATION, at=at)


def folder() -> Path:
    path = Path(settings.MERIDIAN_HOME) / "exports"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def file_of(row: Export) -> Path:
    """Where the bundle of a finished export lies; raise NothingToExport where it was taken away."""
    path = folder() / Path(row.file).name
    if row.status != JobStatus.DONE or not path.is_file():
        raise NothingToExport(row.book.name, "this export is not finished, or its file was taken away")
    return path


def _tell(pk: int, done: int) -> None:
    Export.objects.filter(pk=pk).update(done=done, changed_at=timezone.now())


def _finish(row: Export, name: str, digest: str, bundled: Bundled, *, at: datetime) -> Export:
    with transaction.atomic():
        Export.objects.filter(pk=row.pk).update(
            status=JobStatus.DONE,
            file=name,
            sha256=digest,
            entries=bundled.entries,
            first=bundled.first,
            last=bundled.last,
            changed_at=at,
        )
        row.refresh_from_db()
        facts = {"book": row.book.name, "sha256": digest, "entries": bundled.entries}
        _enter("export.made", row, actor=row.asked_by, at=at, facts=facts)
    return row


def _fail(row: Export, why: str, *, at: datetime) -> None:
    with transaction.atomic():
        Export.objects.filter(pk=row.pk).update(status=JobStatus.FAILED, error=why[:500], changed_at=at)
        _enter("export.failed", row, actor=row.asked_by, at=at, facts={"book": row.book.name, "reason": why[:500]})


def _enter(kind: str, row: Export, *, actor: str, at: datetime, facts: Mapping[str, object]) -> None:
    logbook.append("audit", kind, facts, subject=f"export:{row.pk}", actor=actor, at=at)


def taken_away(row: Export, *, actor: str, at: datetime) -> None:
    """Enter that somebody downloaded the file."""
    with transaction.atomic():
        facts = {"book": row.book.name, "sha256": row.sha256}
        _enter("export.downloaded", row, actor=actor, at=at, facts=facts)


def make_due(*, at: datetime) -> int:
    """The sweep: make what waits, and put back what a worker left unfinished when it died."""
    stuck = Export.objects.filter(status=JobStatus.RUNNING, changed_at__lt=at - ABANDONED)
    stuck.update(status=JobStatus.WAITING, changed_at=at)
    waiting = list(Export.objects.filter(status=JobStatus.WAITING).order_by("id"))
    for row in waiting:
        try:
            make(row, at=at)
        except (SecurityError, OSError):
            continue  # the row says why
    return len(waiting)
