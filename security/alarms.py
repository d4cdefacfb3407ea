"""Alarms about log books: rows that stay on every page until somebody has settled them."""

from datetime import datetime

from django.db import transaction

from security import logbook
from security.errors import LogbookError
from security.models import Alarm, Book

# Where it is written that a book is broken: in the first of these that is not that book and takes entries.
WITNESSING_BOOKS = ("security", "audit", "metrological")


def raise_alarm(book: Book, code: str, detail: str, *, at: datetime) -> Alarm:
    """One standing alarm per book and code: the first detail stays, since it is the one to look into."""
    with transaction.atomic():
        standing = Alarm.objects.filter(book=book, code=code, settled_at=None).first()
        if standing:
            return standing
        alarm = Alarm.objects.create(book=book, code=code, detail=detail, raised_at=at)
        _enter_elsewhere(book, code, detail, at=at)
    return alarm


def break_book(book: Book, code: str, detail: str, *, at: datetime) -> Alarm:
    """Take no more entries and sign nothing until somebody has decided; closed books stay closed."""
    with transaction.atomic():
        Book.objects.filter(pk=book.pk, state=Book.State.OPEN).update(state=Book.State.READ_ONLY)
        return raise_alarm(book, code, detail, at=at)


def settle(book: Book, *codes: str, at: datetime) -> None:
    """The alarms with these codes are over; without a code, all of the book."""
    standing = Alarm.objects.filter(book=book, settled_at=None)
    (standing.filter(code__in=codes) if codes else standing).update(settled_at=at)


def standing() -> list[Alarm]:
    return list(Alarm.objects.filter(settled_at=None).select_related("book").order_by("raised_at"))


def _enter_elsewhere(book: Book, code: str, detail: str, *, at: datetime) -> None:
    for name in WITNESSING_BOOKS:
        if name == book.name:
            continue
        try:
            payload = {"book": book.name, "code": code, "detail": detail, "size": book.size}
            logbook.append(name, "book.alarm", payload, subject=f"book:{book.name}", actor=logbook.SYSTEM, at=at)
        except LogbookError:
            continue  # that one is broken as well; the alarm's row stands in any case
        return
