"""What needs somebody now: a table of sources, each with its right; a new kind of worry is one more row."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from console import book_needs, station_needs
from console.models import Operator
from console.needs import Need
from console.rights import Right


@dataclass(frozen=True)
class Source:
    right: Right
    find: Callable[[Operator, datetime], Sequence[Need]]


WEIGHT = {"bad": 0, "wait": 1, "warn": 2}
SOURCES: tuple[Source, ...] = (
    Source(Right.SEE_LOGBOOKS, book_needs.broken),
    Source(Right.ONBOARD_STATIONS, station_needs.knocking),
    Source(Right.ONBOARD_STATIONS, station_needs.stuck),
    Source(Right.MANAGE_KEYS, station_needs.keys_in_doubt),
    Source(Right.SEE_SECURITY, station_needs.anomalies),
)


def needs_of(operator: Operator, now: datetime, *, sources: Sequence[Source] = SOURCES) -> list[Need]:
    """Everything that this person may do something about, the gravest and then the oldest first."""
    found = [need for source in sources if operator.may(source.right) for need in source.find(operator, now)]
    return sorted(found, key=lambda need: (WEIGHT.get(need.tone, 3), need.since or now))
