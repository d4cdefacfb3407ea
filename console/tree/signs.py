"""What the supervisor sees, as rows. Imported once Django is loaded, by the recorder's thread, and used only there."""

import logging
import os
from collections.abc import Callable

from django.db import DatabaseError, connection
from django.utils import timezone

from console import bell, health, life
from console.tree.supervisor import Sign, how_it_ended

NAME, ENGINE = "supervisor", "engine"

log = logging.getLogger(__name__)


class Signs:
    """Signs for two that have no heart of their own: the supervisor, and the engine, which cannot write rows."""

    def __init__(self, *, alive: Callable[[], dict[str, int]]) -> None:
        self.alive = alive
        self.own = life.Heart(NAME)
        self.engine: life.Heart | None = None
        self.give()

    def give(self) -> None:
        """Also has open system pages look again: ages grow, and a silence is nobody's act."""
        self.own.beat()
        bell.changed(life.TOPIC)
        pid = self.alive().get(ENGINE)
        if pid is None:
            return
        if self.engine is None or self.engine.pid != pid:
            self.engine = life.Heart(ENGINE, is_well=health.engine_note)
            self.engine.pid = pid
        self.engine.beat()

    def write(self, sign: Sign) -> None:
        """One sign as a row. A database that is away costs the row and nothing else."""
        at = timezone.now()
        try:
            if sign.code is None:
                life.started(sign.name, pid=sign.pid, restarts=sign.restarts, at=at)
            else:
                note = "" if sign.wanted else how_it_ended(sign.code)
                life.ended(sign.name, pid=sign.pid, at=at, wanted=sign.wanted, note=note)
        except DatabaseError as exc:
            log.warning("the database did not take a sign of %s: %s", sign.name, exc)
        finally:
            connection.close()

    def last(self) -> None:
        """This tree has ended as it should."""
        self.write(Sign(NAME, os.getpid(), 0, code=0, wanted=True))
