"""A real tree of processes in a data folder and on a port of its own: `manage.py up`, watched from outside."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
OURS = ("MERIDIAN_HOME", "CONSOLE_PORT", "DATABASE_URL", "REDIS_URL", "BIND", "DJANGO_SETTINGS_MODULE", "SECRET_KEY")


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port: int = trial.getsockname()[1]
        return port


def crowding() -> float:
    """How many processes want each core: what takes 5 s on a free machine takes so much longer on a crowded one."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


class Tree:
    def __init__(self, home: Path, *, port: int = 0, **environment: str) -> None:
        self.home, self.port = home, port or free_port()
        inherited = {name: value for name, value in os.environ.items() if name not in OURS}
        self.ocpp_ports = {f"OCPP_PORT_{profile}": str(free_port()) for profile in (1, 2, 3)}
        own = {"MERIDIAN_HOME": str(home), "CONSOLE_PORT": str(self.port), **self.ocpp_ports}
        self.environment = {**inherited, **own, **environment}
        self.output = home.with_name(f"{home.name}.{self.port}.out")
        self.output.parent.mkdir(parents=True, exist_ok=True)
        with self.output.open("w") as file:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up", "--no-demo"],
                cwd=ROOT,
                env=self.environment,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.begin = time.monotonic()

    # ── looking ──────────────────────────────────────────────────────────────────────────────────────────────────

    def said(self) -> str:
        return self.output.read_text()

    def ask(self, path: str, *, timeout: float = 10) -> tuple[int, str]:
        """Status and text; 0 when nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=timeout) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as exc:
            with exc:
                return exc.code, exc.read().decode()
        except OSError as exc:
            return 0, str(exc)

    def readiness(self) -> dict[str, Any]:
        """The looks of /readyz by name, and the status under `status`."""
        status, text = self.ask("/readyz")
        checks = {check["name"]: check for check in json.loads(text)["checks"]} if status in {200, 503} else {}
        return {"status": status, **checks}

    def processes(self) -> dict[int, str]:
        """Every process of this tree but the supervisor, found by what the kernel says and not by what we think."""
        mine = f"MERIDIAN_HOME={self.home}\0".encode()
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                command = (folder / "cmdline").read_text().replace("\0", " ")
                # The engine writes its title over its environment, so that one is known by its socket.
                ours = mine in (folder / "environ").read_bytes() + b"\0" or f"{self.home}/" in command
                if (ours or parent_of(int(folder.name)) == self.process.pid) and int(folder.name) != self.process.pid:
                    found[int(folder.name)] = command
            except OSError:
                continue
        return found

    def pid_of(self, name: str) -> int | None:
        """The process that the supervisor itself started for this place."""
        for pid, command in self.processes().items():
            if WORDS[name] in command and parent_of(pid) == self.process.pid:
                return pid
        return None

    # ── waiting ──────────────────────────────────────────────────────────────────────────────────────────────────

    def until(self, what: Callable[[], Any], *, within: float, because: str) -> Any:
        end = time.monotonic() + within * crowding()
        while not (found := what()):
            assert time.monotonic() < end, f"{because} within {within} s\n{self.said()}"
            time.sleep(0.05)
        return found

    def open(self) -> "Tree":
        """Wait for the first page, then for the whole tree."""
        try:
            self.until(lambda: self.ask("/livez")[0] == 200 or self.ended(), within=30, because="no first page")
            self.until(lambda: all(map(self.pid_of, WORDS)), within=15, because="not everything was started")
        except AssertionError:
            self.stop(signal.SIGKILL)
            raise
        return self

    def ended(self) -> bool:
        return self.process.poll() is not None

    # ── acting ───────────────────────────────────────────────────────────────────────────────────────────────────

    def kill(self, name: str) -> int:
        pid = self.pid_of(name)
        assert pid, f"{name} does not run"
        os.kill(pid, signal.SIGKILL)
        return pid

    def stop(self, number: int = signal.SIGINT) -> float:
        """Seconds until `up` has ended."""
        begin = time.monotonic()
        if not self.ended():
            self.process.send_signal(number)
        self.process.wait(timeout=10 * crowding())
        return time.monotonic() - begin


WORDS = {
    "gateway": "module manage gateway",
    "engine": "-server ",
    "web": "daphne",
    "worker": " worker ",
    "beat": " beat ",
}


def parent_of(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0
