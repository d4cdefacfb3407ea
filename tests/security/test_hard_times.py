"""Many writers, full disks, odd clocks, erased values."""

import errno
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.db.transaction import TransactionManagementError

from security import logbook, opening, sealing
from security.keys import memory
from security.merkle.entry import read
from security.merkle.tree import Edge, leaf_hash
from security.models import Book, Checkpoint, Entry

AT = datetime(2026, 6, 1, 12, 0, 0, tzinfo=UTC)
WRITERS = 16
BOOKS = ("audit", "metrological", "security")


def enter(book: str = "audit", at: datetime = AT, **more: Any) -> logbook.Receipt:
    with transaction.atomic():
        return logbook.append(book, "test.done", {}, subject="t", actor="a", at=at, **more)


def assert_whole(name: str) -> int:
    book = Book.objects.get(name=name)
    edge = Edge()
    for sequence, line in book.entries.order_by("sequence").values_list("sequence", "line"):
        assert sequence == edge.size
        assert read(bytes(line))["sequence"] == sequence
        edge.append(leaf_hash(bytes(line)))
    assert (book.size, bytes(book.edge)) == (edge.size, edge.to_bytes())
    return book.size


def at_once(work: Callable[[int], int], workers: int = WRITERS) -> list[int]:
    def and_hang_up(number: int) -> int:
        try:
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(and_hang_up, range(workers)))


def write_and_roll_back(number: int, rounds: int) -> int:
    """Entries into two books in either order, every third act taken back; returns how many acts stood."""
    chance, stood = random.Random(number), 0
    for _ in range(rounds):
        books = chance.sample(BOOKS, 2)
        with transaction.atomic():
            for book in books:
                logbook.append(book, "test.done", {"by": number}, subject="t", actor="a", at=AT)
            if chance.random() < 0.3:
                transaction.set_rollback(True)
            else:
                stood += 1
    return stood


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("rounds", [4, pytest.param(120, marks=pytest.mark.soak)])
def test_sixteen_writers_two_books_random_rollbacks(rounds: int) -> None:
    enter()
    stood = sum(at_once(lambda number: write_and_roll_back(number, rounds)))
    sizes = sum(assert_whole(name) for name in BOOKS)
    assert sizes == 2 * stood + len(BOOKS) + 1  # each book's entry 0, and the one above


def seal_audit(_number: int) -> int:
    return sealing.seal(Book.objects.get(name="audit"), at=AT).size


@pytest.mark.django_db(transaction=True)
def test_two_sealers_at_once_sign_one_history() -> None:
    for size in range(2, 7):
        enter()
        assert at_once(seal_audit, workers=4) == [size] * 4
    seals = Checkpoint.objects.filter(book__name="audit").order_by("size")
    assert [seal.size for seal in seals] == [2, 3, 4, 5, 6]


def enter_until_full() -> int:
    for stood in range(500):
        try:
            enter()
        except OperationalError as exc:
            if "full" not in str(exc):
                raise
            return stood
    raise AssertionError("the disk was never full")


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite can be told how large its file may get")
def test_a_full_disk_stops_the_act_and_nothing_else() -> None:
    enter()
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA page_count")
        cursor.execute(f"PRAGMA max_page_count = {cursor.fetchone()[0]}")
    stood = enter_until_full()
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA max_page_count = 1073741823")
    assert assert_whole("audit") == stood + 2
    enter()


@pytest.mark.django_db
def test_without_room_for_the_memory_nothing_is_published(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "no space left on device")

    enter()
    book = Book.objects.get(name="audit")
    with monkeypatch.context() as patch:
        patch.setattr(memory, "write_private", full)
        with pytest.raises(OSError, match="no space"):
            sealing.seal(book, at=AT)
    assert not Checkpoint.objects.exists()
    assert sealing.seal(book, at=AT).size == 2


SUMMER, WINTER = timezone(timedelta(hours=2)), timezone(timedelta(hours=1))
TIMES = {
    "ten years on": (AT, AT + timedelta(days=3653), 0),
    "back an hour": (AT, AT - timedelta(hours=1), 1),
    "back a microsecond": (AT, AT - timedelta(microseconds=1), 1),
    "standing still": (AT, AT, 0),
    "clocks go back in October": (
        datetime(2026, 10, 25, 2, 59, 59, tzinfo=SUMMER),
        datetime(2026, 10, 25, 2, 0, 0, tzinfo=WINTER),
        0,
    ),
    "a leap second smeared": (
        datetime(2016, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        datetime(2017, 1, 1, tzinfo=UTC),
        0,
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize(("first", "second", "regressed"), TIMES.values(), ids=TIMES)
def test_wall_time_is_stored_as_it_is(first: datetime, second: datetime, regressed: int) -> None:
    opening.ensure_books(at=first)
    enter(at=first)
    receipt = enter(at=second)
    said = read(bytes(Entry.objects.get(book__name="audit", sequence=receipt.sequence).line))
    assert datetime.fromisoformat(said["at"]) == second
    assert said["at"].endswith("Z")
    assert len(said["at"]) == 27
    assert Entry.objects.filter(book__name="audit", kind="clock.regressed").count() == regressed
    assert_whole("audit")


SECRET = "04A1B2C3D4E5F6-nobody-may-find-this"


@pytest.mark.django_db(transaction=True)
def test_an_erased_value_is_found_nowhere(own_home: Path) -> None:
    receipt = enter(personal={"id_tag": SECRET})
    assert found_in_database()
    sealed = sealing.seal(Book.objects.get(name="audit"), at=AT)
    logbook.erase("audit", receipt.sequence, "id_tag", basis="Art. 17", actor="a", at=AT)
    assert not found_in_database()
    assert not [path for path in own_home.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]
    assert sealing.seal(Book.objects.get(name="audit"), at=AT).size > sealed.size
    assert_whole("audit")


def found_in_database() -> bool:
    """In SQLite's files, or in every column of every table of ours on PostgreSQL."""
    if connection.vendor == "sqlite":
        files = [Path(str(connection.settings_dict["NAME"]) + suffix) for suffix in ("", "-wal")]
        return any(SECRET.encode() in path.read_bytes() for path in files if path.exists())
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT count(*) FROM "{table}" AS t WHERE t::text LIKE %s', [f"%{SECRET}%"])
            if cursor.fetchone()[0]:
                return True
    return False


@pytest.mark.django_db
def test_an_append_in_a_spoilt_transaction_fails() -> None:
    """A business error that the database noticed must not be followed by an entry that says it went well."""
    enter()
    with transaction.atomic():
        connection.needs_rollback = True
        with pytest.raises(TransactionManagementError):
            logbook.append("audit", "test.done", {}, subject="t", actor="a", at=AT)
