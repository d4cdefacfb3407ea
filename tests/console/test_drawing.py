"""Places of charts: pure numbers, so every rule is tried directly."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console import drawing

NUMBERS = st.floats(min_value=-1e6, max_value=1e6, allow_nan=False)


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 10, [0, 5, 10]),
        (-0.8, 1.4, [-1, 0, 1, 2]),
        (0.013, 0.037, [0.01, 0.02, 0.03, 0.04]),
        (7, 7, [6, 6.5, 7, 7.5, 8]),
    ],
)
def test_ticks_are_round_numbers_around_the_values(low: float, high: float, ticks: list[float]) -> None:
    assert drawing.nice_ticks(low, high) == pytest.approx(ticks)


@given(NUMBERS, NUMBERS)
def test_ticks_always_enclose_and_never_swarm(one: float, other: float) -> None:
    low, high = sorted((one, other))
    ticks = drawing.nice_ticks(low, high)
    room = 1e-6 * max(1.0, abs(low), abs(high))
    assert ticks[0] <= low + room
    assert ticks[-1] >= high - room
    assert 2 <= len(ticks) <= 12


def test_a_gap_is_not_drawn_over() -> None:
    chart = drawing.line_chart([drawing.Series("a", [(0, 1), (1, 2), (2, None), (3, 1), (4, 2)])])
    assert chart is not None
    assert chart.lines[0].path.count("M") == 2
    assert chart.lines[0].path.count("L") == 2


def test_nothing_measured_is_no_chart() -> None:
    assert drawing.line_chart([drawing.Series("a", [(0, None)])]) is None
    assert drawing.line_chart([]) is None


def test_greater_stands_higher_and_all_of_it_inside() -> None:
    chart = drawing.line_chart(
        [drawing.Series("a", [(0, -2), (10, 3)])], limits=[drawing.Limit(5, "limit")], band=[(0, -4, 0), (10, 1, 4)]
    )
    assert chart is not None
    places = [tick.place for tick in chart.down]
    assert places == sorted(places, reverse=True)
    assert chart.limits[0].place < chart.floor
    assert chart.limits[0].place > 0
    assert chart.zero is not None
    assert chart.band.startswith("M")
    assert chart.band.endswith("Z")


def test_a_minus_is_a_minus_and_decimals_are_those_of_the_step() -> None:
    chart = drawing.line_chart([drawing.Series("a", [(0, -0.02), (1, 0.02)])], unit=" s")
    assert chart is not None
    assert [tick.label for tick in chart.down] == ["−0.02 s", "−0.01 s", "0.00 s", "0.01 s", "0.02 s"]


def test_time_ticks_stand_at_round_local_times() -> None:
    start = datetime(2026, 11, 21, 9, 14, tzinfo=ZoneInfo("Europe/Berlin"))
    ticks = drawing.time_ticks(start, start + timedelta(hours=5))
    assert [label for _, label in ticks] == ["10:00", "11:00", "12:00", "13:00", "14:00"]
    assert ticks[0][0] == datetime(2026, 11, 21, 9, 0, tzinfo=UTC).timestamp()


def test_time_ticks_over_weeks_are_days() -> None:
    start = datetime(2026, 11, 1, 9, tzinfo=UTC)
    assert [label for _, label in drawing.time_ticks(start, start + timedelta(days=12))][:2] == ["03.11.", "05.11."]


@pytest.mark.parametrize(("seconds", "place"), [(0, 50), (1, 74), (-1, 26), (60, 98), (-60, 2), (4000, 98)])
def test_the_stretched_scale_keeps_what_its_explanation_says(seconds: float, place: float) -> None:
    assert drawing.offset_place(seconds) == pytest.approx(place, abs=0.6)


@given(NUMBERS, NUMBERS)
def test_the_stretched_scale_keeps_order_and_is_even(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert drawing.offset_place(low) <= drawing.offset_place(high)
    assert drawing.offset_place(one) + drawing.offset_place(-one) == pytest.approx(100, abs=0.02)


def test_a_dial_says_when_the_limit_is_passed() -> None:
    assert not drawing.dial(4.9, 0.1, 5).over
    assert drawing.dial(-5.1, 0.1, 5).over
    assert drawing.dial(0, 0.5, 5).at == pytest.approx(44.5)


def test_bars_count_everything_and_the_tallest_has_the_height() -> None:
    bars = drawing.offset_bars([0.0, 0.0, 0.001, 7.0, -8.0], limit=5, height=100)
    assert sum(bar.count for bar in bars) == 5
    assert max(bar.height for bar in bars) == 100
    assert [bar.over for bar in bars] == [True, False, True]
    assert drawing.offset_bars([], limit=5, height=100) == []


def test_parts_fill_the_whole() -> None:
    parts = drawing.parts_of([("a", 1), ("b", 3)])
    assert [(part.start, part.width, part.share) for part in parts] == [(0, 250, 0.25), (250, 750, 0.75)]
    assert drawing.parts_of([("a", 0)]) == []
