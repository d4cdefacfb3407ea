"""`make check`: everything that can be said about the source without running the tests. Short when all is well."""

import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.tools.source import PACKAGES, ROOT, modules

LOOK_AGAIN = 300  # lines: from here on a file probably holds a second noun


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    remedy: str
    command: list[str]


@dataclass(frozen=True, slots=True)
class Outcome:
    check: Check
    status: int
    output: str
    seconds: float


def checks() -> list[Check]:
    python = [sys.executable]
    manage = [*python, "manage.py"]
    found = [
        Check("types", "mypy", [*python, "-m", "mypy", "--no-error-summary"]),
        Check("lint", "ruff check --fix", [*python, "-m", "ruff", "check", "--quiet", "."]),
        Check("format", "ruff format", [*python, "-m", "ruff", "format", "--quiet", "--diff", "."]),
        Check("django", "manage.py check", [*manage, "check", "--fail-level", "WARNING"]),
        Check("migrations", "manage.py makemigrations", [*manage, "makemigrations", "--check", "--dry-run"]),
    ]
    if (ROOT / "tests/tools/messages.py").exists():
        found.append(Check("translations", "make messages", [*python, "-m", "tests.tools.messages", "--check"]))
    return found


def run(check: Check, home: Path) -> Outcome:
    started = time.monotonic()
    # A home of its own: checking must neither need nor touch an installation, nor its database.
    kept = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL", "DEBUG"}}
    done = subprocess.run(
        check.command,
        cwd=ROOT,
        env=kept | {"MERIDIAN_HOME": str(home)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Outcome(check, done.returncode, done.stdout.strip(), time.monotonic() - started)


def large_files() -> list[str]:
    ours = sorted(modules(*PACKAGES), key=lambda module: -module.length)
    return [f"{module.place} ({module.length})" for module in ours if module.length >= LOOK_AGAIN]


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="meridian-check-") as folder, ThreadPoolExecutor(2) as pool:
        (Path(folder) / "static").mkdir()
        outcomes = list(pool.map(lambda check: run(check, Path(folder)), checks()))
    failed = [outcome for outcome in outcomes if outcome.status]
    for outcome in outcomes:
        verdict = "FAILED" if outcome.status else "ok"
        sys.stdout.write(f"  {outcome.check.name:13} {verdict:7} {outcome.seconds:5.1f} s\n")
    if large := large_files():
        sys.stdout.write(f"  {'sizes':13} look for a second noun in: {', '.join(large)}\n")
    for outcome in failed:
        sys.stdout.write(f"\n── {outcome.check.name} (try: {outcome.check.remedy}) ──\n{outcome.output}\n")
    sys.stdout.flush()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
