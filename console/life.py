"""Signs of life: what each process of the installation says of itself, and what its supervisor says of it.

A process signs for itself every `EVERY`; the supervisor tells of starts and ends, which a dead process cannot. A place
without a sign for `STALE` is shown as silent, whatever state it last had. Nothing is decided by these rows: they tell
people what is so. Hence no entry in a log book, and a database that is away costs a sign and nothing else.
"""

import logging
import os
import socket
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone

from console import bell
from console.models import Process

EVERY = timedelta(seconds=5)
STALE = timedelta(seconds=15)
FORGET = timedelta(days=1)
TOPIC = "system"

log = logging.getLogger(__name__)


def place() -> str:
    """The machine or container this process runs on."""
    return socket.gethostname()[:120]


def started(name: str, *, pid: int, restarts: int, at: datetime) -> None:
    """The supervisor started a process in this place."""
    values = {"pid": pid, "started_at": at, "seen_at": at, "state": Process.State.STARTING, "note": ""}
    _put(name, {**values, "restarts": restarts, "version": settings.VERSION})
    bell.changed(TOPIC)


def seen(name: str, *, pid: int, started_at: datetime, at: datetime, note: str = "") -> None:
    """The process is alive. A place that nobody told of yet (no supervisor) appears by its first sign."""
    known = Process.objects.filter(host=place(), name=name, pid=pid)
    signs = {"seen_at": at, "state": Process.State.RUNNING, "version": settings.VERSION, "note": note[:200]}
    fresh = known.exclude(state=Process.State.RUNNING).update(**signs)
    if fresh or not known.update(**signs):
        if not fresh:
            _put(name, {**signs, "pid": pid, "started_at": started_at})
        bell.changed(TOPIC)


def ended(name: str, *, pid: int, at: datetime, wanted: bool, note: str = "") -> None:
    """The supervisor saw the process end; a newer one in the same place is left alone."""
    state = Process.State.STOPPED if wanted else Process.State.FAILED
    Process.objects.filter(host=place(), name=name, pid=pid).update(state=state, seen_at=at, note=note[:200])
    if not wanted:  # when the whole tree stops there is nobody left to tell
        bell.changed(TOPIC)


def is_alive(process: Process, *, at: datetime) -> bool:
    """It gave a sign lately and nobody saw it end since."""
    return process.state in {Process.State.RUNNING, Process.State.STARTING} and at - process.seen_at < STALE


def forget_lost(*, at: datetime) -> int:
    """Drop the places that have been silent for a day: machines that were taken away."""
    return Process.objects.filter(seen_at__lt=at - FORGET).delete()[0]


def _put(name: str, values: dict[str, object]) -> None:
    Process.objects.update_or_create(host=place(), name=name, defaults=values)


class Heart(threading.Thread):
    """Signs for this process until it ends. `is_well` may say in words why the process is not well though alive."""

    def __init__(self, name: str, *, is_well: Callable[[], str] = lambda: "") -> None:
        super().__init__(name=f"heart of {name}", daemon=True)
        self.place = name
        self.is_well = is_well
        self.pid = os.getpid()
        self.started_at = timezone.now()
        self.silent = False
        self.stopped = threading.Event()

    def run(self) -> None:
        while True:
            self.beat()
            if self.stopped.wait(EVERY.total_seconds()):
                return

    def beat(self) -> None:
        """One sign. A database that is away is told once, and once when it is back; it ends nothing."""
        try:
            seen(self.place, pid=self.pid, started_at=self.started_at, at=timezone.now(), note=self.is_well())
        except DatabaseError as exc:
            if not self.silent:
                log.warning("no sign of life can be written: %s", exc)
            self.silent = True
        else:
            if self.silent:
                log.warning("signs of life are written again")
            self.silent = False
        finally:
            connection.close()


def begin(name: str, *, is_well: Callable[[], str] = lambda: "") -> Heart:
    """Sign for this process from now on; under a supervisor in the place that it names."""
    heart = Heart(os.environ.get("MERIDIAN_PROCESS") or name, is_well=is_well)
    heart.start()
    return heart
