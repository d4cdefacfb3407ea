"""The tests behind `make test`: the whole suite on SQLite, then all that touches the engines on PostgreSQL + Redis.

The second pass runs where both engines answer. With CI=true an engine that does not answer is a failure, not a skip.
Where they are is said by DATABASE_URL and REDIS_URL; without these the usual local addresses are tried.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

import psycopg
import redis

from tests.needs import in_ci
from tests.tools.source import ROOT

POSTGRES = "postgres://postgres@127.0.0.1:5432/postgres"
REDIS = "redis://127.0.0.1:6379/0"
CLOSING = re.compile(r"\d+ (passed|failed|errors?|skipped|deselected)|no tests ran")


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def postgres_trouble(url: str) -> str | None:
    try:
        psycopg.connect(url, connect_timeout=3, dbname="postgres").close()
    except psycopg.Error as exc:
        return f"PostgreSQL does not answer at {without_password(url)} ({str(exc).splitlines()[0]}); set DATABASE_URL"
    return None


def redis_trouble(url: str) -> str | None:
    client = redis.Redis.from_url(url, socket_connect_timeout=3)
    try:
        client.ping()
    except redis.RedisError as exc:
        return f"Redis does not answer at {without_password(url)} ({exc}); set REDIS_URL"
    finally:
        client.close()
    return None


def without_password(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rsplit("@", 1)[-1]))


def own_database(url: str) -> str:
    """The same server, but a name of this run's own: two runs at once never drop each other's tables."""
    return urlunsplit(urlsplit(url)._replace(path=f"/meridian_{os.getpid()}"))


def suite(title: str, environment: Mapping[str, str], options: list[str]) -> tuple[int, str]:
    """Run pytest, show what it says as it says it, and keep its closing line."""
    say(f"\n── {title} " + "─" * max(3, 90 - len(title)))
    color = ["--color=yes"] if sys.stdout.isatty() else []
    command = [sys.executable, "-m", "pytest", "-q", "-m", "not bench and not soak", "-n", "2", "--dist", "worksteal"]
    started, closing = time.monotonic(), "pytest said nothing"
    with subprocess.Popen(
        [*command, *color, *options, *sys.argv[1:]],
        cwd=ROOT,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as pytest:
        assert pytest.stdout is not None
        for line in pytest.stdout:
            sys.stdout.write(line)
            sys.stdout.flush()
            if CLOSING.search(line):
                closing = line.strip().strip("= ")
    return pytest.returncode, f"{title}: {closing} ({time.monotonic() - started:.0f} s in all)"


def main() -> int:
    database, engine = os.environ.get("DATABASE_URL") or POSTGRES, os.environ.get("REDIS_URL") or REDIS
    plain = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    results = [suite("SQLite + private engine", plain, [])]
    trouble = [text for text in (postgres_trouble(database), redis_trouble(engine)) if text]
    if trouble:
        results.append((1 if in_ci() else 0, f"PostgreSQL + Redis: not run. {'. '.join(trouble)}"))
    else:
        servers = plain | {"DATABASE_URL": own_database(database), "REDIS_URL": engine}
        results.append(suite("PostgreSQL + Redis", servers, ["--engines"]))
    say("")
    for _, line in results:
        say(line)
    return max(status for status, _ in results)


if __name__ == "__main__":
    sys.exit(main())
