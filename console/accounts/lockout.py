"""A pause after wrong tries, per account and per address.

A try is counted before it is checked, so that a hundred tries at once are a hundred tries. What was right gives its
count back. The rows outlive restarts and hold for all web processes. Names that nobody has are counted like those of
people, so the answers do not tell who has an account.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from console.errors import TooManyTries
from console.models import Attempts

TRIES = {"account": 5, "factor": 5, "address": 20}
PAUSE = timedelta(minutes=15)
LONGEST = timedelta(hours=4)
FORGOTTEN_AFTER = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Try:
    """What is left of the tries after this one; `pause` is how long the next pause is, or the one that began now."""

    key: str
    left: int
    pause: timedelta

    @property
    def minutes(self) -> int:
        return int(self.pause.total_seconds()) // 60


def key(kind: str, what: str) -> str:
    """`what` is hashed: a guessed name may be a password that was typed into the wrong field."""
    return f"{kind}:{hashlib.sha256(what.casefold().encode()).hexdigest()[:40]}"


def pause_of(rounds: int) -> timedelta:
    return min(PAUSE * (1 << min(rounds, 10)), LONGEST)


@transaction.atomic
def take(kind: str, what: str, *, at: datetime) -> Try:
    """Count one try. Raise TooManyTries, without counting, while a pause lasts."""
    row, _ = Attempts.objects.select_for_update().get_or_create(key=key(kind, what), defaults={"last_at": at})
    if row.locked_until and at < row.locked_until:
        raise TooManyTries(row.locked_until, at=at)
    if at - row.last_at > FORGOTTEN_AFTER:
        row.count = row.rounds = 0
    pause = pause_of(row.rounds)
    row.count, row.last_at, row.locked_until = row.count + 1, at, None
    left = TRIES[kind] - row.count
    if left == 0:
        row.locked_until, row.count, row.rounds = at + pause, 0, row.rounds + 1
    row.save()
    return Try(row.key, left, pause)


def forgive(kind: str, what: str) -> None:
    """The account's own person came in: their earlier slips do not count any more."""
    Attempts.objects.filter(key=key(kind, what)).delete()


@transaction.atomic
def give_back(kind: str, what: str) -> None:
    """This one try was right. The others stay: who has one account must not get fresh tries at all the others."""
    row = Attempts.objects.select_for_update().filter(key=key(kind, what)).first()
    if row is None:
        return
    if row.locked_until:
        row.count, row.rounds, row.locked_until = TRIES[kind] - 1, max(0, row.rounds - 1), None
    else:
        row.count = max(0, row.count - 1)
    row.save()


def sweep(*, at: datetime) -> int:
    """Forget what is too old to matter."""
    old = Attempts.objects.filter(last_at__lt=at - FORGOTTEN_AFTER - LONGEST)
    return old.delete()[0]
