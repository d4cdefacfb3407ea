"""Appending: what an entry holds, and that it is there with its act or not at all."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from security import clockstate, logbook
from security.errors import BookNotOpen, BookUnknown, EntryRefused, OutsideTransaction
from security.logbook import NewEntry
from security.merkle import canonical
from security.merkle.entry import commitment, read
from security.merkle.tree import Edge, leaf_hash
from security.models import Book, Entry, LogKey, Opening

AT = datetime(2026, 6, 1, 12, 0, 0, 123456, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def enter(number: int = 0, *, book: str = "audit", at: datetime = AT, **more: Any) -> logbook.Receipt:
    return logbook.append(book, "test.done", {"number": number}, subject="test:1", actor="operator:ada", at=at, **more)


def lines(book: str = "audit") -> list[bytes]:
    entries = Entry.objects.filter(book__name=book).order_by("sequence")
    return [bytes(line) for line in entries.values_list("line", flat=True)]


def edge_of(book: str) -> Edge:
    edge = Edge()
    for line in lines(book):
        edge.append(leaf_hash(line))
    return edge


def test_an_entry_says_all_there_is() -> None:
    receipt = enter(7)
    entry = read(lines()[receipt.sequence])
    clock = entry.pop("clock")
    assert entry == {
        "actor": "operator:ada",
        "at": "2026-06-01T12:00:00.123456Z",
        "book": "audit",
        "kind": "test.done",
        "payload": {"number": 7},
        "sequence": 1,
        "subject": "test:1",
    }
    assert clock["boot"] == clockstate.boot_id()
    assert clock["monotonic_ns"] > 0
    assert clock["state"] in {"synchronised", "unsynchronised", "unknown"}
    assert receipt.leaf == leaf_hash(lines()[1])


def test_the_first_entry_opens_the_book_and_says_who_signs_for_it() -> None:
    enter()
    genesis = read(lines()[0])
    book = Book.objects.get(name="audit")
    assert genesis["kind"] == "book.opened"
    assert genesis["payload"]["origin"] == book.origin
    assert genesis["payload"]["vkeys"] == [LogKey.objects.get(book=book).vkey]
    assert genesis["payload"]["recovery"].startswith("recovery+")
    origins = set(Book.objects.values_list("origin", flat=True))
    assert len(origins) == 3
    assert len({origin.partition("/log/")[0] for origin in origins}) == 1


@pytest.mark.parametrize("many", [1, 2, 3, 255, 256, 257, 600])
def test_the_head_is_the_root_of_what_is_stored(many: int) -> None:
    logbook.append_many("audit", [NewEntry("test.done", {"n": n}, "t", "a", AT) for n in range(many)])
    enter()
    book = Book.objects.get(name="audit")
    assert (book.size, bytes(book.edge)) == (many + 2, edge_of("audit").to_bytes())
    assert [read(line)["sequence"] for line in lines()] == list(range(many + 2))
    assert book.tiles.count() == (many + 2) // 256


def test_no_entry_outlives_the_rollback_of_its_act() -> None:
    enter()
    with transaction.atomic():
        enter()
        transaction.set_rollback(True)
    enter()
    assert [read(line)["sequence"] for line in lines()] == [0, 1, 2]


@pytest.mark.django_db(transaction=True)
def test_an_entry_needs_the_transaction_of_its_act() -> None:
    with pytest.raises(OutsideTransaction):
        enter()
    assert not Book.objects.exists()


@pytest.mark.parametrize(
    "payload",
    [{"x": 1.5}, {"x": float("nan")}, {"x": b"1"}, {"x": {1}}, {"ä": 1}, {1: 1}, {"x": 2**63}, {"x": "\ud800"}],
)
def test_what_has_no_one_spelling_is_refused(payload: dict[Any, Any]) -> None:
    with pytest.raises(EntryRefused):
        logbook.append("audit", "test.done", payload, subject="t", actor="a", at=AT)


def test_an_entry_fits_into_two_length_bytes() -> None:
    enter()
    longest = logbook.append("audit", "t", {"x": "a" * 65_000}, subject="t", actor="a", at=AT)
    assert len(lines()[longest.sequence]) <= canonical.LONGEST
    with pytest.raises(EntryRefused):
        logbook.append("audit", "t", {"x": "ä" * 32_768}, subject="t", actor="a", at=AT)


def test_an_unknown_book_and_a_closed_one_take_nothing() -> None:
    with pytest.raises(BookUnknown):
        enter(book="diary")
    enter()
    Book.objects.filter(name="audit").update(state=Book.State.READ_ONLY)
    with pytest.raises(BookNotOpen):
        enter()


def test_a_clock_that_went_backwards_is_an_entry() -> None:
    enter(1, at=AT)
    enter(2, at=AT - timedelta(hours=1))
    enter(3, at=AT - timedelta(minutes=59))
    told = [read(line) for line in lines()]
    assert [(entry["kind"], entry["payload"].get("sequence")) for entry in told[1:]] == [
        ("test.done", None),
        ("test.done", None),
        ("clock.regressed", 2),
        ("test.done", None),
    ]
    assert told[2]["at"] == "2026-06-01T11:00:00.123456Z"
    assert told[3]["payload"]["by_us"] == 3_600_000_000


def test_an_act_entered_late_is_no_regressed_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clockstate, "wall_s", lambda: (AT + timedelta(seconds=3)).timestamp())
    enter(at=AT)
    enter(at=AT - timedelta(seconds=5))
    assert [read(line)["kind"] for line in lines()[1:]] == ["test.done", "test.done"]


def test_personal_values_are_only_committed_to() -> None:
    receipt = enter(personal={"id_tag": "04A1B2C3"})
    stored = lines()[receipt.sequence]
    assert b"04A1B2C3" not in stored
    opening = Opening.objects.get()
    made = commitment(salt=bytes(opening.salt), field="id_tag", value="04A1B2C3").hex()
    assert read(stored)["payload"]["id_tag"] == {"commitment": made}


def test_erasing_forgets_the_value_and_is_an_entry() -> None:
    receipt = enter(personal={"id_tag": "04A1B2C3"})
    before = lines()
    logbook.erase("audit", receipt.sequence, "id_tag", basis="Art. 17 GDPR", actor="operator:ada", at=AT)
    assert not Opening.objects.exists()
    assert lines()[:-1] == before
    erased = read(lines()[-1])
    assert (erased["kind"], erased["payload"]["basis"]) == ("personal.erased", "Art. 17 GDPR")


def test_the_index_can_be_built_again() -> None:
    enter()
    assert logbook.rebuild_index("audit") == 0
    found = Entry.objects.get(kind="test.done")
    assert (found.subject, found.actor, found.at) == ("test:1", "operator:ada", AT)


def test_both_engines_fold_the_same_edge() -> None:
    for many in (1, 2, 5, 17):
        logbook.append_many("security", [NewEntry("test.done", {"n": n}, "t", "a", AT) for n in range(many)])
        book = Book.objects.get(name="security")
        assert bytes(book.edge) == edge_of("security").to_bytes(), connection.vendor


@pytest.mark.parametrize("kind", ["book.opened", "key.introduced", "key.retired", "key.revoked"])
def test_only_the_book_says_what_it_is(kind: str) -> None:
    with pytest.raises(EntryRefused):
        logbook.append("audit", kind, {}, subject="book:audit", actor="operator:ada", at=datetime.now(UTC))
    assert not Entry.objects.filter(kind=kind, actor="operator:ada").exists()
