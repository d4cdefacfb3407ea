"""A real chronyd, as server and as client, that can touch no clock.

`-x` tells it to leave the clock alone, and without the capability it could not do otherwise. High ports on loopback,
a folder of its own, no command socket.
"""

import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests import needs
from tests.sim.time_certificates import Authority, Identity

WRONG_BY = re.compile(r"System clock wrong by (-?[0-9.]+) seconds")


def command() -> list[str]:
    """How to start it, or a skip that says what is missing."""
    chronyd, setpriv = needs.program("chronyd"), needs.program("setpriv")
    if os.geteuid():
        needs.missing("root (chronyd starts as nobody else)")
    return [setpriv, "--bounding-set=-sys_time", chronyd, "-x", "-d"]


@dataclass
class ChronyServer:
    folder: Path
    ke_port: int
    ntp_port: int
    authority: Authority

    def forget_keys(self) -> None:
        (self.folder / "ntskeys").unlink()


def prepare(folder: Path, *, has_time: bool = True, authority: Authority | None = None) -> ChronyServer:
    authority = authority or Authority()
    identity = authority.issue("localhost", "127.0.0.1")
    server = ChronyServer(folder, free_port(), free_port(socket.SOCK_DGRAM), authority)
    folder.chmod(0o750)
    _write(folder, identity)
    lines = [
        *_common(folder),
        "bindaddress 127.0.0.1",
        "bindaddress ::1",
        f"port {server.ntp_port}",
        f"ntsport {server.ke_port}",
        "allow 127.0.0.0/8",
        f"ntsservercert {folder}/leaf.pem",
        f"ntsserverkey {folder}/leaf.key",
        "ntsprocesses 1",
        *(["local stratum 1"] if has_time else []),
    ]
    (folder / "server.conf").write_text("\n".join(lines) + "\n")
    return server


@contextmanager
def running(server: ChronyServer) -> Iterator[ChronyServer]:
    starting = [*command(), "-f", str(server.folder / "server.conf")]
    with (server.folder / "log").open("ab") as log:
        process = subprocess.Popen(starting, stdout=log, stderr=log)
    try:
        _wait_for(server, process)
        yield server
    finally:
        process.terminate()
        process.wait(10)


def ask(folder: Path, *, host: str, ke_port: int, ntp_port: int, anchor: bytes) -> str:
    """Let chronyd measure this server once under NTS; what it says about it."""
    (folder / "anchor.pem").write_bytes(anchor)
    lines = [
        *_common(folder),
        "port 0",
        f"server {host} port {ntp_port} ntsport {ke_port} nts iburst minpoll 0",
        f"ntstrustedcerts {folder}/anchor.pem",
        "nosystemcert",
    ]
    (folder / "client.conf").write_text("\n".join(lines) + "\n")
    asking = [*command(), "-Q", "-t", "10", "-f", str(folder / "client.conf")]
    done = subprocess.run(asking, capture_output=True, text=True, timeout=30, check=False)
    return done.stdout + done.stderr


@contextmanager
def measuring(folder: Path, server: ChronyServer, *, interleaved: bool) -> Iterator[Path]:
    """A chronyd that polls this server sixteen times a second under NTS; its log of raw measurements."""
    folder.mkdir(mode=0o750)
    (folder / "anchor.pem").write_bytes(server.authority.pem)
    lines = [
        *_common(folder),
        "port 0",
        f"server localhost port {server.ntp_port} ntsport {server.ke_port} nts iburst minpoll -4 maxpoll -4"
        + (" xleave" if interleaved else ""),
        f"ntstrustedcerts {folder}/anchor.pem",
        "nosystemcert",
        "log rawmeasurements",
        f"logdir {folder}",
    ]
    (folder / "client.conf").write_text("\n".join(lines) + "\n")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([*command(), "-f", str(folder / "client.conf")], stdout=log, stderr=log)
    try:
        yield folder / "measurements.log"
    finally:
        process.terminate()
        process.wait(10)


def offsets_ns(log: Path) -> list[int]:
    """What a chronyd measured: the offset is the twelfth column of its log."""
    rows = [line.split() for line in log.read_text().splitlines() if line[:1].isdigit()]
    return [round(float(row[11]) * 1e9) for row in rows]


def wrong_by(said: str) -> float | None:
    """By how many seconds it found the clock wrong; None if it got no time."""
    match = WRONG_BY.search(said)
    return float(match[1]) if match else None


def free_port(kind: int = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as lent:
        lent.bind(("127.0.0.1", 0))
        return int(lent.getsockname()[1])


def _common(folder: Path) -> list[str]:
    return [
        "user root",
        f"pidfile {folder}/chronyd-{time.monotonic_ns()}.pid",
        "cmdport 0",
        "bindcmdaddress /",
        f"ntsdumpdir {folder}",
        f"driftfile {folder}/drift",
    ]


def _write(folder: Path, identity: Identity) -> None:
    (folder / "leaf.pem").write_bytes(identity.certificate)
    (folder / "leaf.key").touch(mode=0o600)
    (folder / "leaf.key").write_bytes(identity.key)


def _wait_for(server: ChronyServer, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", server.ke_port), 0.2).close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("chronyd does not start: " + (server.folder / "log").read_text())
