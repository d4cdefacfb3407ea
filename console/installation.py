"""What the system page shows: facts of this installation, each read at the moment of asking. Nothing here writes."""

import os
import platform
import shutil
import ssl
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import redis
from django.conf import settings
from django.db import connection
from django.template.defaultfilters import filesizeformat
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from console import durability, health, life
from console.checks import value_of
from console.models import Process
from security import kernel_clock

Fact = tuple[str, str]

# What each place in the tree is, for people who do not know the words.
ROLES: dict[str, str | Promise] = {
    "supervisor": gettext_lazy("starts the others again"),
    "engine": gettext_lazy("rings bells between processes"),
    "web": gettext_lazy("pages, REST, live updates"),
    "worker": gettext_lazy("background work"),
    "beat": gettext_lazy("the schedule of the background work"),
    "stations": gettext_lazy("simulated stations of the demo"),
    "gateway": gettext_lazy("the stations’ connections"),
}
SILENT = ("warn", pgettext_lazy("process", "Silent"), "silent")
SHOWN: dict[str, tuple[str, str | Promise, str]] = {
    Process.State.STARTING: ("wait", gettext_lazy("Starting"), "pending"),
    Process.State.RUNNING: ("good", gettext_lazy("Running"), "good"),
    Process.State.STOPPED: ("idle", gettext_lazy("Stopped"), "offline"),
    Process.State.FAILED: ("bad", gettext_lazy("Failed"), "bad"),
}


@dataclass(frozen=True)
class Place:
    """One row of the process table. A running process without a sign of life is silent, not running."""

    process: Process
    role: str | Promise
    tone: str
    word: str | Promise
    icon: str


@dataclass(frozen=True)
class Panel:
    """`remedy` is empty while all is well."""

    key: str
    title: str
    facts: list[Fact]
    remedy: str | Promise = ""


def places(*, at: datetime) -> list[Place]:
    return [_place(process, at) for process in Process.objects.all()]


def _place(process: Process, at: datetime) -> Place:
    lives = process.state in {Process.State.RUNNING, Process.State.STARTING}
    shown = SILENT if lives and not life.is_alive(process, at=at) else SHOWN[process.state]
    return Place(process, ROLES.get(process.name.split("-")[0], ""), *shown)


def panels() -> list[Panel]:
    """Everything but the processes and the clock."""
    rows: list[tuple[str, str, str, Callable[[], Iterator[Fact]]]] = [
        ("database", _("Database"), "database", _database),
        ("engine", _("Engine"), "engine", _engine),
        ("software", _("Software"), "", _software),
        ("disk", _("Disk"), "disk", _disk),
    ]
    found = {finding.name: finding for finding in health.ready()}
    return [_panel(key, title, found.get(look), facts) for key, title, look, facts in rows]


def _panel(key: str, title: str, finding: health.Finding | None, facts: Callable[[], Iterator[Fact]]) -> Panel:
    if finding is None or finding.ok:
        return Panel(key, title, list(facts()))
    return Panel(key, title, [(_("Fault"), finding.detail)], finding.remedy)


def _database() -> Iterator[Fact]:
    ask = value_of("default")
    if connection.vendor == "sqlite":
        yield _("Kind"), f"SQLite {ask('SELECT sqlite_version()')}"
        yield _("Size"), filesizeformat(_sqlite_size(Path(connection.settings_dict["NAME"])))
    else:
        yield _("Kind"), f"PostgreSQL {str(ask('SHOW server_version')).split()[0]}"
        yield _("Size"), filesizeformat(ask("SELECT pg_database_size(current_database())"))
    yield from durability.settings_of(connection.vendor, ask).items()
    finding = health.look("migrations")
    yield _("Migrations"), _("all applied") if finding.ok else finding.detail


def _sqlite_size(path: Path) -> int:
    """With the part that is not yet folded in."""
    return sum(file.stat().st_size for file in (path, path.with_name(f"{path.name}-wal")) if file.exists())


def _engine() -> Iterator[Fact]:
    begin = time.perf_counter()
    try:
        health.engine_client().ping()
        took = time.perf_counter() - begin
        facts: dict[str, Any] = health.engine_client().info()
    except (redis.RedisError, OSError):
        return  # it went away between two questions; the next look tells
    if name := facts.get("valkey_version"):
        yield _("Kind"), f"Valkey {name}"
    else:
        yield _("Kind"), f"Redis {facts.get('redis_version', '?')}"
    yield _("Memory"), filesizeformat(facts["used_memory"])
    yield _("Connections"), str(facts["connected_clients"])
    yield _("Answers within"), f"{took * 1000:.1f} ms"
    yield _("Reached by"), _("a private socket") if settings.EMBEDDED_ENGINE else "REDIS_URL"


def _disk() -> Iterator[Fact]:
    usage = shutil.disk_usage(settings.MERIDIAN_HOME)
    yield _("Data folder"), str(settings.MERIDIAN_HOME)
    yield (
        _("Free"),
        _("%(free)s of %(total)s")
        % {
            "free": filesizeformat(usage.free),
            "total": filesizeformat(usage.total),
        },
    )


def _software() -> Iterator[Fact]:
    yield "Meridian", settings.VERSION
    yield "Python", platform.python_version()
    yield "Django", version("django")
    yield "OpenSSL", ssl.OPENSSL_VERSION.removeprefix("OpenSSL ")
    yield _("System"), f"{platform.system()} {platform.release()} · {os.cpu_count()} CPU"
    yield _("Environment"), sys.prefix


def clock() -> tuple[str, str, list[Fact]]:
    """Tone, word, facts. The kernel's opinion is shown as that: an opinion."""
    found = kernel_clock.read()
    words = {True: ("good", _("kept by this machine")), False: ("warn", _("free running"))}
    tone, word = words.get(found.kept, ("unknown", _("unknown")))  # type: ignore[arg-type]
    facts: list[Fact] = [(_("Probed by us"), _("not probed"))]
    if found.kept is not None:
        facts.append((_("Estimated error"), _microseconds(found.estimated_error_us)))
        facts.append((_("Largest error"), _microseconds(found.largest_error_us)))
    if found.tai_offset_s:
        facts.append((_("TAI ahead of UTC"), f"{found.tai_offset_s} s"))
    return tone, word, facts


def _microseconds(value: int | None) -> str:
    if value is None:
        return _("unknown")
    return f"{value / 1000:.3f} ms" if value < 1_000_000 else f"{value / 1_000_000:.1f} s"
