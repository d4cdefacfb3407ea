"""`make trace`: which tests prove which demand of tests/requirements.tsv, and which demand has none yet."""

import contextlib
import csv
import io
import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import pytest

from tests.tools.source import ROOT

TABLE = ROOT / "tests" / "requirements.tsv"


@dataclass(frozen=True, slots=True)
class Requirement:
    id: str
    source: str
    level: str
    home: str
    requirement: str


def requirements() -> dict[str, Requirement]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {row["id"]: Requirement(**row) for row in rows}


def tests_by_requirement(items: Iterable[pytest.Item]) -> dict[str, list[str]]:
    """Parametrised tests count once: the name before the bracket."""
    found: dict[str, list[str]] = defaultdict(list)
    for item in items:
        name = item.nodeid.split("[")[0]
        for marker in item.iter_markers("requirement"):
            for requirement_id in marker.args:
                if name not in found[requirement_id]:
                    found[requirement_id].append(name)
    return dict(found)


class Collector:
    def __init__(self) -> None:
        self.items: list[pytest.Item] = []

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.items = list(session.items)


def report(proved: dict[str, list[str]]) -> Iterable[str]:
    table = requirements()
    for item in table.values():
        tests = proved.get(item.id, [])
        yield f"{item.id:5} {item.level:6} {item.home:9} {'ok  ' if tests else 'none'} {item.requirement[:90]}"
        yield from (f"{'':28}{test}" for test in tests)
    without = [item for item in table.values() if item.id not in proved]
    must = sum(item.level == "MUST" for item in without)
    yield f"\n{len(table) - len(without)} of {len(table)} demands have a test; without: {len(without)} (MUST: {must})"


def main() -> int:
    collector = Collector()
    with contextlib.redirect_stdout(io.StringIO()):
        status = pytest.main(["--collect-only", "-qq", "tests"], plugins=[collector])
    if status != pytest.ExitCode.OK:
        sys.stderr.write("the tests cannot be collected; run make test to see why\n")
        return int(status)
    proved = tests_by_requirement(collector.items)
    sys.stdout.write("\n".join(report(proved)) + "\n")
    unknown = sorted(set(proved) - set(requirements()))
    if unknown:
        sys.stderr.write(f"unknown requirement ids: {', '.join(unknown)}\n")
    return 1 if unknown else 0


if __name__ == "__main__":
    sys.exit(main())
