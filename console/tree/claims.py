"""What only one tree may have at a time: the data folder and the ports. Held by the kernel, so a crash frees them."""

import errno
import fcntl
import os
import socket
from dataclasses import dataclass
from pathlib import Path

from console.tree.errors import AddressRefused, AlreadyRunning, PortTaken

# As many connections wait here while the web process restarts: a visitor sees a slow answer, not a refused one.
BACKLOG = 256


@dataclass(frozen=True)
class HomeClaim:
    """The lock on a data folder; it lives as long as this process, or until `release`."""

    descriptor: int

    def release(self) -> None:
        os.close(self.descriptor)


def claim_home(home: Path) -> HomeClaim:
    """Raise AlreadyRunning, with the other's process id, unless the folder is free."""
    descriptor = os.open(home / "run" / "up.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as exc:
        said = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
        os.close(descriptor)
        raise AlreadyRunning(home=str(home), pid=int(said) if said.isdigit() else None) from exc
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode("ascii"), 0)
    return HomeClaim(descriptor)


def listen(host: str, port: int, *, variable: str) -> socket.socket:
    """A listening socket that children may inherit; raise PortTaken or AddressRefused, which name the variable."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as exc:
        listener.close()
        if exc.errno == errno.EADDRINUSE:
            raise PortTaken(host=host, port=port, variable=variable, free=_free_port(family, host, port)) from exc
        reason = exc.strerror or str(exc)
        raise AddressRefused(host=host, port=port, variable=variable, reason=reason) from exc
    listener.setblocking(False)
    listener.set_inheritable(True)
    return listener


def check(host: str, port: int, *, variable: str) -> None:
    """Raise as `listen` does, for a port that a child will open by itself."""
    listen(host, port, variable=variable).close()


def _free_port(family: socket.AddressFamily, host: str, port: int) -> int | None:
    """The next port above that could be had right now, to name a value that works."""
    for candidate in range(port + 1, min(port + 50, 65536)):
        with socket.socket(family, socket.SOCK_STREAM) as trial:
            try:
                trial.bind((host, candidate))
            except OSError:
                continue
            return candidate
    return None
