"""Whether the database keeps what it says it has kept. Read from the database itself, not from our settings."""

from collections.abc import Callable
from typing import Any

Ask = Callable[[str], Any]  # SQL to the first value of the first row

# What SQLite calls its levels: FULL waits for the disk at every commit, EXTRA for the folder as well.
SYNCHRONOUS = {0: "OFF", 1: "NORMAL", 2: "FULL", 3: "EXTRA"}
# Levels of PostgreSQL that wait at least for the local disk.
COMMITS = {"on", "local", "remote_write", "remote_apply"}


def settings_of(vendor: str, ask: Ask) -> dict[str, str]:
    """The settings on which durability rests, by the names their own manuals use."""
    if vendor == "sqlite":
        level = ask("PRAGMA synchronous")
        return {
            "journal_mode": str(ask("PRAGMA journal_mode")).lower(),
            "synchronous": SYNCHRONOUS.get(level, str(level)),
        }
    return {name: str(ask(f"SHOW {name}")) for name in ("fsync", "synchronous_commit", "full_page_writes")}


def faults(vendor: str, found: dict[str, str]) -> list[str]:
    """One line for each setting with which a power cut may lose an act that was confirmed."""
    return list(_sqlite(found) if vendor == "sqlite" else _postgresql(found))


def _sqlite(found: dict[str, str]) -> list[str]:
    wrong = []
    if found["synchronous"] not in {"FULL", "EXTRA"}:
        wrong.append(f"SQLite runs with synchronous={found['synchronous']}: it must be FULL (PRAGMA synchronous=FULL)")
    if found["journal_mode"] not in {"wal", "memory"}:  # `memory` is what a database in memory (tests) always says
        wrong.append(f"SQLite runs with journal_mode={found['journal_mode']}: it must be wal (PRAGMA journal_mode=WAL)")
    return wrong


def _postgresql(found: dict[str, str]) -> list[str]:
    wrong = [
        f"PostgreSQL runs with {name}=off: set {name}=on in postgresql.conf and reload it"
        for name in ("fsync", "full_page_writes")
        if found[name] != "on"
    ]
    if found["synchronous_commit"] not in COMMITS:
        wrong.append(
            f"PostgreSQL runs with synchronous_commit={found['synchronous_commit']} for this database or person: "
            "set it to on"
        )
    return wrong
