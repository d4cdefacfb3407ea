"""witness.py: the answers of C2SP tlog-witness, its memory, and its two ways to run."""

import http.client
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import pytest

from security.merkle import add_checkpoint, cosignature, note, policy, tree
from security.merkle.checkpoint import Checkpoint
from security.merkle.note import Note
from security.verifying import build
from security.verifying.ed25519 import verify_ed25519
from security.witnessing.memory import Memory
from security.witnessing.server import Server
from security.witnessing.witness import Witness
from tests.sim.authority import served
from tests.sim.logbook import START, PaperBook, Signing


@pytest.fixture
def watched() -> PaperBook:
    return PaperBook().grow(20)


def body(book: PaperBook, old: int, new: int, *, claimed: int | None = None, by: Signing | None = None) -> bytes:
    """A submission that proves the step from `old` to `new`, and may claim another old size."""
    edge = tree.Edge()
    for line in book.entries[:new]:
        edge.append(tree.leaf_hash(line))
    text = Checkpoint(book.origin, new, edge.root()).text()
    proof = tuple(tree.consistency_proof(old, new, book.node)) if old <= new else ()
    signed = Note(text, ((by or book.key).sign(text),))
    return add_checkpoint.AddCheckpoint(old if claimed is None else claimed, proof, signed).to_text().encode()


@contextmanager
def serving(folder: Path, book: PaperBook) -> Iterator[Server]:
    rules = policy.parse(book.policy(quorum=0).encode())
    server = Server(("127.0.0.1", 0), Witness(Memory(folder, "witness.example"), rules, lambda: START))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def say(server: Server, sent: bytes, path: str = "/add-checkpoint") -> tuple[int, bytes, str]:
    line = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)
    line.request("POST", path, sent)
    answer = line.getresponse()
    said = answer.status, answer.read(), answer.headers["Content-Type"]
    line.close()
    return said


def look(server: Server, path: str) -> tuple[int, bytes]:
    line = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)
    line.request("GET", path)
    answer = line.getresponse()
    said = answer.status, answer.read()
    line.close()
    return said


def other_root(book: PaperBook, size: int) -> bytes:
    text = Checkpoint(book.origin, size, b"\x01" * 32).text()
    return add_checkpoint.AddCheckpoint(10, (), Note(text, (book.key.sign(text),))).to_text().encode()


def test_the_table_of_answers(tmp_path: Path, watched: PaperBook) -> None:
    """The witness knows size 10 of the book."""
    stranger = Signing(watched.origin)
    size_zero = Checkpoint(watched.origin, 0, b"\x01" * 32).text()
    empty = add_checkpoint.AddCheckpoint(0, (), Note(size_zero, (watched.key.sign(size_zero),))).to_text().encode()
    table = [
        ("an unknown book", body(PaperBook("audit").grow(3), 0, 3), 404, None),
        ("a key that is not trusted", body(watched, 10, 12, by=stranger), 403, None),
        ("an old size beyond the checkpoint", body(watched, 10, 12, claimed=13), 400, None),
        ("another size than it knows", body(watched, 5, 12), 409, b"10\n"),
        ("a step back", body(watched, 5, 7), 409, b"10\n"),
        ("from nothing again", body(watched, 0, 12), 409, b"10\n"),
        ("a proof of another step", body(watched, 5, 12, claimed=10), 422, None),
        ("no proof", body(watched, 12, 12, claimed=10), 422, None),
        ("the same size with another root", other_root(watched, 10), 422, None),
        ("a larger size with another root", other_root(watched, 12), 422, None),
        ("size 0 with a root", empty, 409, b"10\n"),
        ("no submission", b"hello\n", 400, None),
        ("nothing", b"", 400, None),
        ("too many hashes", b"old 1\n" + b"A" * 43 + b"=\n" * 64 + b"\nx\n1\nx\n\n", 400, None),
        ("CR LF", body(watched, 10, 12).replace(b"\n", b"\r\n"), 400, None),
        ("the same again", body(watched, 10, 10), 200, None),
        ("a step on", body(watched, 10, 12), 200, None),
    ]
    with serving(tmp_path, watched) as server:
        assert say(server, empty)[0] == 422
        assert say(server, body(watched, 0, 10))[0] == 200
        for name, sent, status, wanted in table:
            said = say(server, sent)
            assert said[0] == status, (name, said)
            if status == 409:
                assert said[1:] == (wanted, "text/x.tlog.size"), name


def test_its_signature_is_a_cosignature(tmp_path: Path, watched: PaperBook) -> None:
    with serving(tmp_path, watched) as server:
        line = say(server, body(watched, 0, 10))[1].decode()
        signature = note.parse_signature(line.removesuffix("\n"))
        text = note.parse(body(watched, 0, 10).partition(b"\n\n")[2]).text
        vkey = server.witness.memory.vkey
        assert note.verified(Note(text, (signature,)), [vkey], verify_ed25519)
        assert cosignature.split(signature.body)[0] == int(START.timestamp())


def test_monitors_see_the_latest(tmp_path: Path, watched: PaperBook) -> None:
    name = sha256(watched.origin.encode()).hexdigest()
    with serving(tmp_path, watched) as server:
        assert look(server, f"/{name}/checkpoint")[0] == 404
        say(server, body(watched, 0, 10))
        say(server, body(watched, 10, 15))
        status, shown = look(server, f"/{name}/checkpoint")
        assert (status, shown.split(b"\n")[1]) == (200, b"15")
        assert "witness.example" in {one.name for one in note.parse(shown).signatures}
        for path in ("/../witness.key", "/witness.key", f"/{'0' * 64}/checkpoint", "/", f"/{name}/../witness.key"):
            assert look(server, path)[0] == 404


def test_too_long_and_elsewhere(tmp_path: Path, watched: PaperBook) -> None:
    with serving(tmp_path, watched) as server:
        assert say(server, b"x" * 200_000)[0] == 413
        assert say(server, body(watched, 0, 10), "/other")[0] == 404


def test_it_remembers_over_a_restart(tmp_path: Path, watched: PaperBook) -> None:
    with serving(tmp_path, watched) as server:
        say(server, body(watched, 0, 10))
        vkey = server.witness.memory.vkey
    with serving(tmp_path, watched) as server:
        assert server.witness.memory.vkey == vkey
        assert say(server, body(watched, 0, 5))[0] == 409
    assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.glob("*.key"))


def test_of_two_histories_at_once_it_signs_one(tmp_path: Path, watched: PaperBook) -> None:
    fork = PaperBook(watched.book)
    fork.key, fork.origin = watched.key, watched.origin
    fork.entries = [*watched.entries[:10], *(line.replace(b"OCPP", b"hand") for line in watched.entries[10:])]
    with serving(tmp_path, watched) as server:
        say(server, body(watched, 0, 10))
        sent = [body(book, 10, size) for size in range(11, 20) for book in (watched, fork)]
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda one: say(server, one)[0], sent))
        assert answers.count(200) == 1
        held = server.witness.known(watched.origin)
    assert held is not None


# ── the one file, on a machine of its own ────────────────────────────────────────────────────────────────────────


def run(folder: Path, *arguments: str) -> tuple[int, str, str]:
    program = folder / "witness.py"
    program.write_bytes(build.build(build.WITNESS))
    command = [sys.executable, "-I", str(program), "--name", "auditor.example", "--state", str(folder / "state")]
    done = subprocess.run([*command, *arguments], capture_output=True, encoding="utf-8", cwd=folder, check=False)
    return done.returncode, done.stdout, done.stderr


def published(book: PaperBook, size: int) -> tuple[str, bytes]:
    text = note.parse(body(book, 0, size).partition(b"\n\n")[2])
    return f"{size}", text.to_text().encode()


def test_once_from_cron(tmp_path: Path, watched: PaperBook) -> None:
    (tmp_path / "policy.txt").write_text(watched.policy(quorum=0))
    shown: dict[str, object] = {"size": 10, "book": watched}

    def console(path: str, _: bytes) -> tuple[int, bytes, str]:
        book, size = shown["book"], shown["size"]
        assert isinstance(book, PaperBook)
        assert isinstance(size, int)
        if path.endswith("/checkpoint"):
            return 200, published(book, size)[1], "text/plain"
        old = int(path.partition("from=")[2].partition("&")[0])
        hashes = [line for line in body(book, old, size).decode().split("\n\n")[0].split("\n")[1:] if line]
        return 200, json.dumps({"hashes": hashes}).encode(), "application/json"

    with served(console) as url:
        once = ("--trust", "policy.txt", "--once", f"{url}/log/metrological", "--out", "seen.checkpoint")
        assert run(tmp_path, *once)[0] == 0
        shown["size"] = 17
        assert run(tmp_path, *once)[0] == 0
        seen = note.parse((tmp_path / "seen.checkpoint").read_bytes())
        assert seen.text.split("\n")[1] == "17"
        assert run(tmp_path, *once)[0] == 0  # nothing new
        shown["size"] = 12
        status, _, said = run(tmp_path, *once)
        assert (status, "refused" in said) == (1, True)
        shown["size"], shown["book"] = 19, PaperBook(watched.book).grow(5)
        assert run(tmp_path, *once)[0] == 1
    assert run(tmp_path, *once)[0] == 3
    assert run(tmp_path)[0] == 2
    assert run(tmp_path, "--vkey")[1].startswith("auditor.example+")
    assert run(tmp_path, "--trust", "nowhere.txt", "--listen", "127.0.0.1:0")[0] == 2
