"""The tools behind the make targets say the truth: a check that passes on everything is worse than none."""

import ast
from pathlib import Path

import pytest

from tests import needs
from tests.tools import check, run, source, trace


def test_a_run_has_a_database_of_its_own_on_the_same_server() -> None:
    ours = run.own_database("postgres://me:secret@db.example:5433/meridian?sslmode=require")
    assert ours.startswith("postgres://me:secret@db.example:5433/meridian_")
    assert ours.endswith("?sslmode=require")


def test_a_password_is_never_said() -> None:
    trouble = run.postgres_trouble("postgres://me:secret@127.0.0.1:1/meridian")
    assert trouble is not None
    assert "127.0.0.1:1" in trouble
    assert "secret" not in trouble


def test_an_engine_that_does_not_answer_is_said() -> None:
    trouble = run.redis_trouble("redis://:secret@127.0.0.1:1/0")
    assert trouble is not None
    assert "secret" not in trouble


@pytest.mark.parametrize(
    "line", ["3 passed in 1.2s", "= 1 failed, 2 passed =", "no tests ran in 0.1s", "1 error in 2s"]
)
def test_the_closing_line_is_found(line: str) -> None:
    assert run.CLOSING.search(line)


def test_a_failing_check_fails_and_says_why(tmp_path: Path) -> None:
    wrong = check.Check("wrong", "nothing", ["python3", "-c", "import sys; print('the reason'); sys.exit(3)"])
    outcome = check.run(wrong, tmp_path)
    assert (outcome.status, outcome.output) == (3, "the reason")


def test_a_check_sees_no_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://nobody@nowhere/nothing")
    seen = check.Check("seen", "", ["sh", "-c", 'echo "$MERIDIAN_HOME ${DATABASE_URL:-none}"'])
    assert check.run(seen, tmp_path).output == f"{tmp_path} none"


def test_a_missing_program_is_a_skip_here_and_a_failure_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "")
    with pytest.raises(pytest.skip.Exception, match="no-such-program"):
        needs.program("no-such-program")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no-such-program"):
        needs.program("no-such-program")


def test_the_report_names_what_is_proved_and_what_is_not() -> None:
    first, second, *_ = trace.requirements()
    lines = list(trace.report({first: ["tests/x.py::test_it"]}))
    assert any(line.startswith(first) and " ok " in line for line in lines)
    assert any(line.startswith(second) and " none " in line for line in lines)
    assert any(line.strip() == "tests/x.py::test_it" for line in lines)
    assert f"1 of {len(trace.requirements())} demands have a test" in lines[-1]


KNOWN = frozenset({"console", "console.audit", "security", "security.logbook"})
IMPORTS = [
    ("import security.logbook", {"security.logbook"}),
    ("from security import logbook", {"security.logbook"}),
    ("from security.logbook import append", {"security.logbook"}),
    ("def f():\n    from console import audit", {"console.audit"}),
    ("if TYPE_CHECKING:\n    from console import audit", set()),
    ("if True:\n    from console import audit", {"console.audit"}),
]


@pytest.mark.parametrize(("text", "expected"), IMPORTS)
def test_imports_are_found_wherever_they_stand(text: str, expected: set[str]) -> None:
    assert {name for name, _ in source.imports(ast.parse(text), KNOWN)} == expected
