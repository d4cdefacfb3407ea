"""One line of the queue on the overview: what waits for somebody."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise


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
