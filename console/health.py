"""Whether this installation can do its work, and if not: what is wrong and what to do about it.

Each look is one function; `ready` runs them all. A look never waits longer than `PATIENCE`, so that the answer comes
while somebody still wants it, and never raises: a fault is its result.
"""

import os
import shutil
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from console import durability
from console.checks import value_of

PATIENCE = 2.0
LEAST_FREE = 200 * 1024 * 1024  # bytes; below it a database may fail in the middle of its work


class NotWell(Exception):
    def __init__(self, detail: str, remedy: str | Promise) -> None:
        super().__init__(detail)
        self.detail, self.remedy = detail, remedy


@dataclass(frozen=True)
class Finding:
    """`remedy` says what to do; it is empty when all is well."""

    name: str
    ok: bool
    detail: str
    remedy: str | Promise = ""


def ready() -> list[Finding]:
    return [look(name) for name in LOOKS]


def look(name: str) -> Finding:
    try:
        return Finding(name, ok=True, detail=LOOKS[name]())
    except NotWell as exc:
        return Finding(name, ok=False, detail=" ".join(exc.detail.split()), remedy=exc.remedy)


# ── database ─────────────────────────────────────────────────────────────────────────────────────────────────────


def database() -> str:
    """It answers, takes writes, and keeps what it confirms."""
    try:
        if connection.vendor == "sqlite":
            _may_write_sqlite()
        found = durability.settings_of(connection.vendor, value_of("default"))
    except (DatabaseError, sqlite3.Error) as exc:
        raise NotWell(str(exc), REMEDIES[connection.vendor]) from exc
    if wrong := durability.faults(connection.vendor, found):
        raise NotWell("; ".join(wrong), _("Set what the detail names, then restart."))
    return ", ".join(f"{name}={value}" for name, value in found.items())


def _may_write_sqlite() -> None:
    """Take and give back the write lock on a connection of our own, which does not wait as long as the pages do."""
    name = str(connection.settings_dict["NAME"])
    if connection.in_atomic_block or "memory" in name:  # then the lock is ours already
        return
    if not os.path.exists(name):
        raise NotWell(f"the file {name} is gone", _("Put back a copy of the database, then restart."))
    own = sqlite3.connect(name, timeout=PATIENCE, isolation_level=None)
    try:
        own.execute("BEGIN IMMEDIATE")
        own.execute("ROLLBACK")
    finally:
        own.close()


REMEDIES = {
    "sqlite": _("See who holds the database file (a copy program, another console) and end it."),
    "postgresql": _("Start PostgreSQL, or correct DATABASE_URL, then restart."),
}


def migrations() -> str:
    try:
        missing = _missing_migrations()
    except DatabaseError as exc:
        raise NotWell(f"cannot be told: {exc}", REMEDIES[connection.vendor]) from exc
    if missing:
        names = ", ".join(missing[:3]) + (f" and {len(missing) - 3} more" if len(missing) > 3 else "")
        raise NotWell(f"missing: {names}", _("Run: python manage.py migrate"))
    return "all applied"


def _missing_migrations() -> list[str]:
    executor = MigrationExecutor(connection)
    return [
        f"{step.app_label}.{step.name}" for step, _back in executor.migration_plan(executor.loader.graph.leaf_nodes())
    ]


# ── engine ───────────────────────────────────────────────────────────────────────────────────────────────────────


@lru_cache(maxsize=1)
def engine_client() -> "redis.Redis":
    """For looks only: one try, short patience, no retries."""
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_connect_timeout=PATIENCE,
        socket_timeout=PATIENCE,
        retry=None,
        decode_responses=True,
    )


def engine() -> str:
    begin = time.perf_counter()
    try:
        engine_client().ping()
    except (redis.RedisError, OSError) as exc:
        remedy = (
            _("The supervisor starts it again; see run/engine.log in the data folder.")
            if settings.EMBEDDED_ENGINE
            else _("Start Redis or Valkey, or correct REDIS_URL, then restart.")
        )
        raise NotWell(_reason(exc), remedy) from exc
    return f"answers in {(time.perf_counter() - begin) * 1000:.1f} ms"


def _reason(exc: Exception) -> str:
    """Without the address, which may hold a password."""
    return f"does not answer ({type(exc).__name__})"


def engine_answers() -> bool:
    return look("engine").ok


def engine_note() -> str:
    """For the engine's own sign of life: empty when well."""
    finding = look("engine")
    return "" if finding.ok else finding.detail


# ── disk ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def disk() -> str:
    """The data folder takes a file, and has room for more."""
    home = settings.MERIDIAN_HOME
    trial = home / "run" / f"trial.{os.getpid()}"
    try:
        free = shutil.disk_usage(home).free
        trial.write_bytes(b"\0" * 4096)
        trial.unlink()
    except OSError as exc:
        raise NotWell(
            f"{home} cannot be written: {exc.strerror}", _("Make room, or make the data folder writable for this user.")
        ) from exc
    if free < LEAST_FREE:
        raise NotWell(
            f"{free // 1_048_576} MiB free in {home}", _("Make room: at least 200 MiB must be free in the data folder.")
        )
    return f"{free // 1_048_576} MiB free"


LOOKS: dict[str, Callable[[], str]] = {
    "database": database,
    "migrations": migrations,
    "engine": engine,
    "disk": disk,
}
