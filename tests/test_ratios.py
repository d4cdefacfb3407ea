"""The measuring tools measure: a wrong ruler makes every figure wrong."""

import time
from pathlib import Path

import pytest

from tests.bench import ratios


def test_rounds_are_run_in_turns_and_the_first_does_not_count() -> None:
    order: list[str] = []
    answers = {"a": iter([99.0, 1.0, 5.0, 3.0]), "b": iter([99.0, 2.0, 2.0, 9.0])}

    def measure(name: str) -> float:
        order.append(name)
        return next(answers[name])

    assert ratios.medians(rounds=3, a=lambda: measure("a"), b=lambda: measure("b")) == {"a": 3.0, "b": 2.0}
    assert order == ["a", "b"] * 4


@pytest.mark.parametrize(("share", "value"), [(0.5, 5.0), (0.95, 10.0), (0.9, 9.0), (0.01, 1.0), (1.0, 10.0)])
def test_a_percentile_is_a_value_that_was_measured(share: float, value: float) -> None:
    assert ratios.percentile([float(n) for n in range(10, 0, -1)], share) == value


def test_a_flush_is_slower_than_a_write_and_leaves_nothing_behind(tmp_path: Path) -> None:
    assert 0 < ratios.flush_seconds(tmp_path, count=3) < 1
    assert list(tmp_path.iterdir()) == []


def test_a_longer_leaf_takes_longer() -> None:
    short, long = (ratios.hash_seconds(leaf_bytes=size, count=2000) for size in (100, 20_000))
    assert 0 < short < long


def test_each_gives_the_time_of_one_call() -> None:
    assert 0.002 <= ratios.each(lambda: time.sleep(0.002), count=5) < 0.2


def test_a_table_lines_up(capsys: pytest.CaptureFixture[str]) -> None:
    ratios.table("Pages", ["page", "p50 ms"], [["overview", 1.5], ["people", 1234.5]])
    assert capsys.readouterr().out.splitlines()[1:] == [
        "Pages",
        "  page        p50 ms",
        "  ────────  ────────",
        "  overview      1.50",
        "  people    1,234.50",
    ]
