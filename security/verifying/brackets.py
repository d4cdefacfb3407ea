"""Between which attested times must an entry have been made?

Whoever attests a checkpoint of size s at a time says: entries below s were there. So an entry at or above s that states
an earlier time, or an entry below s that states a later one, contradicts somebody outside. `tolerance` covers the time
that a seal takes to reach its witness, and clocks that differ a little.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

FORM = "%Y-%m-%dT%H:%M:%S.%fZ"
NEVER, EVER = "0000", "9999"
LATE = timedelta(minutes=10)  # an act may be entered this much after it happened


def _time(text: str) -> datetime:
    return datetime.strptime(text, FORM).replace(tzinfo=timezone.utc)


def went_back(before: str, stated: str) -> bool:
    try:
        return _time(before) - _time(stated) > LATE
    except ValueError:
        return True


class Brackets:
    """Walk with the entries in ascending order; the limits change only where a checkpoint lies."""

    def __init__(self, times: list[tuple[int, datetime]], tolerance: timedelta) -> None:
        ordered = sorted(times)
        self._sizes = [size for size, _ in ordered]
        self._low, self._high = _limits(ordered, tolerance)
        self._next = 0
        self.until = 0  # the limits hold for entries below this
        self.low, self.high = NEVER, EVER
        self.move(0)

    def move(self, sequence: int) -> None:
        while self._next < len(self._sizes) and self._sizes[self._next] <= sequence:
            self._next += 1
        self.low, self.high = self._low[self._next], self._high[self._next]
        self.until = self._sizes[self._next] if self._next < len(self._sizes) else 1 << 63

    def covered(self) -> int:
        """How many entries the last attested checkpoint before this place covers."""
        return self._sizes[self._next - 1] if self._next else 0


def _limits(ordered: list[tuple[int, datetime]], tolerance: timedelta) -> tuple[list[str], list[str]]:
    """For each place between attested checkpoints: the earliest and the latest time that an entry may state."""
    low, high = [NEVER], [EVER]
    for _, at in ordered:
        low.append(max(low[-1], (at - tolerance).strftime(FORM)))
    for _, at in reversed(ordered):
        high.insert(0, min(high[0], (at + tolerance).strftime(FORM)))
    return low, high
