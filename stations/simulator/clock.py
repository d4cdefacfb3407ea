"""The clock of a simulated station: its own, so that it can be wrong, drift, and be put right."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def _now() -> datetime:
    return datetime.now(UTC)


class Clock:
    """`drift_ppm` microseconds a second; what it shows is true time plus its error."""

    def __init__(
        self, *, offset: timedelta = timedelta(0), drift_ppm: float = 0.0, true: Callable[[], datetime] = _now
    ) -> None:
        self.drift_ppm, self._true = drift_ppm, true
        self._offset, self._since = offset, true()

    @property
    def error(self) -> timedelta:
        return self._offset + (self._true() - self._since) * (self.drift_ppm / 1e6)

    def now(self) -> datetime:
        return self._true() + self.error

    def set(self, shown: datetime) -> None:
        """As a station does on the time in a boot or heartbeat answer."""
        self._since = self._true()
        self._offset = shown - self._since

    def text(self) -> str:
        return self.now().strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
