"""Exports from the database, by the service and by the command; and what an auditor's own tools say about them."""

import json
import re
import shutil
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from security import exporting, logbook, proofs, trust
from security.errors import NothingToExport
from security.exporting import Wanted
from security.models import Book, Checkpoint, Entry, Export, JobStatus
from security.verifying.examine import Trust, examine
from security.verifying.findings import Report
from tests.security.bundles import members
from tests.security.tamper import execute, without_guards

pytestmark = pytest.mark.django_db
AT = datetime(2026, 6, 1, 8, tzinfo=UTC)


def fill(many: int = 40) -> Book:
    with transaction.atomic():
        for number in range(many):
            logbook.append(
                "metrological",
                "clock.adjusted",
                {"delta_ns": number * 10**9},
                subject=f"station:{number % 4}",
                actor="system:console",
                at=AT + timedelta(hours=number),
                personal={"tag": f"secret-{number}"} if number == 7 else None,
            )
    return Book.objects.get(name="metrological")


def made(**wanted: object) -> tuple[Export, Path]:
    row = exporting.ask(Wanted("metrological", **wanted), actor="operator:ada", at=AT + timedelta(days=3))  # type: ignore[arg-type]
    row = exporting.make(row, at=AT + timedelta(days=3))
    return row, exporting.file_of(row)


def check(path: Path, book: Book) -> Report:
    given = Trust(trust.policy_text(book).encode(), exporting.authority(at=AT).pem())
    return examine(str(path), given, now=AT + timedelta(days=4))


@pytest.mark.requirement("O04")
def test_an_export_is_checked_without_us() -> None:
    book = fill()
    row, path = made()
    report = check(path, book)
    assert report.verdict() == "good", report.findings()
    assert (row.status, row.entries, row.first, row.last) == (JobStatus.DONE, 41, 0, 40)
    assert row.sha256 == sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("first", "last", "numbers"),
    [
        ("5", "12", (5, 12)),
        ("", "12", (0, 12)),
        ("5", "", (5, 40)),
        ("2026-06-01T10:00:00Z", "2026-06-01T12:00:00Z", (3, 5)),
        ("2026-06-02", "2026-06-02", (17, 40)),
    ],
)
def test_a_span_by_number_or_by_time(first: str, last: str, numbers: tuple[int, int]) -> None:
    book = fill()
    row, path = made(first=first, last=last)
    assert (row.first, row.last) == numbers
    assert check(path, book).verdict() == "good"


@pytest.mark.parametrize("said", ["41", "soon", "2027-01-01", "-1"])
def test_a_span_without_entries_is_refused(said: str) -> None:
    fill()
    with pytest.raises(NothingToExport):
        made(first=said)
    assert not Export.objects.exists()


def test_a_selection_is_checked_entry_by_entry() -> None:
    book = fill()
    row, path = made(subject="station:3")
    report = check(path, book)
    assert report.verdict() == "good", report.findings()
    assert row.entries == 10
    assert "selection-good" in report.counts


def test_a_selection_of_nothing_fails_and_says_so() -> None:
    fill()
    with pytest.raises(NothingToExport):
        made(subject="station:nobody")
    row = Export.objects.get()
    assert row.status == JobStatus.FAILED
    assert "no entry on station:nobody" in row.error
    assert not list(exporting.folder().iterdir())


def test_openings_only_where_they_were_asked_for() -> None:
    book = fill()
    _, without = made()
    _, along = made(with_openings=True)
    assert not any(b"secret-7" in data for data in members(without).values())
    assert b"secret-7" in members(along)["openings.jsonl"]
    assert "openings-good" in check(along, book).counts
    _, other = made(with_openings=True, subject="station:2")
    assert members(other)["openings.jsonl"] == b""


def test_the_same_span_gives_the_same_bytes() -> None:
    fill()
    first, second = (members(made(first="3", last="9")[1]) for _ in range(2))
    assert list(first) == list(second)
    signed = {"SHA256SUMS.p7s", "SHA256SUMS.tsr", "SHA256SUMS", "report.pdf"}
    assert all(first[name] == second[name] for name in first if name not in signed)


def test_the_zip_is_as_the_form_says() -> None:
    fill()
    with zipfile.ZipFile(made()[1]) as file:
        assert {info.date_time for info in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {info.compress_type for info in file.infolist()} == {zipfile.ZIP_DEFLATED}
        assert not any(info.is_dir() for info in file.infolist())


def test_asking_making_and_failing_are_entries() -> None:
    fill()
    made(first="3")
    with pytest.raises(NothingToExport):
        made(subject="nobody")
    kinds = Entry.objects.filter(book__name="audit", kind__startswith="export.").order_by("sequence")
    wanted = ["export.asked", "export.made", "export.asked", "export.failed"]
    assert list(kinds.values_list("kind", flat=True)) == wanted


def test_two_workers_make_one_bundle() -> None:
    fill()
    row = exporting.ask(Wanted("metrological"), actor="operator:ada", at=AT)
    exporting.make(row, at=AT)
    digest = Export.objects.get().sha256
    exporting.make(row, at=AT)
    assert Export.objects.get().sha256 == digest
    assert Entry.objects.filter(kind="export.made").count() == 1


def test_a_job_whose_worker_died_is_taken_up_again() -> None:
    fill()
    row = exporting.ask(Wanted("metrological"), actor="operator:ada", at=AT)
    Export.objects.filter(pk=row.pk).update(status=JobStatus.RUNNING)
    exporting.make_due(at=AT + timedelta(minutes=5))
    assert Export.objects.get().status == JobStatus.RUNNING
    exporting.make_due(at=AT + timedelta(hours=1))
    assert Export.objects.get().status == JobStatus.DONE


# ── the auditor, who has the zip, the policy, Python and openssl ─────────────────────────────────────────────────


def run(*arguments: str) -> tuple[int, dict[str, object]]:
    out = StringIO()
    try:
        call_command("logbook", *arguments, "--json", stdout=out, stderr=StringIO())
        status = 0
    except SystemExit as exc:
        status = int(exc.code or 0)
    return status, json.loads(out.getvalue())


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """What an auditor has: bundle.zip, policy.txt, ca.pem, verify.py got elsewhere, and the unpacked folder."""
    desk = tmp_path / "an auditor's desk"
    desk.mkdir()
    book = fill()
    status, told = run("export", "--book", "metrological", "--out", str(desk / "BUNDLE.zip"))
    assert (status, told["entries"], told["first"], told["last"]) == (0, 41, 0, 40)
    (desk / "policy.txt").write_text(trust.policy_text(book))
    (desk / "ca.pem").write_bytes(exporting.authority(at=AT).pem())
    with zipfile.ZipFile(desk / "BUNDLE.zip") as file:
        file.extractall(desk / "unpacked")
    shutil.copy(desk / "unpacked" / "verify.py", desk)
    return desk


def commands(desk: Path) -> list[str]:
    """The indented lines of the openssl part of the README, as they stand there."""
    text = (desk / "unpacked" / "README.txt").read_text(encoding="utf-8")
    part = text[text.index("WITH OPENSSL ALONE") : text.index("This proves who signed")]
    return [line.strip() for line in part.splitlines() if line.startswith("    ")]


@pytest.mark.requirement("O04")
def test_openssl_alone_finds_the_bundle_sound(desk: Path) -> None:
    given = commands(desk)
    assert len(given) == 9
    script = "\n".join(["set -e", *given])
    done = subprocess.run(["sh", "-c", script], cwd=desk / "unpacked", capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    for words in ("CMS Verification successful", "Verification: OK", "Signature Verified Successfully"):
        assert words in said


@pytest.mark.parametrize(
    ("name", "number"),
    [("entries.jsonl", 0), ("SHA256SUMS", 1), ("SHA256SUMS", 2), ("SHA256SUMS.p7s", 1), ("checkpoint", 8)],
)
def test_openssl_alone_finds_a_changed_byte(desk: Path, name: str, number: int) -> None:
    path = desk / "unpacked" / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2 if name != "checkpoint" else 5] ^= 1
    path.write_bytes(data)
    given = commands(desk)
    before = given[4:number] if number == 8 else []
    for command in before:
        subprocess.run(["sh", "-c", command], cwd=desk / "unpacked", capture_output=True, check=False)
    done = subprocess.run(["sh", "-c", given[number]], cwd=desk / "unpacked", capture_output=True, check=False)
    assert done.returncode != 0


def stand_alone(desk: Path, *arguments: str, python: str = sys.executable) -> tuple[int, str]:
    command = [python, "-I", "verify.py", *arguments]
    done = subprocess.run(command, cwd=desk, capture_output=True, encoding="utf-8", check=False)
    return done.returncode, done.stdout + done.stderr


TRUSTING = ("--trust", "policy.txt", "--ca", "ca.pem")


@pytest.mark.requirement("O04")
def test_the_stand_alone_file_speaks_like_the_console(desk: Path) -> None:
    status, said = stand_alone(desk, "BUNDLE.zip", *TRUSTING, "--json")
    assert (status, json.loads(said)["verdict"]) == (0, "good")
    ours = run("verify", str(desk / "BUNDLE.zip"), "--trust", str(desk / "policy.txt"), "--ca", str(desk / "ca.pem"))
    assert (status, json.loads(said)) == ours
    assert stand_alone(desk, "unpacked", *TRUSTING)[0] == 0
    assert stand_alone(desk, "BUNDLE.zip", *TRUSTING, "--lang", "de")[1].endswith("umgestellt.\n")


def test_the_commands_of_the_readme_run_as_they_stand(desk: Path) -> None:
    text = (desk / "unpacked" / "README.txt").read_text(encoding="utf-8")
    shutil.copy(desk / "unpacked" / "checkpoint", desk / "checkpoint.old")
    found = re.findall(r"^    python3 (verify\.py .*)$", text, re.MULTILINE)
    assert len(found) == 4
    for command in found:
        status, said = stand_alone(desk, *command.split()[1:])
        assert status == 0, said


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("BUNDLE.zip",), 3),
        (("BUNDLE.zip", "--trust", "nowhere.txt"), 2),
        (("BUNDLE.zip", "--trust", "ca.pem"), 2),
        (("nothing.zip", *TRUSTING), 2),
        (("policy.txt", *TRUSTING), 1),
        ((), 2),
    ],
)
def test_exit_status(desk: Path, arguments: tuple[str, ...], status: int) -> None:
    assert stand_alone(desk, *arguments)[0] == status


def test_windows_line_ends_are_undone_and_told(desk: Path) -> None:
    for path in [*(desk / "unpacked").rglob("*"), desk / "policy.txt", desk / "ca.pem"]:
        if path.is_file() and path.suffix not in {".p7s", ".tsr", ".pdf"}:
            path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    status, said = stand_alone(desk, "unpacked", *TRUSTING, "--json")
    assert status == 0, said
    assert "line-ends" in {finding["code"] for finding in json.loads(said)["findings"]}


PYTHONS = sorted(Path.home().glob(".pyenv/versions/3.*/bin/python3"))


@pytest.mark.requirement("O04")
def test_every_python_of_this_machine_runs_it(desk: Path) -> None:
    """One without `cryptography` says what it could not check and decides nothing; but it still finds changed bytes."""
    found = {shutil.which(f"python3.{minor}") for minor in range(9, 16)} | {str(path) for path in PYTHONS}
    tried = 0
    for python in sorted(filter(None, found)):
        probe = subprocess.run(
            [python, "-I", "-c", "import sys; print(sys.version_info >= (3, 9)); import cryptography"],
            capture_output=True,
            text=True,
            check=False,
        )
        if not probe.stdout.startswith("True"):
            continue
        tried += 1
        status, said = stand_alone(desk, "BUNDLE.zip", *TRUSTING, "--json", python=python)
        if probe.returncode:
            assert status == 3, (python, said)
            assert "no-cryptography" in said
            assert '"level": "bad"' not in said
        else:
            assert status == 0, (python, said)
    assert tried


# ── the administrator of everything: database, key files, memory ─────────────────────────────────────────────────

HELD = ("security_entry", "security_checkpoint", "security_book")


def drop_guards() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for table in HELD:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            return
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP TRIGGER {name}")


def delete_last(book: Book, many: int) -> None:
    """Rows gone, head fixed by hand, seals over them gone, and the memory beside the keys forgotten."""
    size = book.size - many
    drop_guards()
    Entry.objects.filter(book=book, sequence__gte=size).delete()
    Checkpoint.objects.filter(book=book, size__gt=size).delete()
    edge = proofs.tree.Edge()
    for leaf in Entry.objects.filter(book=book).order_by("sequence").values_list("leaf", flat=True):
        edge.append(bytes(leaf))
    Book.objects.filter(pk=book.pk).update(size=size, edge=edge.to_bytes())
    for path in (exporting.folder().parent / "keys" / "logbook").glob("*.last.json"):
        path.unlink()


@pytest.mark.requirement("O04")
def test_ten_rows_deleted_with_the_guards_dropped(desk: Path) -> None:
    """What the auditor kept from the first export tells it; nothing inside the second one could."""
    shutil.copy(desk / "unpacked" / "checkpoint", desk / "checkpoint.old")
    book = Book.objects.get(name="metrological")
    delete_last(book, 10)
    status, told = run("export", "--book", "metrological", "--out", str(desk / "later.zip"))
    assert (status, told["last"]) == (0, 30)
    assert stand_alone(desk, "later.zip", *TRUSTING)[0] == 0
    status, said = stand_alone(desk, "later.zip", *TRUSTING, "--previous", "checkpoint.old")
    assert status == 1
    assert "you hold a checkpoint of size 41, this one has 31. Entries were removed." in said
    # It goes on as if nothing had been, and is longer than before: the first 41 entries are still others.
    fill(15)
    assert run("export", "--book", "metrological", "--from", "20", "--out", str(desk / "later.zip"))[0] == 0
    status, said = stand_alone(desk, "later.zip", *TRUSTING, "--previous", "checkpoint.old")
    assert status == 1
    assert "the book was rewritten" in said


@pytest.mark.requirement("O04")
def test_one_byte_in_each_file_of_the_bundle_in_turn(desk: Path) -> None:
    """The transcript of an auditor: every file changed by one byte, and what the stand-alone file says of it."""
    held = members(desk / "BUNDLE.zip")
    for name, data in held.items():
        place = len(data) // 2
        other = {**held, name: data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]}
        with zipfile.ZipFile(desk / "changed.zip", "w") as file:
            for member, content in other.items():
                file.writestr(member, content)
        status, said = stand_alone(desk, "changed.zip", *TRUSTING)
        assert status == 1, (name, said)
        assert name in said or name.startswith("SHA256SUMS"), (name, said)
        assert said.rstrip().endswith("TAMPERED: this is not what was recorded.")


@pytest.mark.django_db(transaction=True)
def test_rows_deleted_by_hand_make_no_bundle_and_do_not_stop_the_sweep() -> None:
    book = fill()
    made()
    with without_guards():
        execute("DELETE FROM security_entry WHERE book_id = %s AND sequence >= %s", [book.pk, 31])
        execute("UPDATE security_book SET size = 31 WHERE id = %s", [book.pk])
    exporting.ask(Wanted(book.name), actor="operator:ada", at=AT)
    exporting.make_due(at=AT)
    row = Export.objects.latest("pk")
    assert (row.status, "missing" in row.error) == (JobStatus.FAILED, True)
