"""kill -9 at every step of appending and sealing: nothing that was acknowledged is lost, nothing has a gap."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings

from security.failpoints import VARIABLE
from tests import needs

STEPS = ["append.before", "append.locked", "append.inserted", "append.head", "append.tiles", "append.entered"]
SEALING = ["seal.signed", "seal.remembered", "seal.stored"]
# Inside PostgreSQL the append is one call, so these two steps exist on SQLite only.
INSIDE = {"append.locked", "append.inserted"}
KILLS = 20
SERVER = os.environ.get("TEST_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/postgres")
pytestmark = pytest.mark.soak


class Place:
    """A database and a data folder of their own, and processes that work there."""

    def __init__(self, url: str, home: Path) -> None:
        self.environment = {**os.environ, "DATABASE_URL": url, "MERIDIAN_HOME": str(home)}
        self.environment.pop("DJANGO_SETTINGS_MODULE", None)
        self.run("migrate")

    def start(self, *words: str, die_at: str = "") -> "subprocess.Popen[str]":
        environment = {**self.environment, **({VARIABLE: die_at} if die_at else {})}
        command = [sys.executable, "-m", "tests.security.appender", *words]
        return subprocess.Popen(
            command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def run(self, *words: str) -> str:
        process = self.start(*words)
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        return out

    def tell(self) -> dict[str, object]:
        told: dict[str, object] = json.loads(self.run("tell"))
        return told


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    if request.param == "sqlite":
        yield Place(f"sqlite:///{tmp_path}/crash.sqlite3", home)
        return
    name = f"crash_{os.getpid()}"
    try:
        server = psycopg.connect(SERVER, autocommit=True, connect_timeout=3)
    except psycopg.OperationalError:
        needs.missing("PostgreSQL")
    with server:
        server.execute(f"CREATE DATABASE {name}")
        yield Place(urlsplit(SERVER)._replace(path=f"/{name}").geturl(), home)
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def acknowledged(out: str) -> list[int]:
    return [int(line) for line in out.split()]


def assert_whole(place: Place, last: int) -> int:
    told = place.tell()
    assert (told["gaps"], told["same_edge"]) == ([], True)
    assert told["size"] == told["stored"]
    size = int(str(told["size"]))
    assert size > last, f"entry {last} was acknowledged and is lost"
    assert told["tiles"] == size // 256
    return size


def test_killed_at_every_step(place: Place) -> None:
    postgresql = "postgres" in place.environment["DATABASE_URL"]
    last = 0
    for step in STEPS:
        if step in INSIDE and postgresql:
            continue
        process = place.start("append", "20", die_at=f"{step}:5")
        out, err = process.communicate(timeout=120)
        assert process.returncode == -signal.SIGKILL, f"{step} was never passed: {err}"
        last = max([last, *acknowledged(out)])
        assert_whole(place, last)
    for step in SEALING:
        process = place.start("seal", die_at=step)
        process.communicate(timeout=120)
        assert process.returncode == -signal.SIGKILL, f"{step} was never passed"
        size = assert_whole(place, last)
        assert int(place.run("seal")) == size
        place.run("append", "3")


def test_killed_at_any_moment(place: Place) -> None:
    chance = random.Random(20)
    last = 0
    for _ in range(KILLS):
        process = place.start("append", "100000")
        assert process.stdout
        first = process.stdout.readline()  # it is at work
        time.sleep(chance.uniform(0, 0.3))
        process.kill()
        out, _err = process.communicate(timeout=30)
        complete = out[: out.rfind("\n") + 1]
        last = max([last, *acknowledged(first + complete)])
    size = assert_whole(place, last)
    assert int(place.run("seal")) == size
