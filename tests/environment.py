"""The environment of one test process, set before Django reads its settings.

Imported first by `tests/conftest.py`. Every process (also each worker of pytest-xdist) gets a data folder of its own,
so that no test ever sees the developer's own installation.
"""

import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

# A short path: the engine's Unix socket lies inside, and such a path may have 107 bytes at most.
HOME = Path(tempfile.mkdtemp(prefix="meridian-", dir="/tmp" if Path("/tmp").is_dir() else None))
# What a developer has set for a real installation must not leak into a test; DATABASE_URL and REDIS_URL are the
# exception, since they choose the engines that the suite runs on.
KEPT = {"DATABASE_URL", "REDIS_URL"}
OURS = {
    "ALLOWED_HOSTS",
    "BIND",
    "CONSOLE_PORT",
    "CONSOLE_URL",
    "DEBUG",
    "LOGBOOK_ORIGIN",
    "LOGBOOK_QUORUM",
    "MERIDIAN_HOME",
    "OCPP_PORT_1",
    "OCPP_PORT_2",
    "OCPP_PORT_3",
    "ORGANISATION",
    "SECRET_KEY",
    "SECRET_KEY_FILE",
    "SEAL_INTERVAL_S",
    "TRUST_PROXY",
}


def prepare() -> None:
    if "console.settings" in sys.modules:
        # Somebody exported the variable, so pytest-django read the settings before we could choose the folder.
        sys.exit("unset DJANGO_SETTINGS_MODULE: the tests choose their settings themselves")
    for name in OURS - KEPT:
        os.environ.pop(name, None)
    os.environ["MERIDIAN_HOME"] = str(HOME)
    (HOME / "static").mkdir(mode=0o700)
    atexit.register(shutil.rmtree, HOME, ignore_errors=True)


def load(setup: Callable[[], None]) -> None:
    """Let Django read its settings now. The variable goes again: a worker would inherit it and read them too early."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "console.settings"
    from console import translations

    translations.compile_all()
    setup()
    del os.environ["DJANGO_SETTINGS_MODULE"]


def tests_database(settings: dict[str, Any]) -> None:
    """Let SQLite be a file as in a real installation: an in-memory one has neither WAL nor a second writer."""
    if settings["ENGINE"] == "django.db.backends.sqlite3":
        settings["TEST"]["NAME"] = str(HOME / "tests.sqlite3")
