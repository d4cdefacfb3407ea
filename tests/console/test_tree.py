"""The process tree, with real processes: what falls comes back, what stops leaves nothing, what cannot be is said."""

import os
import re
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.sim.tree import Tree, crowding, free_port

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

Grow = Callable[..., Tree]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tree]:
    """One tree for all tests that leave it running; its folder has a space in its name."""
    running = Tree(tmp_path_factory.mktemp("a home") / "of ours").open()
    yield running
    running.stop(signal.SIGKILL)


@pytest.fixture
def grow() -> Iterator[Grow]:
    """Trees that a test starts; whatever it left running ends with it."""
    grown: list[Tree] = []

    def start(home: Path, **how: Any) -> Tree:
        grown.append(Tree(home, **how))
        return grown[-1]

    yield start
    for tree in grown:
        if not tree.ended():
            tree.stop(signal.SIGKILL)


def test_a_start_prepares_the_folder_and_says_where_it_is(tree: Tree) -> None:
    assert (tree.home.stat().st_mode & 0o777) == 0o700
    assert (tree.home / "meridian.sqlite3").stat().st_mode & 0o077 == 0
    assert f"http://127.0.0.1:{tree.port}" in tree.said()
    assert tree.readiness()["status"] == 200


def test_the_first_administrator_gets_a_link_that_works_and_no_file_keeps_it(tree: Tree) -> None:
    found = tree.until(
        lambda: re.search(r"sign in +http://127\.0\.0\.1:\d+(/\S+)", tree.said()),
        within=10,
        because="no link was printed",
    )
    path = found[1]
    status, page = tree.ask(path)
    assert status == 200
    assert "admin" in page
    token = path.rstrip("/").rpartition("/")[2]
    assert len(token) >= 40
    logs = [file.read_text() for file in (tree.home / "run").glob("*.log")]
    assert not any(token in text for text in logs)
    assert token.encode() not in (tree.home / "meridian.sqlite3").read_bytes()


def listening_of(tree: Tree) -> set[str]:
    inodes = {
        os.readlink(link) for pid in tree.processes() for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()
    }
    return {
        fields[1]
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]
        if (fields := line.split())[3] == "0A" and f"socket:[{fields[9]}]" in inodes
    }


def test_only_loopback_and_no_port_of_the_engine(tree: Tree) -> None:
    wanted = {tree.port, *map(int, tree.ocpp_ports.values())}
    tree.until(lambda: len(listening_of(tree)) == len(wanted), within=10, because="a listener is missing")
    assert listening_of(tree) == {f"0100007F:{port:04X}" for port in wanted}


def test_a_second_start_on_the_same_folder_names_the_first(tree: Tree) -> None:
    second = Tree(tree.home, port=free_port())
    assert second.process.wait(timeout=10) == 1
    said = second.said()
    assert said.count("\n") == 1
    assert f"process {tree.process.pid} already runs" in said


def test_a_busy_port_is_named_with_its_variable_and_a_free_one(tree: Tree, tmp_path: Path) -> None:
    second = Tree(tmp_path / "other", port=tree.port)
    assert second.process.wait(timeout=10) == 1
    said = second.said()
    assert said.count("\n") == 1
    assert f"port {tree.port} on 127.0.0.1 is in use" in said
    suggested = int(said.rpartition("CONSOLE_PORT=")[2])
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", suggested))


@pytest.mark.parametrize("name", ["web", "gateway", "worker", "beat", "engine"])
def test_what_is_killed_is_back_within_five_seconds(tree: Tree, name: str) -> None:
    killed = tree.kill(name)
    tree.until(
        lambda: tree.pid_of(name) not in {None, killed} and tree.readiness()["status"] == 200,
        within=5,
        because=f"{name} was not back",
    )
    assert f"{name:<10} was ended by SIGKILL; starting it again" in tree.said()


def test_the_killed_ones_are_in_the_process_table(tree: Tree) -> None:
    def restarts() -> dict[str, float]:
        lines = [line for line in tree.ask("/metrics")[1].splitlines() if line.startswith("meridian_process_restarts{")]
        return {line.split('process="')[1].split('"')[0]: float(line.split()[-1]) for line in lines}

    tree.until(
        lambda: all(restarts().get(name, 0) >= 1 for name in ("web", "gateway", "worker", "beat", "engine")),
        within=8,
        because="the table does not tell of the restarts",
    )


def test_no_request_is_lost_while_the_engine_restarts(tree: Tree) -> None:
    answers: list[int] = []
    enough = threading.Event()

    def visit() -> None:
        while not enough.is_set():
            answers.append(tree.ask("/livez")[0])

    visitors = [threading.Thread(target=visit) for _ in range(4)]
    for visitor in visitors:
        visitor.start()
    killed = tree.kill("engine")
    tree.until(lambda: tree.pid_of("engine") not in {None, killed}, within=5, because="no new engine")
    tree.until(lambda: tree.readiness()["status"] == 200, within=5, because="not ready again")
    enough.set()
    for visitor in visitors:
        visitor.join()
    assert len(answers) > 20
    assert set(answers) == {200}


def test_a_request_waits_while_the_web_process_restarts(tree: Tree) -> None:
    tree.kill("web")
    assert tree.ask("/livez")[0] == 200, "the connection was refused instead of waiting"


def test_the_engine_away_is_not_ready_and_says_what_to_do(tree: Tree) -> None:
    pid = tree.pid_of("engine")
    assert pid
    os.kill(pid, signal.SIGSTOP)
    try:
        found = tree.readiness()
    finally:
        os.kill(pid, signal.SIGCONT)
    assert found["status"] == 503
    assert not found["engine"]["ok"]
    assert "engine.log" in found["engine"]["remedy"]
    assert found["database"]["ok"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopping_ends_everything_within_five_seconds(grow: Grow, tmp_path: Path, number: signal.Signals) -> None:
    tree = grow(tmp_path / "home").open()
    tree.until(lambda: len(tree.processes()) >= 6, within=10, because="the worker has no children")
    assert tree.stop(number) < 5 * crowding()
    assert tree.process.returncode == 0
    assert tree.processes() == {}
    assert tree.said().splitlines()[-1].endswith("everything has ended")


def test_killing_the_supervisor_leaves_nothing_behind_and_the_next_start_works(grow: Grow, tmp_path: Path) -> None:
    tree = grow(tmp_path / "home").open()
    tree.until(lambda: len(tree.processes()) >= 6, within=10, because="the worker has no children")
    tree.stop(signal.SIGKILL)
    tree.until(lambda: not tree.processes(), within=3, because="something lives on")
    again = grow(tree.home, port=tree.port).open()
    assert again.stop() < 5 * crowding()


def test_a_long_path_gets_a_short_socket(grow: Grow, tmp_path: Path) -> None:
    tree = grow(tmp_path / ("long" * 20) / ("path" * 10)).open()
    try:
        assert tree.readiness()["engine"]["ok"]
        folder = Path((tree.home / "run" / "engine.path").read_text())
        assert folder.stat().st_mode & 0o777 == 0o700
    finally:
        tree.stop()
    assert not folder.exists(), "the place outside the data folder was not cleared away"


REFUSED = {
    "CONSOLE_PORT": ("eighty", "CONSOLE_PORT=8000"),
    "DATABASE_URL": ("mysql://root:hunter2@db/x", "DATABASE_URL=postgres://"),
    "REDIS_URL": ("amqp://guest:hunter2@mq/", "REDIS_URL=redis://"),
    "MERIDIAN_HOME": ("relative/folder", "MERIDIAN_HOME=/var/lib/meridian"),
    "LOG_LEVEL": ("chatty", "LOG_LEVEL=INFO"),
    "BIND": ("203.0.113.7", "BIND=127.0.0.1"),
    "METRICS_TOKEN_FILE": ("/no/such/file", "METRICS_TOKEN_FILE"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_wrong_setting_stops_the_start_with_one_line(grow: Grow, tmp_path: Path, name: str) -> None:
    value, right = REFUSED[name]
    tree = grow(tmp_path / "home", **{name: value})
    assert tree.process.wait(timeout=10) != 0
    said = tree.said()
    assert said.startswith("meridian: ")
    assert said.count("\n") == 1
    assert right in said
    assert "hunter2" not in said


def test_a_file_that_is_no_database_stops_the_start_with_one_line(grow: Grow, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "meridian.sqlite3").write_bytes(b"this is a letter and not a database" * 100)
    tree = grow(home)
    assert tree.process.wait(timeout=10) == 1
    assert "no sound SQLite database" in tree.said()
    assert "Traceback" not in tree.said()
