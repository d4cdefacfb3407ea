"""After a loss: entries come back only if they lead to the signed root; else a successor says what is lost."""

import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from security import alarms, logbook, recovering, sealing, starting
from security.errors import RecoveryRefused
from security.keys import rotation
from security.merkle.entry import read
from security.models import Book, Checkpoint, Entry, LogKey
from tests.security.tamper import execute, without_guards
from tests.security.test_sealing import cut_back, fill, keys_of, open_seal

AT = datetime(2026, 6, 1, 12, 0, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def bundle_of(book: Book, path: Path) -> Path:
    lines = Entry.objects.filter(book=book).order_by("sequence").values_list("line", flat=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("entries.jsonl", b"".join(bytes(line) + b"\n" for line in lines))
    return path


def lose_tail(tmp_path: Path) -> tuple[Book, Path, Checkpoint]:
    """A book of 300 sealed entries whose database is put back to the first 7."""
    sealing.seal(fill(6), at=AT)
    book = fill(100)
    rotation.rotate(book, actor="operator:ada", at=AT)
    newest = LogKey.objects.get(book=book, state=LogKey.State.CURRENT)
    last = sealing.seal(fill(191), at=AT)
    path = bundle_of(book, tmp_path / "bundle.zip")
    with without_guards():
        execute("DELETE FROM security_tile")
        cut_back(book, 7)
        newest.delete()
        LogKey.objects.filter(book=book).update(state=LogKey.State.CURRENT)
    starting.prepare(at=AT)
    book.refresh_from_db()
    assert (book.state, book.size, last.size) == (Book.State.READ_ONLY, 7, 300)
    return book, path, last


def test_entries_come_back_from_an_export(tmp_path: Path) -> None:
    book, path, _ = lose_tail(tmp_path)
    assert recovering.reimport(book, path, actor="operator:ada", at=AT) == 293
    book.refresh_from_db()
    assert (book.state, book.size) == (Book.State.OPEN, 301)
    assert alarms.standing() == []
    assert book.tiles.count() == 1
    sealed = sealing.seal(book, at=AT)
    assert open_seal(sealed).size == 301
    assert len(keys_of(book)) == 2
    assert read(bytes(Entry.objects.get(book=book, sequence=300).line))["kind"] == "book.reimported"


def change_line(lines: list[bytes]) -> None:
    lines[50] = lines[50].replace(b'"n":', b'"m":')


def cut_end(lines: list[bytes]) -> None:
    del lines[-1]


def leave_out(lines: list[bytes]) -> None:
    del lines[100]


def respell(lines: list[bytes]) -> None:
    lines[50] = lines[50].replace(b",", b", ", 1)


@pytest.mark.parametrize("spoil", [change_line, cut_end, leave_out, respell])
def test_an_export_that_does_not_lead_to_the_signed_root_brings_nothing_back(spoil: object, tmp_path: Path) -> None:
    book, path, _ = lose_tail(tmp_path)
    with zipfile.ZipFile(path) as archive:
        lines = archive.read("entries.jsonl").split(b"\n")[:-1]
    spoil(lines)  # type: ignore[operator]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("entries.jsonl", b"".join(line + b"\n" for line in lines))
    with pytest.raises(RecoveryRefused):
        recovering.reimport(book, path, actor="operator:ada", at=AT)
    book.refresh_from_db()
    assert (book.state, book.size, Entry.objects.filter(book=book).count()) == (Book.State.READ_ONLY, 7, 7)


def test_a_successor_says_what_it_follows_and_what_is_lost(tmp_path: Path) -> None:
    book, _, last = lose_tail(tmp_path)
    made = recovering.succeed(book, reason="disk died", actor="operator:ada", at=AT)
    genesis = read(bytes(Entry.objects.get(book=made, sequence=0).line))["payload"]
    assert made.name == "audit-2"
    assert genesis["continues"] == {
        "book": "audit",
        "origin": book.origin,
        "signed_size": 300,
        "signed_root": bytes(last.root).hex(),
        "found_size": 7,
        "found_wrong": "shorter-than-signed",
        "known_lost": 293,
        "reason": "disk died",
    }
    receipt = logbook.append("audit", "test.done", {}, subject="t", actor="a", at=AT)
    assert (receipt.book, receipt.sequence) == ("audit-2", 1)
    assert read(bytes(Entry.objects.get(book=made, sequence=1).line))["book"] == "audit-2"
    assert open_seal(sealing.seal(made, at=AT)).origin == made.origin != book.origin


def test_a_sound_book_is_neither_filled_up_nor_succeeded(tmp_path: Path) -> None:
    book = fill(3)
    sealing.seal(book, at=AT)
    with pytest.raises(RecoveryRefused):
        recovering.reimport(book, bundle_of(book, tmp_path / "b.zip"), actor="a", at=AT)
    with pytest.raises(RecoveryRefused):
        recovering.succeed(book, reason="bored", actor="a", at=AT)
    assert recovering.diagnose(book).wrong is None


def test_a_database_made_anew_remembers_its_former_book() -> None:
    sealing.seal(fill(3), at=AT)
    former = Book.objects.get(name="audit")
    with without_guards():
        for table in ("checkpoint", "entry", "tile", "alarm", "logkey", "opening", "book"):
            execute(f"DELETE FROM security_{table}")
    book = fill(1)
    genesis = read(bytes(Entry.objects.get(book=book, sequence=0).line))["payload"]
    assert [(one["origin"], one["size"]) for one in genesis["former"]] == [(former.origin, 4)]
    assert book.origin != former.origin
