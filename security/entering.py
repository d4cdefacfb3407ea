"""Entering: an entry's canonical bytes, its commitments, and its way into an open book. `logbook` is the door to it."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from security import clockstate, journal
from security.errors import BookNotOpen, BookUnknown, EntryRefused, OutsideTransaction
from security.journal import Draft
from security.merkle import canonical
from security.merkle.entry import commitment
from security.merkle.faults import NotCanonical
from security.models import Book, Opening

SYSTEM = "system:console"
LONGEST_NUMBER = 20  # digits of a sequence number, kept free when the length of an entry is checked
LONGEST_KIND, LONGEST_NAME = 64, 200
# Whoever verifies a book takes these for facts about the book itself; only opening and rotation may say them.
ABOUT_THE_BOOK = frozenset({"book.opened", "key.introduced", "key.retired", "key.revoked"})
# An act may be entered this much after it happened (a slow transaction) before we say that the clock went backwards.
LATE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where an entry stands. It is durable once the transaction has committed, and sealed by the next checkpoint."""

    book: str
    sequence: int
    leaf: bytes


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry to be; `personal` values are kept out of the entry, which holds salted commitments in their place."""

    kind: str
    payload: Mapping[str, Any]
    subject: str
    actor: str
    at: datetime
    personal: Mapping[str, str] = field(default_factory=dict)


def enter(book: str, entries: Iterable[NewEntry]) -> list[Receipt]:
    """Enter several acts in this order, with no other between them. Raise BookUnknown where there is no such book."""
    fresh = list(entries)
    if not connection.in_atomic_block:
        raise OutsideTransaction(book)
    if not fresh:
        return []
    openings: list[dict[str, tuple[bytes, str]]] = [{} for _ in fresh]
    name = book
    clock = canonical.text_of(clockstate.reading())
    while True:
        drafts = [_draft(name, entry, clock, kept) for entry, kept in zip(fresh, openings, strict=True)]
        written = journal.write(name, drafts)
        if written is None:
            raise BookUnknown(name)
        if written.first is not None:
            break
        name = _successor(name, written.state)
    _keep_openings(written.book_id, written.first, openings)
    _enter_regressions(name, written.before, written.first, fresh)
    return [Receipt(name, written.first + offset, leaf) for offset, leaf in enumerate(written.leaves)]


def _draft(book: str, entry: NewEntry, clock: str, openings: dict[str, tuple[bytes, str]]) -> Draft:
    """The canonical bytes around the number, which is only known once the head is ours."""
    if not (0 < len(entry.kind) <= LONGEST_KIND and 0 < len(entry.subject) <= LONGEST_NAME):
        raise EntryRefused(book, f"kind {entry.kind[:80]!r} or subject {entry.subject[:80]!r} is empty or too long")
    if not 0 < len(entry.actor) <= LONGEST_NAME or entry.at.tzinfo is None:
        raise EntryRefused(book, "no actor, or a time without its zone")
    try:
        payload = _with_commitments(entry, openings)
        # The members in their order, each spelled canonically: spelling the whole object again costs twice as much.
        spelled = canonical.text_of
        head = canonical.to_bytes(
            f'{{"actor":{spelled(entry.actor)},"at":"{_utc(entry.at)}","book":{spelled(book)},"clock":{clock},'
            f'"kind":{spelled(entry.kind)},"payload":{spelled(payload)},"sequence":'
        )
        tail = canonical.to_bytes(f',"subject":{canonical.text_of(entry.subject)}}}')
    except NotCanonical as exc:
        raise EntryRefused(book, exc.detail) from exc
    if len(head) + len(tail) + LONGEST_NUMBER > canonical.LONGEST:
        raise EntryRefused(book, f"longer than {canonical.LONGEST} bytes")
    return Draft(head, tail, entry.kind, entry.subject, entry.actor, entry.at)


def _utc(at: datetime) -> str:
    """Always with six digits, whatever the microseconds are."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _with_commitments(entry: NewEntry, openings: dict[str, tuple[bytes, str]]) -> dict[str, Any]:
    payload = dict(entry.payload)
    for name, value in entry.personal.items():
        if name in payload or not name or "\0" in name:
            raise NotCanonical(f"the personal field {name!r} is in the payload as well, or has no usable name")
        salt, _ = openings.setdefault(name, (secrets.token_bytes(32), value))
        payload[name] = {"commitment": commitment(salt=salt, field=name, value=value).hex()}
    return payload


def _keep_openings(book_id: int, first: int, openings: list[dict[str, tuple[bytes, str]]]) -> None:
    rows = [
        Opening(book_id=book_id, sequence=sequence, field=name, salt=salt, value=value)
        for sequence, kept in enumerate(openings, start=first)
        for name, (salt, value) in kept.items()
    ]
    if rows:
        Opening.objects.bulk_create(rows)


def _successor(name: str, state: str) -> str:
    book = Book.objects.select_related("successor").get(name=name)
    if book.state != Book.State.CLOSED or book.successor is None:
        raise BookNotOpen(name, state)
    return book.successor.name


def _enter_regressions(name: str, before: datetime | None, first: int, entries: list[NewEntry]) -> None:
    """Say so in the book where an entry's wall time lies before that of the entry before it."""
    told = []
    for sequence, entry in enumerate(entries, start=first):
        if before and entry.at < before and entry.kind != "clock.regressed" and not _merely_late(entry.at, before):
            told.append(_regression(name, before, entry.at, sequence))
        before = entry.at
    if told:
        enter(name, told)


def _regression(name: str, before: datetime, at: datetime, sequence: int) -> NewEntry:
    payload = {
        "before": _utc(before),
        "after": _utc(at),
        "by_us": (before - at) // timedelta(microseconds=1),
        "sequence": sequence,
    }
    return NewEntry("clock.regressed", payload, f"book:{name}", SYSTEM, at)


def _merely_late(at: datetime, before: datetime) -> bool:
    """The clock itself shows a later time than the entry before: this act was only entered later than it happened."""
    now = datetime.fromtimestamp(clockstate.wall_s(), UTC)
    return before <= now and now - at <= LATE
