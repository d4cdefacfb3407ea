"""What needs somebody now: a table of sources, each with its right; a new kind of worry is one more row."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise

from console.models import Operator
from console.rights import Right


@dataclass(frozen=True)
class Need:
    """One line of the queue. `tone` and `word` as of a status; `since` says how long it has waited."""

    tone: str
    icon: str
    word: str | Promise
    what: str | Promise
    why: str | Promise
    url: str
    act: str | Promise
    since: datetime | None = None
    owner: str = ""

    @property
    def critical(self) -> bool:
        return self.tone == "bad"


@dataclass(frozen=True)
class Source:
    right: Right
    find: Callable[[Operator, datetime], Sequence[Need]]


WEIGHT = {"bad": 0, "wait": 1, "warn": 2}
SOURCES: tuple[Source, ...] = ()


def needs_of(operator: Operator, now: datetime, *, sources: Sequence[Source] = SOURCES) -> list[Need]:
    """Everything that this person may do something about, the gravest and then the oldest first."""
    found = [need for source in sources if operator.may(source.right) for need in source.find(operator, now)]
    return sorted(found, key=lambda need: (WEIGHT.get(need.tone, 3), need.since or now))
