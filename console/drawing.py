"""Charts as numbers: data in, places for axes, ticks and lines out; templates turn them into SVG. PURE.

Across, places are per cent of the width, so text keeps its size at any width; down, they are pixels. A line itself is
drawn in a box of 1000 units that the browser stretches (`preserveAspectRatio="none"`, strokes not scaled).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from math import asinh, ceil, floor, log10

BOX = 1000.0
Point = tuple[float, float | None]


@dataclass(frozen=True)
class Series:
    """One line; a point without a value is a gap, never a straight line over what nobody measured."""

    label: str
    points: Sequence[Point]
    kind: str = "trace"  # trace, ink, other, bad: the stroke classes of drawings.css


@dataclass(frozen=True)
class Limit:
    value: float
    label: str


@dataclass(frozen=True)
class Tick:
    place: float
    label: str
    anchor: str = "middle"


@dataclass(frozen=True)
class Line:
    label: str
    kind: str
    path: str


@dataclass(frozen=True)
class Chart:
    height: int
    floor: float
    lines: Sequence[Line]
    band: str
    limits: Sequence[Tick]
    across: Sequence[Tick]
    down: Sequence[Tick]
    zero: float | None

    @property
    def box(self) -> str:
        return f"0 0 {BOX:.0f} {self.height}"

    @property
    def label_floor(self) -> float:
        return self.floor + 18


@dataclass(frozen=True)
class Scale:
    """A straight scale from values to places; the low value may stand at the higher place (down the screen)."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def line_chart(
    series: Sequence[Series],
    *,
    across: Sequence[tuple[float, str]] = (),
    band: Sequence[tuple[float, float, float]] = (),
    limits: Sequence[Limit] = (),
    height: int = 180,
    unit: str = "",
) -> Chart | None:
    """A chart of lines with an optional band (x, low, high) around them; None when there is no value to draw.

    `across` names the ticks of the x axis: (value, label), for instance from `time_ticks`.
    """
    points = [(x, y) for line in series for x, y in line.points if y is not None]
    if not points:
        return None
    ys = [y for _, y in points] + [y for _, low, high in band for y in (low, high)] + [limit.value for limit in limits]
    steps = nice_ticks(min(ys), max(ys))
    xs = [x for x, _ in points] + [x for x, _ in across]
    x_scale, base = Scale(*apart(min(xs), max(xs)), 0, BOX), height - 26.0
    y_scale = Scale(steps[0], steps[-1], base, 8)
    return Chart(
        height=height,
        floor=base,
        lines=[Line(line.label, line.kind, _path(line.points, x_scale, y_scale)) for line in series],
        band=_band(band, x_scale, y_scale),
        limits=[Tick(round(y_scale.at(limit.value), 1), limit.label) for limit in limits],
        across=[Tick(_per_cent(x_scale.at(x)), label, _anchor(x_scale.at(x))) for x, label in across],
        down=[Tick(round(y_scale.at(step), 1), f"{_written(step, steps)}{unit}") for step in steps],
        zero=round(y_scale.at(0), 1) if steps[0] < 0 < steps[-1] else None,
    )


def nice_ticks(low: float, high: float, count: int = 4) -> list[float]:
    """Round numbers (1, 2 or 5 times a power of ten) that enclose low and high, about `count` steps apart."""
    low, high = apart(low, high)
    rough = (high - low) / count
    power = 10.0 ** floor(log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.999999)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return [round(at * step, 12) for at in range(first, last + 1)]


STEPS = [timedelta(minutes=n) for n in (1, 2, 5, 10, 15, 30)]
STEPS += [timedelta(hours=n) for n in (1, 2, 3, 6, 12)] + [timedelta(days=n) for n in (1, 2, 7, 14, 28, 91, 182, 364)]


def time_ticks(start: datetime, end: datetime, count: int = 6) -> list[tuple[float, str]]:
    """Ticks at round local times (in the zone of `start`), about `count`; under a day the time, else the day."""
    step = next((step for step in STEPS if (end - start) / step <= count), STEPS[-1])
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    first = midnight + ceil((start - midnight) / step) * step
    shown = "%H:%M" if step < timedelta(days=1) else "%d %b" if step > timedelta(days=60) else "%d.%m."
    ticks = (first + step * n for n in range(count + 2))
    return [(moment.timestamp(), f"{moment:{shown}}") for moment in ticks if moment <= end]


def apart(low: float, high: float) -> tuple[float, float]:
    """Two ends of a scale that are never the same: a single value stands in the middle."""
    if high > low:
        return low, high
    room = abs(low) * 0.1 or 1.0
    return low - room, high + room


# ── offsets of clocks: a scale stretched around zero ─────────────────────────────────────────────────────────────

FARTHEST = 60.0  # seconds; what lies beyond stands at the edge
_BEND = 0.03


def offset_place(seconds: float) -> float:
    """Where an offset stands, in per cent: 0 in the middle, ±1 s half-way out, ±60 s at the edges (2 and 98)."""
    held = max(-FARTHEST, min(FARTHEST, seconds))
    return round(50 + 48 * asinh(held / _BEND) / asinh(FARTHEST / _BEND), 2)


@dataclass(frozen=True)
class Dial:
    """One offset with its bound, in a drawing 89 wide with zero at 44.5: all zeros of a table stand in line."""

    at: float
    low: float
    high: float
    limits: tuple[float, float]
    over: bool


def dial(seconds: float, bound: float, limit: float) -> Dial:
    def place(value: float) -> float:
        return round(offset_place(value) * 0.89, 1)

    return Dial(
        at=place(seconds),
        low=place(seconds - bound),
        high=place(seconds + bound),
        limits=(place(-limit), place(limit)),
        over=abs(seconds) > limit,
    )


@dataclass(frozen=True)
class Bar:
    place: float
    height: float
    count: int
    over: bool


def offset_bars(offsets: Iterable[float], *, limit: float, height: float, bins: int = 100) -> list[Bar]:
    """Offsets counted in equal steps of the stretched scale; the tallest bar has `height`, the least has 3."""
    places = sorted((int(offset_place(seconds) / 100 * bins), abs(seconds) > limit) for seconds in offsets)
    counted = [(key, len(list(same))) for key, same in groupby(places)]
    tallest = max((count for _, count in counted), default=1)
    return [
        Bar(round((bin_ + 0.5) / bins * 100, 2), round(3 + (height - 3) * count / tallest, 1), count, over)
        for (bin_, over), count in counted
    ]


# ── a whole in parts ─────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Part:
    kind: str
    start: float
    width: float
    count: int
    share: float


def parts_of(counts: Sequence[tuple[str, int]]) -> list[Part]:
    """Counts side by side in a box of 1000; nothing at all gives nothing to draw."""
    total = sum(count for _, count in counts)
    if not total:
        return []
    edges = [0.0]
    for _, count in counts:
        edges.append(edges[-1] + BOX * count / total)
    return [
        Part(kind, round(start, 1), round(end - start, 1), count, count / total)
        for (kind, count), (start, end) in zip(counts, pairwise(edges), strict=True)
    ]


def _path(points: Sequence[Point], x_scale: Scale, y_scale: Scale) -> str:
    commands, drawing = [], False
    for x, y in points:
        if y is not None:
            commands.append(f"{'L' if drawing else 'M'}{x_scale.at(x):.1f} {y_scale.at(y):.1f}")
        drawing = y is not None
    return "".join(commands)


def _band(band: Sequence[tuple[float, float, float]], x_scale: Scale, y_scale: Scale) -> str:
    if not band:
        return ""
    there = [f"{x_scale.at(x):.1f} {y_scale.at(high):.1f}" for x, _, high in band]
    back = [f"{x_scale.at(x):.1f} {y_scale.at(low):.1f}" for x, low, _ in reversed(band)]
    return "M" + "L".join(there + back) + "Z"


def _per_cent(place: float) -> float:
    return round(place / BOX * 100, 2)


def _anchor(place: float) -> str:
    return "start" if place < BOX * 0.04 else "end" if place > BOX * 0.96 else "middle"


def _written(step: float, steps: Sequence[float]) -> str:
    """As many decimals as the step between two ticks needs, and a real minus sign."""
    decimals = max(0, -floor(log10(abs(steps[1] - steps[0])) + 1e-9))
    return f"{step:.{decimals}f}".replace("-", "−")
