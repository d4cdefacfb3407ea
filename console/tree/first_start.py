"""What must be so before the first process runs: folders, tables, static files, translations.

Each is done when its own mark has changed since it was last done, so a second start does nothing here and never loads
Django. The marks: the files themselves (path, size, time) and, for the database, the list of migrations that the
database itself holds; a restored or emptied database is noticed.
"""

import hashlib
import json
import sqlite3
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import LazySettings

from console import durability, translations
from console.tree.errors import DatabaseRefused

Say = Callable[[str], None]


@dataclass(frozen=True)
class Marks:
    """What each preparation depends on, as digests; two equal marks mean that nothing is to be done."""

    tables: str
    static: str
    messages: str


def prepare(settings: LazySettings, *, say: Say) -> bool:
    """Bring the installation into shape; True when something had to be done. Raise DatabaseRefused."""
    stamp = settings.MERIDIAN_HOME / "run" / "prepared.json"
    before, now = _read(stamp), read_marks(settings)
    stale = [name for name, value in vars(now).items() if before.get(name) != value]
    if not stale:
        return False
    _load_django()
    for name in stale:
        STEPS[name](say)
    stamp.write_text(json.dumps(vars(read_marks(settings))), encoding="utf-8")
    return True


def read_marks(settings: LazySettings) -> Marks:
    base: Path = settings.BASE_DIR
    code = _digest([base / "requirements.lock", *base.glob("*/migrations/*.py")], base)
    return Marks(
        tables=f"{code} {_applied(settings.DATABASES['default'])}",
        static=_digest([p for p in (base / "static").rglob("*") if p.is_file()], base) + f" {settings.STATIC_ROOT}",
        messages=_digest(base.glob("locale/*/LC_MESSAGES/*"), base),
    )


def _digest(paths: Iterable[Path], base: Path) -> str:
    lines = []
    for path in sorted(paths):
        facts = path.stat()
        lines.append(f"{path.relative_to(base)} {facts.st_size} {facts.st_mtime_ns}")
    return hashlib.sha256("\n".join([sys.version, *lines]).encode()).hexdigest()


def _read(stamp: Path) -> dict[str, str]:
    try:
        found = json.loads(stamp.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


# ── the database, without Django ─────────────────────────────────────────────────────────────────────────────────

APPLIED = "SELECT app, name FROM django_migrations ORDER BY app, name"


def _applied(database: dict[str, Any]) -> str:
    """A digest of the migrations that the database says it has; empty when it has none yet."""
    rows = _sqlite_rows(database) if "sqlite" in database["ENGINE"] else _postgresql_rows(database)
    return hashlib.sha256(repr(rows).encode()).hexdigest() if rows else ""


def _sqlite_rows(database: dict[str, Any]) -> list[tuple[str, str]]:
    if not Path(database["NAME"]).exists():
        return []
    connection = sqlite3.connect(database["NAME"], timeout=5)
    try:
        return connection.execute(APPLIED).fetchall()
    except sqlite3.OperationalError as exc:
        if "no such table" in str(exc):
            return []
        raise DatabaseRefused(f"the database {database['NAME']} cannot be read: {exc}") from exc
    except sqlite3.DatabaseError as exc:
        raise DatabaseRefused(
            f"the file {database['NAME']} is no sound SQLite database ({exc}): put back a copy of it, or move it away"
        ) from exc
    finally:
        connection.close()


def _postgresql_rows(database: dict[str, Any]) -> list[tuple[str, str]]:
    """Also refuses a server that loses confirmed commits, before anything is written to it."""
    import psycopg

    words = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "NAME"}
    arguments = {word: database[key] for word, key in words.items() if database[key]}
    try:
        with psycopg.connect(**{"connect_timeout": 5, **arguments, **database["OPTIONS"]}) as connection:
            found = durability.settings_of("postgresql", lambda sql: connection.execute(sql).fetchone()[0])  # type: ignore[index]
            if wrong := durability.faults("postgresql", found):
                raise DatabaseRefused(wrong[0])
            has_any = connection.execute("SELECT to_regclass('django_migrations') IS NOT NULL").fetchone()
            return connection.execute(APPLIED).fetchall() if has_any and has_any[0] else []
    except psycopg.Error as exc:
        reason = " ".join(str(exc).split())
        raise DatabaseRefused(f"the database of DATABASE_URL does not answer: {reason}") from exc


# ── the steps ────────────────────────────────────────────────────────────────────────────────────────────────────


def _load_django() -> None:
    import django

    django.setup()


def _migrate(say: Say) -> None:
    from django.core.management import call_command
    from django.db import DatabaseError, connection
    from django.utils import timezone

    from security import starting
    from security.errors import GuardMissing

    say("bringing the database up to date ...")
    try:
        call_command("migrate", verbosity=0, interactive=False)
        starting.prepare(at=timezone.now())
    except GuardMissing as exc:
        raise DatabaseRefused(f"{exc}: security/README.md says what to do") from exc
    except DatabaseError as exc:
        raise DatabaseRefused(f"the database cannot be brought up to date: {' '.join(str(exc).split())}") from exc
    finally:
        connection.close()


def _collect(say: Say) -> None:
    from django.core.management import call_command

    say("collecting static files ...")
    call_command("collectstatic", verbosity=0, interactive=False)


def _translate(say: Say) -> None:
    say("compiling translations ...")
    translations.compile_all()


STEPS: dict[str, Callable[[Say], None]] = {"tables": _migrate, "messages": _translate, "static": _collect}
