"""The data folder of one installation: secrets, keys, embedded database, the engine's socket. Mode 0700, files 0600."""

import os
import secrets
import shutil
import stat
import tempfile
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from console import env

DEFAULT = Path(__file__).resolve().parent.parent / ".meridian"


def configured() -> Path:
    """The data folder of this installation."""
    return env.folder("MERIDIAN_HOME", default=DEFAULT)


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
        if not os.access(folder, os.W_OK):
            raise ImproperlyConfigured(
                f"the data folder {folder} is not writable: set MERIDIAN_HOME to a folder you may write to"
            )
    if home.stat().st_mode & 0o077 and home.stat().st_uid == os.geteuid():
        home.chmod(0o700)


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


# A socket's path may have 107 bytes on Linux and 103 elsewhere; a long data folder gets a short private place.
LONGEST_SOCKET_PATH = 100


def engine_socket(home: Path) -> Path:
    """Where the private engine listens: in the data folder, or where `make_engine_socket` wrote down."""
    path = home / "run" / "engine.sock"
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
        return path
    try:
        return Path((home / "run" / "engine.path").read_text(encoding="utf-8").strip()) / "engine.sock"
    except FileNotFoundError:
        return path


def make_engine_socket(home: Path) -> Path:
    """The same, with its folder made: one of mode 0700 that nobody else could have made before us."""
    path = engine_socket(home)
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH and _is_private(path.parent):
        return path
    folder = tempfile.mkdtemp(prefix="meridian-")
    (home / "run" / "engine.path").write_text(folder, encoding="utf-8")
    return Path(folder) / "engine.sock"


def clear_engine_socket(home: Path) -> None:
    """Take away what `make_engine_socket` made outside the data folder, if anything."""
    record = home / "run" / "engine.path"
    if record.exists():
        shutil.rmtree(engine_socket(home).parent, ignore_errors=True)
        record.unlink()


def _is_private(folder: Path) -> bool:
    try:
        facts = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(facts.st_mode) and facts.st_uid == os.geteuid() and not facts.st_mode & 0o077
