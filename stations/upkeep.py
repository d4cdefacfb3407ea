"""What must be looked after now and then, by whichever gateway comes by: each is safe to do twice."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from stations import commands, onboarding
from stations.commands import Hear
from stations.models import Command, Station


def look(inside: Sequence[int], *, at: datetime, results: Mapping[str, Hear]) -> tuple[list[int], list[int]]:
    """Of the stations that are connected here: for whom commands wait, and who must not be in any more."""
    commands.expire(at=at, results=results)
    commands.settle_orphans(at=at, results=results)
    here = set(inside)
    waiting = Command.objects.filter(state=Command.State.QUEUED).values_list("station_id", flat=True).distinct()
    shut = Station.objects.filter(status__in=onboarding.SHUT_OUT, presence__isnull=False).values_list("pk", flat=True)
    return [pk for pk in waiting if pk in here], [pk for pk in shut if pk in here]


def remember_seen(heard: Mapping[int, datetime]) -> None:
    """One update a station that said something since it was last written down."""
    rows = Station.objects.filter(pk__in=heard).only("pk", "last_seen")
    late = [row for row in rows if row.last_seen is None or row.last_seen < heard[row.pk]]
    for row in late:
        row.last_seen = heard[row.pk]
    Station.objects.bulk_update(late, ["last_seen"], batch_size=500)
