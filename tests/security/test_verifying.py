# ruff: noqa: E501 (a table of faults, one a row)
"""Bundles that were tampered with in each way, and what the verifier says."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from security.bundling.source import Span
from security.verifying import cms
from security.verifying.der import DerError
from tests.security.bundles import Bench, changed, codes, members, strip_signatures
from tests.sim.logbook import START, PaperBook, Signing

Change = Callable[[bytes], bytes]


@pytest.mark.requirement("O04")
@pytest.mark.parametrize("span", [(0, 53), (0, 40), (10, 53), (10, 40), (30, 30), (53, 53), (0, 0)])
@pytest.mark.parametrize("depth", ["integrity", "json", "full"])
def test_an_honest_bundle_is_good(bench: Bench, book: PaperBook, span: tuple[int, int], depth: str) -> None:
    path = bench.export(book, Span(*span))
    report = bench.check(path, book, depth=depth)
    assert report.verdict() == "good", report.findings()
    assert "range-good" in report.counts


def test_a_selection_is_good_and_says_its_limits(bench: Bench, book: PaperBook, selection: Path) -> None:
    report = bench.check(selection, book)
    assert report.verdict() == "good"
    assert {"selection-good", "selection-limits"} <= set(report.counts)


def flip(place: int) -> Change:
    return lambda data: data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


@pytest.mark.requirement("O04")
def test_one_byte_changed_in_each_member_is_found(bench: Bench, book: PaperBook, whole: Path, part: Path) -> None:
    """The administrator may even have made the sums fit again, without the key that signs them."""
    for path in (whole, part):
        for name, data in members(path).items():
            for place in (0, len(data) // 2, len(data) - 1):
                report = bench.check(bench.pack(changed(path, name, flip(place))), book)
                assert report.verdict() == "tampered", (name, place, report.findings())


UNPROVING = {"README.txt", "keys.txt", "report.pdf", "verify.py", "original/DE-ABC-E0001-2026-06-01.ocmf"}


def test_one_byte_changed_and_all_sums_signed_anew(bench: Bench, book: PaperBook, whole: Path, part: Path) -> None:
    """With the certificate's key stolen too, what the book itself proves still stands; the rest is the signer's word."""
    for path in (whole, part):
        for name, data in members(path).items():
            if name in UNPROVING or name.startswith("SHA256SUMS"):
                continue
            # In a checkpoint: its text. A stranger's signature line may be added or lost without harm, by rule.
            place = 5 if name.startswith("checkpoint") else 40 if name.startswith("proofs/") else len(data) // 2
            report = bench.check(bench.reseal(changed(path, name, flip(place))), book)
            assert report.verdict() == "tampered", (name, report.findings())


@pytest.mark.parametrize("name", ["SHA256SUMS.p7s", "SHA256SUMS.tsr"])
def test_no_bit_of_a_signature_file_is_without_meaning(bench: Bench, book: PaperBook, whole: Path, name: str) -> None:
    data, sums = members(whole)[name], members(whole)["SHA256SUMS"]
    authorities = cms.read_authorities(bench.authority.pem())
    for place in range(len(data)):
        bad = flip(place)(data)
        with pytest.raises((cms.CmsError, DerError, cms.ForeignSigner)):
            judge(name, bad, sums, authorities)


def judge(name: str, data: bytes, sums: bytes, authorities: list[object]) -> None:
    if name.endswith("tsr"):
        stamp = cms.read_stamp(data)
        cms.trust(stamp.signed, authorities, stamp.at, purpose=cms.TIME_STAMPING)
        assert cms.stamps(stamp, sums)
    else:
        signed = cms.read_signed(data, sums)
        assert signed.signing_time is not None
        cms.trust(signed, authorities, signed.signing_time)


def lines(change: Callable[[list[bytes]], list[bytes]]) -> Change:
    return lambda data: b"".join(line + b"\n" for line in change(data.split(b"\n")[:-1]))


def edit(place: int, **values: object) -> Change:
    def change(kept: list[bytes]) -> list[bytes]:
        entry = {**json.loads(kept[place]), **values}
        line = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        return [*kept[:place], line, *kept[place + 1 :]]

    return lines(change)


ENTRY_FAULTS: dict[str, tuple[Change, str]] = {
    "a value changed": (edit(20, subject="station:X"), "root-differs"),
    "first removed": (lines(lambda kept: kept[1:]), "entry-gap"),
    "middle removed": (lines(lambda kept: kept[:25] + kept[26:]), "entry-gap"),
    "last removed": (lines(lambda kept: kept[:-1]), "end-missing"),
    "last ten removed": (lines(lambda kept: kept[:-10]), "end-missing"),
    "all removed": (lambda _: b"", "end-missing"),
    "two swapped": (lines(lambda kept: [*kept[:9], kept[10], kept[9], *kept[11:]]), "entry-gap"),
    "one twice": (lines(lambda kept: [*kept[:9], kept[9], kept[9], *kept[10:]]), "entry-gap"),
    "one inserted": (lines(lambda kept: [*kept[:9], kept[9].replace(b"E0000", b"E0009"), *kept[9:]]), "entry-gap"),
    "one added": (lines(lambda kept: [*kept, kept[-1].replace(b'"sequence":53', b'"sequence":54')]), "beyond-head"),
    "renumbered": (lines(lambda kept: [*kept[:9], *(k.replace(b"x", b"x") for k in kept[10:])]), "entry-gap"),
    "from another book": (edit(20, book="audit"), "entry-elsewhere"),
    "keys in another order": (
        lines(lambda k: [b'{"subject":"s",' + k[0][1:].replace(b',"subject":"station:DE*ABC*E0000"', b""), *k[1:]]),
        "entry-malformed",
    ),
    "white space": (lines(lambda kept: [kept[0].replace(b":", b": ", 1), *kept[1:]]), "entry-malformed"),
    "a float": (lines(lambda kept: [kept[0].replace(b'"bound_ns":', b'"bound_ns":1.0,"x":'), *kept[1:]]), "entry-malformed"),
    "a key twice": (lines(lambda kept: [kept[0].replace(b'{"actor"', b'{"actor":"a","actor"'), *kept[1:]]), "entry-malformed"),
    "a member more": (edit(3, extra="x"), "entry-malformed"),
    "no line end": (lambda data: data[:-1], "entry-malformed"),
    "an empty line": (lines(lambda kept: [*kept[:9], b"", *kept[9:]]), "entry-malformed"),
    "not JSON": (lines(lambda kept: [*kept[:9], b"\xff\x00", *kept[10:]]), "entry-malformed"),
    "endless line": (lines(lambda kept: [kept[0] + b" " * 200_000, *kept[1:]]), "entry-malformed"),
    "another time form": (edit(20, at="2026-06-01 00:20:00"), "entry-malformed"),
}  # fmt: skip


@pytest.mark.parametrize("fault", ENTRY_FAULTS)
def test_entries_tampered_with_although_all_sums_fit(bench: Bench, book: PaperBook, whole: Path, fault: str) -> None:
    change, code = ENTRY_FAULTS[fault]
    report = bench.check(bench.reseal(changed(whole, "entries.jsonl", change)), book)
    assert report.verdict() == "tampered"
    assert code in report.counts, report.findings()


@pytest.mark.parametrize("depth", ["integrity", "json"])
@pytest.mark.parametrize("fault", ENTRY_FAULTS)
def test_a_quicker_look_finds_the_same_tampering(
    bench: Bench, book: PaperBook, whole: Path, fault: str, depth: str
) -> None:
    report = bench.check(bench.reseal(changed(whole, "entries.jsonl", ENTRY_FAULTS[fault][0])), book, depth=depth)
    assert report.verdict() == "tampered"


def test_it_says_which_entries_it_cannot_vouch_for(bench: Bench, book: PaperBook, whole: Path) -> None:
    report = bench.check(bench.reseal(changed(whole, "entries.jsonl", edit(40, actor="nobody"))), book)
    where = [finding.where for finding in report.findings() if finding.code == "root-differs"]
    assert where[0] == "entries 31–50"


HEAD_FAULTS: dict[str, tuple[Change, str, str]] = {
    "no signature": (lambda raw: raw[: raw.rfind(b"\n\n") + 2], "head-malformed", "tampered"),
    "the log's signature taken off": (
        lambda raw: strip_signatures(raw, lambda one: one.name.startswith("witness")),
        "head-unsigned",
        "undecided",
    ),
    "the witnesses taken off": (
        lambda raw: strip_signatures(raw, lambda one: not one.name.startswith("witness")),
        "quorum-missed",
        "undecided",
    ),
    "one witness taken off": (
        lambda raw: strip_signatures(raw, lambda one: not one.name.startswith("witness2")),
        "quorum-missed",
        "undecided",
    ),
    "a root changed": (lambda raw: raw.replace(raw.split(b"\n")[2], b"A" * 43 + b"="), "two-roots", "tampered"),
    "a leading zero": (lambda raw: raw.replace(b"\n54\n", b"\n054\n"), "head-malformed", "tampered"),
    "another origin": (lambda raw: raw.replace(b"example.org/log", b"example.net/log"), "head-elsewhere", "tampered"),
    "no last line end": (lambda raw: raw[:-1], "head-malformed", "tampered"),
    "a wrong size": (lambda raw: raw.replace(b"\n54\n", b"\n55\n"), "end-missing", "tampered"),
    "seventeen strangers": (
        lambda raw: raw + b"".join(Signing(f"s{n}.example").sign("x\n").line().encode() for n in range(17)),
        "heads-good",
        "good",
    ),
}


@pytest.mark.parametrize("fault", HEAD_FAULTS)
def test_heads_tampered_with(bench: Bench, book: PaperBook, whole: Path, fault: str) -> None:
    change, code, verdict = HEAD_FAULTS[fault]
    held = changed(whole, "checkpoint", change)
    held["checkpoints/0000000054.txt"] = (
        held["checkpoint"] if verdict != "tampered" else held["checkpoints/0000000054.txt"]
    )
    report = bench.check(bench.reseal(held), book)
    assert (report.verdict(), code in report.counts) == (verdict, True), report.findings()


def test_a_known_key_with_a_bad_signature_fails(bench: Bench, book: PaperBook, whole: Path) -> None:
    other = book.key.sign("something else\n").line().encode()

    def swap(raw: bytes) -> bytes:
        return strip_signatures(raw, lambda one: one.name.startswith("witness")) + other

    report = bench.check(bench.reseal(changed(whole, "checkpoint", swap)), book)
    assert report.verdict() == "tampered"
    assert "head-signature-bad" in report.counts


def test_a_lying_witness_fails(bench: Bench, book: PaperBook, whole: Path) -> None:
    other = book.witnesses[0].cosign("something else\n", START).line().encode()

    def swap(raw: bytes) -> bytes:
        return strip_signatures(raw, lambda one: not one.name.startswith("witness1")) + other

    assert bench.check(bench.reseal(changed(whole, "checkpoint", swap)), book).verdict() == "tampered"


def twin(book: PaperBook, count: int = 54) -> PaperBook:
    """The same book by somebody who has another log key."""
    made = PaperBook(book.book)
    made.origin = book.origin
    made.key = Signing(made.origin)
    made.signers = [made.key]
    made.entries = book.entries[:count]
    made.seal(witnessed=0)
    return made


@pytest.mark.requirement("O04")
def test_everything_signed_anew_by_other_keys_cannot_be_decided(bench: Bench, book: PaperBook) -> None:
    report = bench.check(bench.export(twin(book)), book)
    assert report.verdict() == "undecided"
    assert {"head-unsigned", "quorum-missed"} <= codes(report)


def test_without_a_policy_nothing_is_decided(bench: Bench, whole: Path) -> None:
    status, told = bench.run(whole)
    assert (status, told["verdict"]) == (3, "undecided")


def test_a_policy_for_another_book_decides_nothing(bench: Bench, whole: Path) -> None:
    report = bench.check(whole, PaperBook("audit"))
    assert report.verdict() == "undecided"
    assert "origin-unknown" in report.counts


def test_another_house_signed_the_sums(bench: Bench, book: PaperBook, whole: Path, tmp_path: Path) -> None:
    other = Bench(tmp_path)
    report = bench.check(other.reseal(members(whole)), book)
    assert report.verdict() == "undecided"
    assert "signer-foreign" in report.counts


# ── the administrator who has the log key too ────────────────────────────────────────────────────────────────────


def rewritten(book: PaperBook, count: int) -> PaperBook:
    """The last rows deleted and the head fixed by hand, signed with the stolen log key; the witnesses do not join in."""
    made = PaperBook(book.book)
    made.key, made.signers, made.witnesses = book.key, book.signers, book.witnesses
    made.entries = list(book.entries[:count])
    return made


@pytest.mark.requirement("O04")
def test_ten_deleted_entries_are_caught_by_an_earlier_checkpoint(bench: Bench, book: PaperBook) -> None:
    forged = rewritten(book, 44)
    forged.seal(witnessed=0)
    path = bench.export(forged)
    assert bench.check(path, book, quorum=0).verdict() == "good"  # nothing inside it can tell
    report = bench.check(path, book, quorum=0, previous=book.top().note)
    assert report.verdict() == "tampered"
    assert "previous-longer" in report.counts


@pytest.mark.requirement("O04")
def test_ten_deleted_entries_are_caught_by_a_witness(bench: Bench, book: PaperBook) -> None:
    forged = rewritten(book, 44)
    forged.seal(witnessed=0)
    report = bench.check(bench.export(forged), book, quorum=1)
    assert report.verdict() == "undecided"
    assert "quorum-missed" in report.counts


def test_deleted_and_grown_again_is_caught_by_an_earlier_checkpoint(bench: Bench, book: PaperBook) -> None:
    forged = rewritten(book, 44)
    forged.grow(20).append(actor="nobody")
    forged.entries[50] = forged.entries[50].replace(b"OCPP", b"hand")
    forged.seal(witnessed=0)
    for span in (Span(0, 64), Span(54, 64)):
        report = bench.check(bench.export(forged, span), book, quorum=0, previous=book.top().note)
        assert report.verdict() == "tampered", report.findings()
        assert "previous-differs" in report.counts


@pytest.mark.parametrize("first", [0, 30, 31, 51, 54])
def test_a_book_that_grew_extends_what_the_auditor_holds(bench: Bench, book: PaperBook, first: int) -> None:
    grown = rewritten(book, 54)
    grown.heads = list(book.heads)
    grown.grow(10).seal()
    report = bench.check(bench.export(grown, Span(first, 63)), book, previous=book.top().note)
    assert report.verdict() == "good", report.findings()
    assert "previous-good" in report.counts


def test_nothing_connects_with_a_checkpoint_before_the_part(bench: Bench, book: PaperBook, part: Path) -> None:
    early = rewritten(book, 5)
    report = bench.check(part, book, previous=early.seal().note)
    assert report.verdict() == "undecided"
    assert "previous-unproved" in report.counts


# ── proofs, edge, openings ───────────────────────────────────────────────────────────────────────────────────────


def test_a_selection_with_one_entry_changed(bench: Bench, book: PaperBook, selection: Path) -> None:
    report = bench.check(bench.reseal(changed(selection, "entries.jsonl", edit(3, actor="nobody"))), book)
    assert report.verdict() == "tampered"
    assert "proof-fails" in report.counts


def test_a_selection_without_one_of_its_proofs(bench: Bench, book: PaperBook, selection: Path) -> None:
    held = members(selection)
    del held["proofs/inclusion/4.tlog-proof"]
    report = bench.check(bench.reseal(held), book)
    assert report.verdict() == "tampered"
    assert "entry-unproved" in report.counts


def test_a_selection_without_one_of_its_entries(bench: Bench, book: PaperBook, selection: Path) -> None:
    report = bench.check(bench.reseal(changed(selection, "entries.jsonl", lines(lambda kept: kept[1:]))), book)
    assert report.verdict() == "tampered"


def test_a_part_whose_edge_is_of_another_tree(bench: Bench, book: PaperBook, part: Path) -> None:
    other = PaperBook().grow(12).append("x") and PaperBook().grow(11)
    other.entries[0] = other.entries[0].replace(b"OCPP", b"hand")
    other.seal(witnessed=0)
    edge = members(bench.export(other, Span(10, 10)))["edge.txt"]
    report = bench.check(bench.reseal(changed(part, "edge.txt", lambda _: edge)), book)
    assert report.verdict() == "tampered"


def test_a_part_without_its_edge(bench: Bench, book: PaperBook, part: Path) -> None:
    held = members(part)
    del held["edge.txt"]
    assert bench.check(bench.reseal(held), book).verdict() == "tampered"


def test_a_part_without_the_proof_of_its_last_entry(bench: Bench, book: PaperBook, part: Path) -> None:
    held = members(part)
    del held["proofs/inclusion/40.tlog-proof"]
    report = bench.check(bench.reseal(held), book)
    assert report.verdict() == "tampered"
    assert "end-missing" in report.counts


def test_no_consistency_with_a_head_behind_the_part(bench: Bench, book: PaperBook, part: Path) -> None:
    held = members(part)
    del held["proofs/consistency/51-54.txt"]
    report = bench.check(bench.reseal(held), book)
    assert report.verdict() == "undecided"
    assert "proof-missing" in report.counts


def test_an_opening_with_another_value(bench: Bench, book: PaperBook, whole: Path) -> None:
    other = changed(whole, "openings.jsonl", lambda data: data.replace("Lövelace".encode(), b"Byron"))
    report = bench.check(bench.reseal(other), book)
    assert report.verdict() == "tampered"
    assert "opening-fails" in report.counts


def test_without_the_right_no_opening_leaves_the_house(bench: Bench, book: PaperBook) -> None:
    held = members(bench.export(book))
    assert "openings.jsonl" not in held
    assert not any("Lövelace".encode() in data for data in held.values())


# ── time ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def dated(at: str) -> PaperBook:
    book = PaperBook()
    book.grow(10).seal()
    book.append(at=at)
    book.grow(5).seal()
    return book


def test_an_entry_dated_back_behind_a_witness(bench: Bench) -> None:
    book = dated("2026-05-31T12:00:00.000000Z")
    report = bench.check(bench.export(book), book)
    assert report.verdict() == "undecided"
    assert {"time-before-anchor", "time-regressed"} <= codes(report)


def test_an_entry_dated_forward_of_a_witness(bench: Bench) -> None:
    book = dated("2026-06-03T12:00:00.000000Z")
    report = bench.check(bench.export(book), book)
    assert report.verdict() == "undecided"
    assert "time-after-anchor" in codes(report)


def test_a_clock_that_went_back_is_a_warning(bench: Bench) -> None:
    book = PaperBook()
    book.grow(30).append(at="2026-06-01T00:05:00.000000Z")
    book.seal(at=START + timedelta(minutes=30))
    report = bench.check(bench.export(book), book)
    assert report.verdict() == "good"
    assert codes(report) == {"time-regressed"}
