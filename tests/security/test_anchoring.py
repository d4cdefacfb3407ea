"""Witnesses and time-stamp authorities over real HTTP: the honest ones, and every way in which one can be otherwise."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from security import anchoring, exporting, logbook, outbound, proofs, sealing, stamping, trust
from security.keys.store import store
from security.merkle import note, policy
from security.merkle.checkpoint import Checkpoint as Head
from security.merkle.faults import Malformed
from security.models import Alarm, Anchor, Book, Checkpoint, Errand, LogKey, TimestampAuthority
from security.pki.errors import StampRefused
from security.verifying import cms
from security.verifying.examine import Trust, examine
from security.witnessing.memory import Memory
from security.witnessing.rules import Refusal
from security.witnessing.witness import Witness
from tests.security.bundles import members
from tests.sim.authority import Answer, OpensslAuthority, other_imprint, other_nonce, served
from tests.sim.logbook import Signing

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def grow(many: int = 3, *, at: datetime = NOW) -> Book:
    with transaction.atomic():
        for number in range(many):
            logbook.append("metrological", "clock.adjusted", {"n": number}, subject="station:1", actor="x:y", at=at)
    return Book.objects.get(name="metrological")


def rules(book: Book) -> policy.Policy:
    return policy.parse(trust.policy_text(book).encode())


class Colleague:
    """A witness of the real code, served on loopback, with a switch for lies."""

    def __init__(self, folder: Path, book: Book, stack: ExitStack, name: str = "witness.example") -> None:
        self.witness = Witness(Memory(folder / name, name), rules(book), timezone.now)
        self.lie: Any = None
        self.asked = 0
        self.url = stack.enter_context(served(self._serve))
        anchoring.add_witness(name, self.witness.memory.vkey.text(), self.url, actor="operator:ada", at=NOW)

    def _serve(self, path: str, body: bytes) -> tuple[int, bytes, str]:
        self.asked += 1
        if self.lie:
            return self.lie(self, path, body)
        if path.endswith("/checkpoint"):
            held = self.witness.memory.raw(path.split("/")[1])
            return (200, held, "text/plain") if held else (404, b"", "text/plain")
        try:
            return 200, self.witness.add(body).encode(), "text/plain"
        except Refusal as exc:
            return exc.status, exc.body.encode(), exc.kind


def witnessed(book: Book, *, at: datetime = NOW) -> Checkpoint:
    seal = sealing.seal(book, at=at)
    anchoring.run_due(at=at)
    return seal


def test_a_seal_is_cosigned_and_the_policy_is_met(tmp_path: Path, stack: ExitStack) -> None:
    book = grow()
    colleague = Colleague(tmp_path, book, stack)
    for _ in range(3):
        seal = witnessed(grow())
    assert colleague.asked == 3
    assert Errand.objects.filter(status=Errand.Status.DONE).count() == 3
    signers = {one.name for one in proofs.published(seal).signatures}
    assert signers == {book.origin, "witness.example"}
    row = exporting.make(exporting.ask(exporting.Wanted("metrological"), actor="x:y", at=NOW), at=NOW)
    given = Trust(trust.policy_text(book).encode())
    report = examine(str(exporting.file_of(row)), given, now=timezone.now())
    # The export sealed nothing new, so what the witness cosigned heads it.
    assert report.verdict() == "good", report.findings()
    assert "witness-good" in report.counts


def test_a_witness_that_forgot_or_knows_more_than_we_think_is_asked_again(tmp_path: Path, stack: ExitStack) -> None:
    colleague = Colleague(tmp_path, grow(), stack)
    witnessed(grow())
    Anchor.objects.all().delete() if False else Errand.objects.all().delete()
    other = Colleague(tmp_path, grow(), stack, "second.example")
    witnessed(grow())  # the first holds an older size, the second none
    assert Errand.objects.filter(status=Errand.Status.DONE).count() == 2
    assert other.asked == 1
    for file in (tmp_path / "witness.example").glob("*.checkpoint"):
        file.unlink()
    before = colleague.asked
    witnessed(grow())
    assert colleague.asked == before + 2  # a conflict, then the answer
    assert Errand.objects.filter(status=Errand.Status.DONE).count() == 4


def refuse(status: int, body: bytes = b"no\n", kind: str = "text/plain") -> Any:
    return lambda colleague, path, sent: (status, body, kind)


def lying_key(colleague: Colleague, path: str, body: bytes) -> tuple[int, bytes, str]:
    stranger = Signing("witness.example", 4)
    return 200, stranger.cosign("x\n", NOW).line().encode(), "text/plain"


def lying_text(colleague: Colleague, path: str, body: bytes) -> tuple[int, bytes, str]:
    mine = colleague.witness.memory
    made = Signing("witness.example", 4)
    made.private, made.vkey = mine.private, mine.vkey
    return 200, made.cosign("another book\n1\nAAAA\n", NOW).line().encode(), "text/plain"


REFUSALS = [
    (refuse(404), "origin-unknown", ""),
    (refuse(403), "not-trusted", ""),
    (refuse(400), "bad-request", ""),
    (refuse(422), "inconsistent", "witness-disputes:witness.example"),
    (refuse(500), "status", ""),
    (refuse(302), "status", ""),
    (refuse(409, b"3\n"), "unreadable", ""),
    (refuse(409, b"three\n", "text/x.tlog.size"), "unreadable", ""),
    (refuse(409, b"1\n", "text/x.tlog.size"), "conflict", ""),
    (refuse(409, b"999999\n", "text/x.tlog.size"), "lying", "witness-lying:witness.example"),
    (refuse(200, b"garbage\n"), "lying", "witness-lying:witness.example"),
    (refuse(200, b"x" * 100_000), "unreachable", ""),
    (lying_key, "lying", "witness-lying:witness.example"),
    (lying_text, "lying", "witness-lying:witness.example"),
]


@pytest.mark.parametrize(("lie", "code", "alarm"), REFUSALS)
def test_a_witness_that_refuses_or_lies(tmp_path: Path, stack: ExitStack, lie: Any, code: str, alarm: str) -> None:
    book = grow()
    colleague = Colleague(tmp_path, book, stack)
    colleague.lie = lie
    witnessed(book)
    errand = Errand.objects.get()
    assert (errand.status, errand.last_error.split(":")[0]) == (Errand.Status.DUE, code)
    assert not Anchor.objects.exists()
    assert list(Alarm.objects.filter(settled_at=None).values_list("code", flat=True)) == [alarm] * bool(alarm)
    book.refresh_from_db()
    assert book.state == Book.State.OPEN  # a mere claim stops nothing
    # It came to its senses: the errand is run again when it is due, and the alarm is over.
    colleague.lie = None
    assert anchoring.run_due(at=NOW + timedelta(seconds=2)) == 0
    assert anchoring.run_due(at=NOW + timedelta(seconds=6)) == 1
    assert not Alarm.objects.filter(settled_at=None).exists()


def test_it_is_asked_less_and_less_often_while_it_is_away(tmp_path: Path, stack: ExitStack) -> None:
    book = grow()
    colleague = Colleague(tmp_path, book, stack)
    colleague.lie = refuse(500)
    sealing.seal(book, at=NOW)
    at, asked = NOW, []
    while at < NOW + timedelta(days=7):
        before = colleague.asked
        anchoring.run_due(at=at)
        asked += [at] * (colleague.asked - before)
        at = Errand.objects.get().due_at
    gaps = [(later - sooner).total_seconds() for sooner, later in pairwise(asked)]
    assert gaps[:4] == [5, 10, 20, 40]
    assert max(gaps) == 3600
    colleague.lie = None
    assert anchoring.run_due(at=at) == 1  # after a week it catches up


def test_a_witness_that_shows_a_longer_book_signed_by_us_breaks_it(tmp_path: Path, stack: ExitStack) -> None:
    """A twin signs with our key, or all of us was restored to an older state: the memory beside the keys as well."""
    book = grow()
    colleague = Colleague(tmp_path, book, stack)
    vkey = note.parse_vkey(LogKey.objects.get(book=book).vkey)
    text = Head(book.origin, 99, b"\x01" * 32).text()
    colleague.witness.memory.keep(book.origin, note.Note(text, (note.sign(text, vkey, store().signer(vkey)),)))
    witnessed(book)
    book.refresh_from_db()
    assert book.state == Book.State.READ_ONLY
    assert Alarm.objects.get(settled_at=None).code == "witness-knows-more"
    assert not Anchor.objects.exists()


def test_only_the_newest_seal_is_anchored(tmp_path: Path, stack: ExitStack) -> None:
    book = grow()
    Colleague(tmp_path, book, stack)
    sealing.seal(book, at=NOW)
    newest = witnessed(grow())
    assert list(Anchor.objects.values_list("checkpoint_id", flat=True)) == [newest.pk]
    assert set(Errand.objects.values_list("status", flat=True)) == {Errand.Status.DONE, Errand.Status.SUPERSEDED}


# ── time stamps ──────────────────────────────────────────────────────────────────────────────────────────────────


def add(authority: OpensslAuthority, answer: Answer, stack: ExitStack, name: str = "Zeitsiegel") -> TimestampAuthority:
    url = stack.enter_context(served(lambda path, body: (*answer(body), "application/timestamp-reply")))
    return anchoring.add_authority(name, url, authority.chain, interval_s=0, actor="operator:ada", at=NOW)


def test_a_stamp_that_openssl_accepts(tmp_path: Path, stack: ExitStack) -> None:
    book = grow()
    outside = OpensslAuthority(tmp_path / "tsa")
    add(outside, lambda query: (200, outside.answer(query)), stack)
    seal = witnessed(book, at=timezone.now())
    anchor = Anchor.objects.get()
    (tmp_path / "body").write_text(proofs.published(seal).text)
    (tmp_path / "t.tsr").write_bytes(bytes(anchor.body))
    command = ["openssl", "ts", "-verify", "-data", "body", "-in", "t.tsr", "-CAfile", str(outside.ca)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Verification: OK" in done.stdout, done.stderr
    row = exporting.make(exporting.ask(exporting.Wanted("metrological"), actor="x:y", at=NOW), at=timezone.now())
    path = exporting.file_of(row)
    assert {f"tsa/{seal.size:010d}.tsr", "tsa/Zeitsiegel.pem"} <= set(members(path))
    pem = exporting.authority(at=NOW).pem() + outside.chain.encode()
    report = examine(str(path), Trust(trust.policy_text(book).encode(), pem), now=timezone.now())
    assert report.verdict() == "good", report.findings()
    assert report.counts["stamp-good"] == 2  # the checkpoint and SHA256SUMS
    without = examine(str(path), Trust(trust.policy_text(book).encode()), now=timezone.now())
    assert (without.verdict(), without.counts["stamp-foreign"]) == ("good", 2)


def wrong(kind: str, folder: Path) -> tuple[OpensslAuthority, Answer]:
    honest = OpensslAuthority(folder / "honest")
    if kind == "another house":
        other = OpensslAuthority(folder / "other")
        return honest, lambda query: (200, other.answer(query))
    table: dict[str, Answer] = {
        "garbage": lambda query: (200, b"\x30\x03garbage"),
        "nothing": lambda query: (200, b""),
        "status": lambda query: (503, b""),
        "nonce": other_nonce(honest),
        "imprint": other_imprint(honest),
        "refusal": lambda query: (200, bytes.fromhex("30053003020102")),
    }
    return honest, table[kind]


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("garbage", "unreadable"),
        ("nothing", "unreadable"),
        ("refusal", "unreadable"),
        ("status", "status"),
        ("nonce", "nonce"),
        ("imprint", "imprint"),
        ("another house", "signer"),
    ],
)
def test_a_stamp_that_must_not_be_kept(tmp_path: Path, stack: ExitStack, kind: str, code: str) -> None:
    authority = add(*wrong(kind, tmp_path), stack)
    with pytest.raises(StampRefused) as caught:
        stamping.ask(authority, b"data", at=timezone.now())
    assert caught.value.code == code
    witnessed(grow())
    errand = Errand.objects.get()
    assert (errand.status, errand.last_error.split(":")[0]) == (Errand.Status.DUE, code)


def test_a_stamp_from_the_future_is_refused(tmp_path: Path, stack: ExitStack) -> None:
    outside = OpensslAuthority(tmp_path / "tsa")
    authority = add(outside, lambda query: (200, outside.answer(query)), stack)
    with pytest.raises(StampRefused) as caught:
        stamping.ask(authority, b"data", at=datetime(2020, 1, 1, tzinfo=UTC))
    assert caught.value.code == "future"


def test_a_certificate_that_has_expired_since_still_proves_its_stamp(tmp_path: Path, stack: ExitStack) -> None:
    outside = OpensslAuthority(tmp_path / "tsa", end=timedelta(seconds=1))
    authority = add(outside, lambda query: (200, outside.answer(query)), stack)
    got = stamping.ask(authority, b"data", at=timezone.now())
    stamp = cms.read_stamp(got.body)
    roots = cms.read_authorities(outside.chain.encode())
    cms.trust(stamp.signed, roots, stamp.at, purpose=cms.TIME_STAMPING)
    with pytest.raises(cms.ForeignSigner, match="not valid"):
        cms.trust(stamp.signed, roots, stamp.at + timedelta(days=2), purpose=cms.TIME_STAMPING)


def test_an_export_falls_back_to_our_own_clock(tmp_path: Path, stack: ExitStack) -> None:
    book = grow()
    add(*wrong("status", tmp_path), stack)
    row = exporting.make(exporting.ask(exporting.Wanted("metrological"), actor="x:y", at=NOW), at=NOW)
    given = Trust(trust.policy_text(book).encode(), exporting.authority(at=NOW).pem())
    report = examine(str(exporting.file_of(row)), given, now=timezone.now())
    stamps = [finding.text for finding in report.findings() if finding.code == "stamp-good"]
    assert "own clock" in stamps[0]


def test_no_address_but_http_is_asked() -> None:
    for url in ("file:///etc/passwd", "ftp://127.0.0.1/", "//x", "http://[::1"):
        with pytest.raises((outbound.Unreachable, ValueError)):
            outbound.get(url, limit=10)


def test_a_vkey_that_is_none_is_no_witness() -> None:
    with pytest.raises(Malformed):
        anchoring.add_witness("w", "not a key", "http://127.0.0.1", actor="operator:ada", at=NOW)
