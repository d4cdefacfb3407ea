"""Which processes the tree has, with which arguments. A new process is a new row of `parts`."""

import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import LazySettings

from console.tree import engine


@dataclass(frozen=True)
class Part:
    """One process. `kind` is `module` (run by this Python) or `program`; see `console/tree/child.py`.

    `stop` is the order of stopping: all with 0 go first and together, then the 1 that they all talk to.
    """

    name: str
    kind: str
    target: str
    arguments: tuple[str, ...]
    stop: int
    environment: Mapping[str, str] = field(default_factory=dict)
    sockets: tuple[int, ...] = ()
    after_web: bool = False
    listens: str = ""

    def command(self, supervisor: int) -> list[str]:
        launcher = [sys.executable, "-m", "console.tree.child", str(supervisor)]
        return [*launcher, self.kind, self.target, *self.arguments]


@dataclass(frozen=True)
class Wishes:
    """What the person who typed `up` asked for."""

    demo: bool = True
    stations: int = 5


def parts(settings: LazySettings, *, console: socket.socket, engine_socket: Path | None, wishes: Wishes) -> list[Part]:
    """Engine and web first and at once; the others wait until the first page is served, which keeps a start short."""
    rows = [_web(settings, console), _gateway(settings), _worker(), _beat()]
    if engine_socket is not None:
        rows.insert(0, _engine(engine_socket, settings.MERIDIAN_HOME))
    if wishes.demo and wishes.stations > 0:
        rows.append(_simulated_stations(wishes.stations))
    return rows


def _engine(path: Path, home: Path) -> Part:
    return Part(
        "engine",
        "program",
        str(engine.find_program()),
        tuple(engine.arguments(path, home)),
        stop=1,
        listens=f"{path} (engine)",
    )


def _web(settings: LazySettings, console: socket.socket) -> Part:
    """Daphne, on the socket that the supervisor holds: while it restarts, visitors wait instead of being refused.

    Daphne adopts IPv4 sockets only. On IPv6 it opens the port by itself, and a restart refuses visitors for a second.
    """
    host, port = settings.BIND, settings.CONSOLE_PORT
    held = console.family == socket.AF_INET
    place = ("--fd", str(console.fileno())) if held else ("--bind", host, "--port", str(port))
    options = ("--verbosity", "0", "--server-name", "meridian", "--application-close-timeout", "2")
    return Part(
        "web",
        "module",
        "daphne",
        (*options, *place, "console.asgi:application"),
        stop=0,
        sockets=(console.fileno(),) if held else (),
        listens=f"{host if held else f'[{host}]'}:{port} (console)",
    )


def _gateway(settings: LazySettings) -> Part:
    places = [f"{settings.OCPP_BINDS[profile]}:{port}" for profile, port in sorted(settings.OCPP_PORTS.items())]
    listens = f"{', '.join(places)} (stations, profiles 1 to 3)"
    return Part("gateway", "module", "manage", ("gateway",), stop=0, after_web=True, listens=listens)


def _simulated_stations(number: int) -> Part:
    """Clearly named as what they are; `--no-demo` leaves them out."""
    return Part("stations", "module", "manage", ("simulate", "--stations", str(number)), stop=0, after_web=True)


def _worker() -> Part:
    """Two children of its own, so that a task that exceeds its time is ended without ending the others."""
    options = ("-A", "console.celery", "worker", "--concurrency", "2", "--without-gossip", "--without-mingle")
    return Part("worker", "module", "celery", (*options, "--loglevel", "INFO"), stop=0, after_web=True)


def _beat() -> Part:
    """The schedule is held in memory: what is due is written in rows, so a restart forgets nothing that matters."""
    options = ("-A", "console.celery", "beat", "--scheduler", "celery.beat:Scheduler", "--pidfile", "")
    return Part("beat", "module", "celery", (*options, "--loglevel", "INFO"), stop=0, after_web=True)
