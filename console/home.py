"""The data folder of one installation: secrets, keys, embedded database, the engine's socket. Mode 0700, files 0600."""

import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def prepare(home: Path) -> None:
    """Make the folder and its rooms; raise ImproperlyConfigured where that is not allowed."""
    for folder in (home, home / "secrets", home / "keys", home / "run"):
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as exc:
            raise ImproperlyConfigured(
                f"the data folder {folder} cannot be made ({exc.strerror}): "
                "set MERIDIAN_HOME to a folder you may write to"
            ) from exc
    if not os.access(home, os.W_OK):
        raise ImproperlyConfigured(
            f"the data folder {home} is not writable: set MERIDIAN_HOME to a folder you may write to"
        )


def secret(home: Path, name: str) -> str:
    """Read the named secret; make it first where there is none.

    Two processes may start at once: the file is written whole under another name and linked, so that exactly one
    value wins and the other process reads that one.
    """
    path = home / "secrets" / name
    if not path.exists():
        prepare(home)
        draft = path.with_name(f"{name}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text(encoding="ascii").strip()
