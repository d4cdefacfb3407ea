"""A whole book checked from its bytes: what a seal in passing does not look at again, this finds."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from security import checking, sealing
from security.merkle.tree import leaf_hash
from security.models import Book, Check, Checkpoint, Entry
from tests.security.tamper import execute, flip, without_guards
from tests.security.test_sealing import TAMPERED, Tampering, fill

AT = datetime(2026, 6, 1, 12, 0, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def checked(book: Book) -> Check:
    check = checking.run(checking.ask(book, by="operator:ada", at=AT).pk, at=AT)
    assert check
    return check


def test_a_sound_book_is_good_and_the_check_is_in_the_audit_trail() -> None:
    sealing.seal(fill(300), at=AT)
    check = checked(fill(5))
    assert (check.verdict, check.findings, check.done) == ("good", [], check.total)
    kinds = Entry.objects.filter(book__name="audit").order_by("-sequence").values_list("kind", flat=True)
    assert list(kinds[:2]) == ["book.checked", "book.check-asked"]


def test_asking_twice_is_one_check() -> None:
    book = fill(1)
    assert checking.ask(book, by="a", at=AT) == checking.ask(book, by="b", at=AT)
    assert checking.run_waiting(at=AT) == 1
    assert checking.run_waiting(at=AT) == 0


def old_line(book: Book, seal: Checkpoint) -> None:
    """Line and leaf changed together, below the last seal: only the whole check sees it."""
    line = bytes(Entry.objects.get(book=book, sequence=3).line).replace(b'"n":2', b'"n":9')
    execute(
        "UPDATE security_entry SET line = %s, leaf = %s WHERE book_id = %s AND sequence = 3",
        [line, leaf_hash(line), book.pk],
    )


def index(book: Book, seal: Checkpoint) -> None:
    execute("UPDATE security_entry SET actor = 'operator:eve' WHERE book_id = %s AND sequence = 3", [book.pk])


def tile(book: Book, seal: Checkpoint) -> None:
    body = execute_bytes("SELECT body FROM security_tile")
    execute("UPDATE security_tile SET body = %s", [flip(body)])


def execute_bytes(statement: str) -> bytes:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return bytes(cursor.fetchone()[0])


FOUND = [
    (old_line, "seal-differs"),
    (index, "index-differs"),
    (tile, "tile-differs"),
    *((change, code) for change, code in TAMPERED if code in {"line-differs", "gap", "seal-damaged"}),
]


@pytest.mark.parametrize(("change", "code"), FOUND, ids=[change.__name__ for change, _ in FOUND])
def test_finds(change: Tampering, code: str) -> None:
    seal = sealing.seal(fill(300), at=AT)
    book = fill(10)
    with without_guards():
        change(book, seal)
    book.refresh_from_db()
    check = checked_elsewhere(book)
    assert code in {finding["code"] for finding in check.findings}
    assert check.verdict == "tampered"


def checked_elsewhere(book: Book) -> Check:
    """The audit book itself is broken here, so the row is made by hand and the verdict looked at directly."""
    made = Check.objects.create(book=book, asked_by="a", asked_at=AT, changed_at=AT, total=book.size)
    made.findings = list(checking._findings(made))
    made.verdict = "tampered" if made.findings else "good"
    return made
