"""Typed readers of the environment. A wrong value stops the start with one line: the variable and a right value."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, default).strip()


def flag(name: str, *, default: bool) -> bool:
    value = os.environ.get(name)
    if value is None:
        return default
    if value.strip().lower() in TRUE:
        return True
    if value.strip().lower() in FALSE:
        return False
    raise ImproperlyConfigured(f"{name}={value!r} is neither yes nor no: set {name}=1 or {name}=0")


def number(name: str, *, default: int, low: int, high: int) -> int:
    value = os.environ.get(name, "").strip()
    if not value:
        return default
    if not value.isascii() or not value.isdigit() or not low <= int(value) <= high:
        raise ImproperlyConfigured(
            f"{name}={value!r} is not a number from {low} to {high}: for example {name}={default}"
        )
    return int(value)


def one_of(name: str, default: str, known: set[str]) -> str:
    value = os.environ.get(name, "").strip() or default
    if value not in known:
        raise ImproperlyConfigured(
            f"{name}={value!r} is none of {', '.join(sorted(known))}: for example {name}={default}"
        )
    return value


def address(name: str) -> str:
    """An https address without a slash at its end, or nothing. http is for tests on this very machine only."""
    value = text(name).rstrip("/")
    parts = urlsplit(value)
    if value and not (parts.hostname and (parts.scheme == "https" or parts.hostname in {"127.0.0.1", "localhost"})):
        raise ImproperlyConfigured(
            f"{name}={value!r} is not an https address: for example {name}=https://id.example.org"
        )
    return value


def words(name: str) -> list[str]:
    return [word.strip() for word in os.environ.get(name, "").split(",") if word.strip()]


def folder(name: str, *, default: Path) -> Path:
    value = os.environ.get(name, "").strip()
    path = Path(value).expanduser() if value else default
    if not path.is_absolute():
        raise ImproperlyConfigured(f"{name}={value!r} is not an absolute path: for example {name}=/var/lib/meridian")
    return path


def secret(name: str) -> str | None:
    """The value of NAME, or the content of the file that NAME_FILE names; None when neither is set."""
    file_name = os.environ.get(f"{name}_FILE", "").strip()
    if not file_name:
        return os.environ.get(name) or None
    if os.environ.get(name):
        raise ImproperlyConfigured(f"{name} and {name}_FILE are both set: keep one of them")
    try:
        value = Path(file_name).read_text(encoding="utf-8").strip()
    except OSError as exc:
        raise ImproperlyConfigured(
            f"{name}_FILE={file_name!r} cannot be read ({exc.strerror}): name a readable file"
        ) from exc
    if not value:
        raise ImproperlyConfigured(f"{name}_FILE={file_name!r} is empty: write the secret into it")
    return value
