"""What a query travels on: something that sends, receives until a moment, and says who stamped what."""

from dataclasses import dataclass
from typing import Protocol

from timesync.client.results import Stamp


@dataclass(frozen=True, slots=True)
class Arrival:
    datagram: bytes
    home: Stamp


class Line(Protocol):
    """One connection to one server. Requests go one after the other."""

    @property
    def ip(self) -> str: ...

    async def send(self, request: bytes) -> None: ...

    def departure(self) -> Stamp:
        """When the last request left, by the best stamp known by now."""

    async def receive(self, *, until: float) -> Arrival | None:
        """What comes next; None when nothing came until that time of the event loop. Raises OSError."""

    def close(self) -> None: ...
