"""Sealing: what a seal proves, and every state of the database in which nothing may be signed."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from security import alarms, logbook, proofs, sealing, starting
from security.errors import BookNotOpen, KeyMissing, KeyRefused, SealRefused
from security.keys import ed25519, memory, rotation
from security.keys.recovery import PRIVATE_FILE
from security.keys.store import folder
from security.merkle import checkpoint as head
from security.merkle import note, tree
from security.merkle.tree import Edge, leaf_hash
from security.models import Book, Checkpoint, Entry, LogKey
from tests.security.tamper import execute, flip, without_guards

AT = datetime(2026, 6, 1, 12, 0, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
pytestmark = pytest.mark.django_db


def fill(many: int, *, book: str = "audit") -> Book:
    logbook.append_many(book, [logbook.NewEntry("test.done", {"n": n}, "t", "a", AT) for n in range(many)])
    return Book.objects.get(name=book)


def keys_of(book: Book) -> list[note.Vkey]:
    return [note.parse_vkey(text) for text in LogKey.objects.filter(book=book).values_list("vkey", flat=True)]


def open_seal(seal: Checkpoint) -> head.Checkpoint:
    sealed = note.parse(seal.note.encode())
    note.verified(sealed, keys_of(seal.book), ed25519.verify)
    return head.parse(sealed.text)


def test_a_seal_is_a_signed_checkpoint_over_the_stored_lines() -> None:
    book = fill(10)
    stated = open_seal(sealing.seal(book, at=AT))
    edge = Edge()
    for line in Entry.objects.filter(book=book).order_by("sequence").values_list("line", flat=True):
        edge.append(leaf_hash(bytes(line)))
    assert stated == head.Checkpoint(book.origin, 11, edge.root())
    assert memory.last_signed(book.origin) == memory.LastSigned(book.origin, "audit", 11, edge.root())


def test_nothing_new_is_no_new_seal() -> None:
    book = fill(3)
    assert sealing.seal(book, at=AT) == sealing.seal(book, at=AT + MINUTE)


def test_each_seal_extends_the_one_before_and_every_entry_is_provable_under_each() -> None:
    book = fill(1)
    seals = []
    for many in (1, 2, 60, 190, 3, 300):
        book = fill(many)
        seals.append(sealing.seal(book, at=AT))
    for old, new in itertools.pairwise(seals):
        sent = proofs.extension(book, old.size, new)
        tree.check_consistency(
            old=old.size, old_root=bytes(old.root), new=new.size, new_root=bytes(new.root), proof=sent.hashes
        )
    for sequence in (0, 1, 63, 255, 256, 400, book.size - 1):
        seal = proofs.seal_over(book, sequence)
        assert seal
        line = bytes(Entry.objects.get(book=book, sequence=sequence).line)
        for one in (seal, seals[-1]):
            proof = proofs.entry_proof(book, sequence, one)
            tree.check_inclusion(
                leaf_hash(line), index=sequence, size=one.size, proof=proof.hashes, root=bytes(one.root)
            )


def test_the_schedule_seals_what_is_new_and_due() -> None:
    fill(1)
    assert {seal.book.name for seal in sealing.seal_due(at=AT, every=MINUTE)} == {"audit", "metrological", "security"}
    fill(1)
    assert sealing.seal_due(at=AT + MINUTE / 2, every=MINUTE) == []
    assert [seal.book.name for seal in sealing.seal_due(at=AT + MINUTE, every=MINUTE)] == ["audit"]


Tampering = Callable[[Book, Checkpoint], None]


def entry_line(book: Book, seal: Checkpoint) -> None:
    line = bytes(Entry.objects.get(book=book, sequence=seal.size + 1).line)
    where = [flip(line), book.pk, seal.size + 1]
    execute("UPDATE security_entry SET line = %s WHERE book_id = %s AND sequence = %s", where)


def entry_leaf(book: Book, seal: Checkpoint) -> None:
    leaf = bytes(Entry.objects.get(book=book, sequence=seal.size + 1).leaf)
    where = [flip(leaf), book.pk, seal.size + 1]
    execute("UPDATE security_entry SET leaf = %s WHERE book_id = %s AND sequence = %s", where)


def spacing(book: Book, seal: Checkpoint) -> None:
    line = bytes(Entry.objects.get(book=book, sequence=seal.size + 1).line).replace(b",", b", ", 1)
    where = [line, book.pk, seal.size + 1]
    execute("UPDATE security_entry SET line = %s WHERE book_id = %s AND sequence = %s", where)


def sealed_leaf(book: Book, seal: Checkpoint) -> None:
    where = [b"0" * 32, book.pk, seal.size - 1]
    execute("UPDATE security_entry SET leaf = %s WHERE book_id = %s AND sequence = %s", where)


def middle_row(book: Book, seal: Checkpoint) -> None:
    execute("DELETE FROM security_entry WHERE book_id = %s AND sequence = %s", [book.pk, seal.size + 1])


def tail(book: Book, seal: Checkpoint) -> None:
    execute("DELETE FROM security_entry WHERE book_id = %s AND sequence >= %s", [book.pk, book.size - 2])


def swapped(book: Book, seal: Checkpoint) -> None:
    place = "UPDATE security_entry SET sequence = %s WHERE book_id = %s AND sequence = %s"
    for new, old in ((-1, seal.size + 1), (seal.size + 1, seal.size + 2), (seal.size + 2, -1)):
        execute(place, [new, book.pk, old])


def other_head(book: Book, seal: Checkpoint) -> None:
    execute("UPDATE security_book SET edge = %s WHERE id = %s", [flip(bytes(book.edge)), book.pk])


def smaller_head(book: Book, seal: Checkpoint) -> None:
    execute("UPDATE security_book SET size = size - 1 WHERE id = %s", [book.pk])


def seal_note(book: Book, seal: Checkpoint) -> None:
    execute(
        "UPDATE security_checkpoint SET note = %s WHERE id = %s",
        [seal.note.replace(f"\n{seal.size}\n", f"\n{seal.size - 1}\n"), seal.pk],
    )


def seal_without_signature(book: Book, seal: Checkpoint) -> None:
    execute("UPDATE security_checkpoint SET note = %s WHERE id = %s", [seal.note.split("\n\n")[0] + "\n\n", seal.pk])


def seal_root(book: Book, seal: Checkpoint) -> None:
    execute("UPDATE security_checkpoint SET root = %s WHERE id = %s", [flip(bytes(seal.root)), seal.pk])


def seal_edge(book: Book, seal: Checkpoint) -> None:
    execute("UPDATE security_checkpoint SET edge = %s WHERE id = %s", [flip(bytes(seal.edge)), seal.pk])


TAMPERED: list[tuple[Tampering, str]] = [
    (entry_line, "line-differs"),
    (entry_leaf, "line-differs"),
    (spacing, "line-differs"),
    (sealed_leaf, "forked"),
    (middle_row, "gap"),
    (tail, "gap"),
    (swapped, "head-differs"),
    (other_head, "head-differs"),
    (smaller_head, "head-differs"),
    (seal_note, "seal-damaged"),
    (seal_without_signature, "seal-damaged"),
    (seal_root, "seal-damaged"),
    (seal_edge, "seal-damaged"),
]


@pytest.mark.parametrize(("change", "code"), TAMPERED, ids=[change.__name__ for change, _ in TAMPERED])
def test_nothing_is_signed_over_a_changed_book(change: Tampering, code: str) -> None:
    seal = sealing.seal(fill(6), at=AT)
    assert seal.size == 7
    book = fill(10)
    with without_guards():
        change(book, seal)
    remembered = memory.last_signed(book.origin)
    with pytest.raises(SealRefused) as refused:
        sealing.seal(book, at=AT)
    assert refused.value.code == code
    assert Checkpoint.objects.filter(book=book).count() == 1
    assert memory.last_signed(book.origin) == remembered
    assert Book.objects.get(pk=book.pk).state == Book.State.READ_ONLY
    assert [alarm.code for alarm in alarms.standing()] == [code]
    assert Entry.objects.filter(book__name="security", kind="book.alarm").count() == 1
    with pytest.raises(BookNotOpen):
        fill(1)


def cut_back(book: Book, size: int) -> None:
    """Delete the tail and put the head right by hand, as an administrator would who knows how it works."""
    edge = Edge()
    for line in Entry.objects.filter(book=book, sequence__lt=size).order_by("sequence").values_list("line", flat=True):
        edge.append(leaf_hash(bytes(line)))
    execute("DELETE FROM security_checkpoint WHERE book_id = %s AND size > %s", [book.pk, size])
    execute("DELETE FROM security_entry WHERE book_id = %s AND sequence >= %s", [book.pk, size])
    execute("UPDATE security_book SET size = %s, edge = %s WHERE id = %s", [size, edge.to_bytes(), book.pk])


def test_a_cut_tail_with_a_mended_head_is_caught_by_the_outside_memory_alone() -> None:
    book = fill(6)
    sealing.seal(book, at=AT)
    book = fill(10)
    later = sealing.seal(book, at=AT)
    with without_guards():
        cut_back(book, 7)
    assert [text for text in starting.prepare(at=AT) if "older state" in text]
    assert Book.objects.get(pk=book.pk).state == Book.State.READ_ONLY
    with pytest.raises(BookNotOpen):
        sealing.seal(book, at=AT)
    assert memory.last_signed(book.origin) == memory.LastSigned(book.origin, "audit", later.size, bytes(later.root))


def test_truncate_then_continue_is_caught_as_a_fork() -> None:
    book = fill(6)
    sealing.seal(book, at=AT)
    sealing.seal(fill(2), at=AT)
    with without_guards():
        cut_back(book, 7)
    book = fill(20)
    with pytest.raises(SealRefused, match="another root"):
        sealing.seal(book, at=AT)


def test_without_any_outside_memory_only_an_earlier_checkpoint_tells() -> None:
    """The limit of it all: with memory and key in hand the past can be signed anew, and an old seal convicts it."""
    book = fill(6)
    sealing.seal(book, at=AT)
    held_elsewhere = sealing.seal(fill(4), at=AT)
    with without_guards():
        cut_back(book, 7)
    for path in folder().glob("*.last.json"):
        path.unlink()
    forged = sealing.seal(fill(9), at=AT)
    proof = proofs.consistency(forged.book, held_elsewhere.size, forged.size)
    with pytest.raises(tree.NotProved):
        tree.check_consistency(
            old=held_elsewhere.size,
            old_root=bytes(held_elsewhere.root),
            new=forged.size,
            new_root=bytes(forged.root),
            proof=proof,
        )


def test_a_crash_between_memory_and_commit_is_signed_again_word_for_word() -> None:
    book = fill(6)
    made = sealing.seal(book, at=AT)
    with without_guards():
        execute("DELETE FROM security_checkpoint")
    again = sealing.seal(book, at=AT + MINUTE)
    assert again.note == made.note
    book = fill(3)
    assert sealing.seal(book, at=AT).size == 10


def test_without_its_key_a_book_is_not_sealed_but_stays_open(own_home: Path) -> None:
    book = fill(3)
    path = own_home / "keys" / "logbook" / f"{keys_of(book)[0].id.hex()}.pem"
    path.chmod(0o644)
    with pytest.raises(KeyRefused):
        sealing.seal(book, at=AT)
    path.chmod(0o600)
    away = path.rename(path.with_suffix(".away"))
    with pytest.raises(KeyMissing):
        sealing.seal(book, at=AT)
    assert [alarm.code for alarm in alarms.standing()] == ["key-missing"]
    away.rename(path)
    sealing.seal(fill(1), at=AT)
    assert alarms.standing() == []


def test_key_files_are_ours_alone(own_home: Path) -> None:
    fill(1)
    files = list((own_home / "keys" / "logbook").iterdir())
    assert len([path for path in files if path.suffix == ".pem"]) == 4
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


def test_a_rotated_key_signs_with_its_predecessor_once() -> None:
    book = fill(1)
    old = LogKey.objects.get(book=book)
    sealing.seal(book, at=AT)
    new = rotation.rotate(book, actor="operator:ada", at=AT)
    told = {entry.kind for entry in Entry.objects.filter(book=book, sequence__gte=2)}
    assert told == {"key.introduced", "key.retired"}
    both = note.parse(sealing.seal(book, at=AT).note.encode())
    assert [one.key_id for one in both.signatures] == [note.parse_vkey(key.vkey).id for key in (old, new)]
    alone = note.parse(sealing.seal(fill(1), at=AT).note.encode())
    assert [one.key_id for one in alone.signatures] == [note.parse_vkey(new.vkey).id]
    old.refresh_from_db()
    assert old.state == LogKey.State.RETIRED


def test_only_the_recovery_key_revokes() -> None:
    book = fill(1)
    stolen = LogKey.objects.get(book=book)
    pem = (folder() / PRIVATE_FILE).read_bytes()
    thief = sealing.store().signer(note.parse_vkey(stolen.vkey))
    statement = rotation.revocation(book.origin, stolen.vkey, AT)
    with pytest.raises(KeyRefused):
        rotation.revoke(book, stolen.vkey, not_after=AT, signature=thief(statement), actor="a", at=AT)
    signature = rotation.sign_revocation(book, stolen.vkey, not_after=AT, recovery_pem=pem)
    rotation.revoke(book, stolen.vkey, not_after=AT, signature=signature, actor="operator:ada", at=AT)
    sealed = note.parse(sealing.seal(book, at=AT).note.encode())
    assert note.parse_vkey(stolen.vkey).id not in [one.key_id for one in sealed.signatures]
    with pytest.raises(KeyRefused):
        rotation.revoke(book, stolen.vkey, not_after=AT, signature=signature, actor="a", at=AT)
