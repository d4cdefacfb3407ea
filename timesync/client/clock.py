"""This machine's clock, read once for two purposes: what time it is, and whether somebody sets it meanwhile."""

import time
from dataclasses import dataclass

RESOLUTION_NS = 200  # of kernel stamps against each other, generously
TRIES = 3


@dataclass(frozen=True, slots=True)
class Reading:
    """Wall and monotonic clock at one moment; `doubt_ns` is how long that moment was."""

    wall_ns: int
    steady_ns: int
    doubt_ns: int


def read() -> Reading:
    """The best of a few tries: being put aside between two reads must not look like a step of the clock."""
    best = None
    for _ in range(TRIES):
        before = time.monotonic_ns()
        wall = time.time_ns()
        doubt = time.monotonic_ns() - before
        if best is None or doubt < best.doubt_ns:
            best = Reading(wall, before, doubt)
        if doubt < 1_000:
            break
    assert best is not None  # noqa: S101 - TRIES is not 0
    return best


def step_ns(before: Reading, after: Reading) -> int:
    """By how much the clock was set between two readings; 0 within the doubt of the readings.

    Linux slews both clocks alike, so that only a step tells them apart.
    """
    step = (after.wall_ns - before.wall_ns) - (after.steady_ns - before.steady_ns)
    return step if abs(step) > before.doubt_ns + after.doubt_ns + 1_000 else 0
