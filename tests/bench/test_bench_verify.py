"""A million entries out of the house and checked there: memory of the export, and the check as a multiple of L.

L is one leaf and one node hash. Reading a whole book cannot be quicker than that, so the check is measured against it.
"""

import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from security.verifying.examine import Trust, examine
from tests.bench.ratios import hash_seconds, medians, table

pytestmark = pytest.mark.bench
MANY = int(os.environ.get("BENCH_ENTRIES", "1000000"))
MOST_MIB = 200
ROOT = Path(__file__).resolve().parents[2]
FILL = """
import sys
from datetime import UTC, datetime, timedelta
import django
django.setup()
from django.db import transaction
from security import logbook
at, many, batch = datetime(2026, 6, 1, tzinfo=UTC), int(sys.argv[1]), 5000
for begin in range(0, many, batch):
    with transaction.atomic():
        logbook.append_many("metrological", [
            logbook.NewEntry("clock.adjusted", {"after": "2026-06-01T12:00:00.314Z", "delta_ns": n * 1000 % 7777777777},
                f"station:DE*ABC*E{n % 1000:04d}", "system:console", at + timedelta(seconds=n))
            for n in range(begin, min(many, begin + batch))])
"""


def run(home: Path, *command: str) -> tuple[float, float, bytes]:
    """(seconds, MiB resident at most, standard output) of a process of its own."""
    environment = {**os.environ, "MERIDIAN_HOME": str(home), "DJANGO_SETTINGS_MODULE": "console.settings"}
    environment.pop("DATABASE_URL", None)
    started = time.monotonic()
    process = subprocess.Popen([sys.executable, *command], cwd=ROOT, env=environment, stdout=subprocess.PIPE)
    assert process.stdout is not None
    out = process.stdout.read()
    process.stdout.close()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return time.monotonic() - started, usage.ru_maxrss / 1024, out


def check_seconds(bundle: Path, trust: Trust, depth: str) -> float:
    started = time.perf_counter()
    report = examine(str(bundle), trust, now=datetime.now(UTC), depth=depth)
    taken = time.perf_counter() - started
    assert report.verdict() == "good", report.findings()
    return taken


def test_a_million_entries_leave_the_house_and_are_checked(tmp_path: Path) -> None:
    home, bundle = tmp_path / "home", tmp_path / "bundle.zip"
    run(home, "manage.py", "migrate", "-v0")
    run(home, "-c", FILL, str(MANY))
    took, resident, _ = run(
        home, "manage.py", "logbook", "export", "--book", "metrological", "--out", str(bundle), "--json"
    )
    trust = Trust(
        run(home, "manage.py", "logbook", "policy", "metrological")[2],
        run(home, "manage.py", "logbook", "policy", "metrological", "--ca")[2],
    )
    figures = medians(
        rounds=3,
        limit=lambda: hash_seconds() * MANY,
        integrity=lambda: check_seconds(bundle, trust, "integrity"),
        json=lambda: check_seconds(bundle, trust, "json"),
        full=lambda: check_seconds(bundle, trust, "full"),
    )
    most = {"integrity": 2.0, "json": 6.0, "full": 12.0}
    rows = [(depth, figures[depth], figures[depth] / figures["limit"], limit) for depth, limit in most.items()]
    table(f"Check of {MANY} entries, as a multiple of L", ("depth", "seconds", "L", "at most"), rows)
    mebibytes = bundle.stat().st_size / 2**20
    table(
        "Export",
        ("entries", "seconds", "MiB resident", "at most", "MiB zip"),
        [(MANY, took, resident, MOST_MIB, mebibytes)],
    )
    assert resident < MOST_MIB
    for depth, limit in most.items():
        assert figures[depth] <= limit * figures["limit"], depth
