"""Files that only look like bundles: names that escape, bombs, doubles, strangers, damage; and unpacked folders."""

import struct
import warnings
import zipfile
from pathlib import Path

import pytest

from tests.security.bundles import Bench, changed, codes, members
from tests.sim.logbook import PaperBook

STRANGE_NAMES = [
    "../outside.txt",
    "/etc/passwd",
    "C:\\windows\\x.txt",
    "proofs/../../x",
    "tsa\\x.tsr",
    "original/a/b.txt",
    "original/..",
    "checkpoints/1.txt",
    "notes.txt",
    "__MACOSX/._checkpoint",
    "tsa/",
]


@pytest.mark.parametrize("name", STRANGE_NAMES)
def test_a_stranger_among_the_members(bench: Bench, book: PaperBook, whole: Path, name: str, tmp_path: Path) -> None:
    report = bench.check(bench.pack({**members(whole), name: b"x"}), book)
    assert report.verdict() == "tampered"
    assert {"name-unsafe", "member-twice"} & codes(report) or "sum-differs" in codes(report)
    assert not (bench.folder.parent / "outside.txt").exists()


@pytest.mark.parametrize("name", ["entries.jsonl", "checkpoint", "Checkpoint", "SHA256SUMS.p7s"])
def test_a_member_that_is_there_twice(bench: Bench, book: PaperBook, whole: Path, name: str) -> None:
    path = bench.pack(members(whole))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with zipfile.ZipFile(path, "a") as file:
            file.writestr(name, b"another")
    report = bench.check(path, book)
    assert report.verdict() == "tampered"
    assert "member-twice" in codes(report)


def test_members_in_another_order_are_no_harm(bench: Bench, book: PaperBook, whole: Path) -> None:
    held = members(whole)
    assert bench.check(bench.pack(dict(reversed(held.items()))), book).verdict() == "good"


@pytest.mark.parametrize(
    "name", ["SHA256SUMS", "SHA256SUMS.p7s", "SHA256SUMS.tsr", "checkpoint", "entries.jsonl", "verify.py"]
)
def test_a_member_that_is_missing(bench: Bench, book: PaperBook, whole: Path, name: str) -> None:
    held = members(whole)
    del held[name]
    report = bench.check(bench.pack(held), book)
    assert report.verdict() == "tampered"
    assert "member-missing" in codes(report)


def test_a_bomb_in_a_small_member_is_not_read_to_its_end(bench: Bench, book: PaperBook, whole: Path) -> None:
    path = bench.pack({**members(whole), "checkpoint": b"\n" * (300 << 20)})
    assert path.stat().st_size < 1 << 20
    report = bench.check(path, book)
    assert report.verdict() == "tampered"
    assert "member-too-large" in codes(report)


def test_a_bomb_of_one_endless_line(bench: Bench, book: PaperBook, whole: Path) -> None:
    path = bench.pack({**members(whole), "entries.jsonl": b"x" * (200 << 20)})
    report = bench.check(path, book)
    assert report.verdict() == "tampered"
    assert "entry-malformed" in codes(report)


def test_more_than_the_directory_says(bench: Bench, book: PaperBook, whole: Path) -> None:
    """The size in the directory is made smaller than what the member holds."""
    raw = bytearray(bench.pack(members(whole)).read_bytes())
    place = raw.rfind(b"entries.jsonl") - 46
    assert raw[place : place + 4] == b"PK\x01\x02"
    struct.pack_into("<I", raw, place + 24, 100)
    report = bench.check(bench.write("short.zip", bytes(raw)), book)
    assert report.verdict() == "tampered"


def test_a_damaged_zip(bench: Bench, book: PaperBook, whole: Path) -> None:
    raw = whole.read_bytes()
    for cut in (0, 10, len(raw) // 2, len(raw) - 10):
        assert bench.check(bench.write("cut.zip", raw[:cut]), book).verdict() == "tampered"


@pytest.mark.parametrize("part", range(12))
def test_a_bit_flipped_anywhere_in_the_file(bench: Bench, book: PaperBook, whole: Path, part: int) -> None:
    """Either it is found, or it is a bit of the zip's own frame that changes no member."""
    raw = bytearray(whole.read_bytes())
    for place in range(part * 37, len(raw), len(raw) // 12):
        flipped = bytearray(raw)
        flipped[place] ^= 0x10
        path = bench.write(f"flip-{part}.zip", bytes(flipped))
        report = bench.check(path, book)
        assert report.verdict() == "tampered" or members(path) == members(whole), place


def test_an_unpacked_folder(bench: Bench, book: PaperBook, whole: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(whole) as file:
        file.extractall(tmp_path / "unpacked")
    assert bench.check(tmp_path / "unpacked", book).verdict() == "good"
    (tmp_path / "unpacked" / "stranger.txt").write_text("x")
    assert bench.check(tmp_path / "unpacked", book).verdict() == "tampered"


def test_a_line_end_changed_in_a_signed_record_is_no_tools_doing(bench: Bench, book: PaperBook, whole: Path) -> None:
    name = "original/DE-ABC-E0001-2026-06-01.ocmf"
    report = bench.check(bench.pack(changed(whole, name, lambda data: data + b"\r\n")), book)
    assert report.verdict() == "tampered"
