"""DATABASE_URL or the embedded SQLite, as Django's DATABASES entry; settings that lose data are not offered here."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

# IMMEDIATE: a transaction that will write takes the write lock at once, instead of failing half-way because the
# database is locked.
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
    "PRAGMA busy_timeout=20000;",
}
RIGHT = "DATABASE_URL=postgres://user:password@host:5432/meridian or sqlite:////absolute/path/meridian.sqlite3"


def sqlite(path: Path) -> dict[str, Any]:
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(path), "OPTIONS": dict(SQLITE_OPTIONS)}


def parse(url: str) -> dict[str, Any]:
    """Raise ImproperlyConfigured, without showing the password, unless the address is one we can use."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as exc:
        raise ImproperlyConfigured(f"DATABASE_URL cannot be read: {RIGHT}") from exc
    if parts.scheme == "sqlite" and len(parts.path) > 2:
        return sqlite(Path(unquote(parts.path[1:])))
    if parts.scheme not in {"postgres", "postgresql"} or len(parts.path) < 2:
        raise ImproperlyConfigured(f"DATABASE_URL names no database we know: {RIGHT}")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": dict(parse_qsl(parts.query)),
    }


RIGHT_ENGINE = "REDIS_URL=redis://:password@host:6379/0, rediss://… or unix:///path/to/redis.sock"


def redis(url: str) -> str:
    """The address of a running engine; raise ImproperlyConfigured, without showing a password, for anything else."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as exc:
        raise ImproperlyConfigured(f"REDIS_URL cannot be read: for example {RIGHT_ENGINE}") from exc
    place = parts.path if parts.scheme == "unix" else parts.hostname
    if parts.scheme not in {"redis", "rediss", "unix"} or not place:
        raise ImproperlyConfigured(f"REDIS_URL names no engine we know: for example {RIGHT_ENGINE}")
    return url
