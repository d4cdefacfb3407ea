"""Keys that come and go: introduced, retired, revoked; as the book tells it, judged by what the auditor holds."""

from datetime import UTC, datetime, timedelta

import pytest

from security.verifying.findings import Report
from security.verifying.keyhistory import introduction
from tests.security.bundles import Bench, codes
from tests.sim.logbook import FORM, START, PaperBook, Signing

LATER = START + timedelta(days=1)


def opened(host: str = "example.org") -> tuple[PaperBook, Signing]:
    """A book whose entry 0 names a recovery key."""
    book, recovery = PaperBook(host=host), Signing("recovery")
    book.append("book.opened", {"recovery": recovery.vkey.text()})
    book.grow(4).seal()
    return book, recovery


def introduce(book: PaperBook, *, proved_by: Signing | None = None) -> tuple[Signing, Signing]:
    old, new = book.signers[-1], Signing(book.origin)
    proof = (proved_by or new).private.sign(introduction(new.vkey)).hex()
    book.append("key.introduced", {"vkey": new.vkey.text(), "proof": proof})
    book.append("key.retired", {"vkey": old.vkey.text(), "successor": new.vkey.text()})
    return old, new


def rotate(book: PaperBook) -> tuple[Signing, Signing]:
    old, new = introduce(book)
    book.signers = [old, new]
    book.seal()
    book.signers = [new]
    return old, new


def revoke(book: PaperBook, key: Signing, recovery: Signing, until: datetime) -> None:
    said = until.strftime(FORM)
    statement = f"meridian key revoked v1\n{book.origin}\n{key.vkey.text()}\n{said}\n".encode()
    signature = recovery.private.sign(statement).hex()
    book.append("key.revoked", {"vkey": key.vkey.text(), "not_after": said, "signature": signature})


def check(bench: Bench, book: PaperBook) -> Report:
    return bench.check(bench.export(book), book)


def test_whoever_knows_the_first_key_can_follow(bench: Bench) -> None:
    book, _ = opened()
    for _ in range(3):
        rotate(book)
        book.grow(3).seal()
    report = check(bench, book)
    assert report.verdict() == "good", report.findings()
    assert report.counts["key-introduced"] == 3


def test_a_key_that_nobody_sealed_in_is_not_followed(bench: Bench) -> None:
    """The thief has the database but not the old key: the entry is there, and no seal of the old key covers it."""
    book, _ = opened()
    _, new = introduce(book)
    book.signers = [new]
    book.grow(3).seal(witnessed=0)
    report = check(bench, book)
    assert report.verdict() == "undecided"
    assert "head-unsigned" in codes(report)


def test_a_key_without_proof_that_somebody_holds_it(bench: Bench) -> None:
    book, _ = opened()
    introduce(book, proved_by=Signing("other"))
    book.seal()
    report = check(bench, book)
    assert report.verdict() == "tampered"
    assert "key-unproved" in codes(report)


def test_a_retired_key_that_signs_on(bench: Bench) -> None:
    book, _ = opened()
    old, _ = rotate(book)
    book.signers = [old]
    book.grow(3).seal()
    report = check(bench, book)
    assert report.verdict() == "tampered"
    assert "key-retired" in codes(report)


@pytest.mark.parametrize(
    ("until", "witnessed", "verdict"),
    [(LATER, 2, "good"), (START, 2, "undecided"), (LATER, 0, "undecided")],
)
def test_a_revoked_key_counts_as_far_as_somebody_dates_it(
    bench: Bench, until: datetime, witnessed: int, verdict: str
) -> None:
    book, recovery = opened()
    revoke(book, book.key, recovery, until)
    book.grow(2).seal(witnessed=witnessed)
    report = bench.check(bench.export(book), book, quorum=0)
    assert report.verdict() == verdict, report.findings()
    assert ("key-revoked" in codes(report)) == (verdict != "good")


def test_after_a_revocation_the_new_policy_still_reads_the_old_seals(bench: Bench) -> None:
    book, recovery = opened()
    stolen, new = rotate(book)
    revoke(book, stolen, recovery, START)
    book.grow(2).seal()
    book.key = new  # the policy that auditors get from now on
    report = check(bench, book)
    assert report.verdict() == "good", report.findings()


def test_a_revocation_by_anybody_else(bench: Bench) -> None:
    book, _ = opened()
    revoke(book, book.key, Signing("recovery"), datetime(2026, 5, 1, tzinfo=UTC))
    book.seal()
    report = check(bench, book)
    assert report.verdict() == "tampered"
    assert "revocation-unproved" in codes(report)


def test_a_witness_key_does_not_sign_for_the_log(bench: Bench) -> None:
    book, _ = opened()
    book.signers = [book.witnesses[0]]
    book.grow(2).seal()
    assert check(bench, book).verdict() != "good"
