"""What the log books demand before an installation opens for business."""

import os
from datetime import datetime

from security import alarms, guards, proofs, sealing
from security.errors import KeyRefused, SealRefused
from security.failpoints import VARIABLE
from security.models import Book
from security.opening import ensure_books


def prepare(*, at: datetime) -> list[str]:
    """Open the standing books, demand the guards, hold each head against what was signed; returns the standing alarms.

    Raise GuardMissing where the database would let entries be changed: then nothing may start. A book whose head does
    not fit turns read-only with an alarm, and the installation starts, so that somebody can see it.
    """
    if os.environ.get(VARIABLE):
        raise KeyRefused(f"{VARIABLE} is for tests only: unset it")
    ensure_books(at=at)
    guards.demand()
    for book in Book.objects.filter(state=Book.State.OPEN):
        try:
            sealing.examine(book, proofs.last_seal(book))
        except SealRefused as exc:
            alarms.break_book(book, exc.code, exc.detail, at=at)
    return [f"{alarm.book.name}: {alarm.detail}" for alarm in alarms.standing()]
