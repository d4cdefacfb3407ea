"""Where a station stands, in one word: its place in the life of `onboarding`, and for those at work whether they speak.

Connected is a lease, silent is a connection on which nothing came for three heartbeats, offline is no connection.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Case, Count, IntegerField, Q, Value, When

from stations.models import LEASE, Station, StationQuerySet
from stations.queries import is_connected

S = Station.Status
CONNECTED, SILENT, OFFLINE = "connected", "silent", "offline"
# In the order in which a list sorted by status shows them: first what may want somebody.
CODES = (S.KNOCKING, S.PENDING, S.KEYED, S.RESTRICTED, SILENT, OFFLINE, CONNECTED, S.REJECTED, S.BLOCKED, S.RETIRED)
MISSED = 3


@dataclass(frozen=True)
class Silence:
    """Since when nothing came from a silent station: by the installation's heartbeat, and by each other one in use."""

    before: datetime
    own: tuple[tuple[int, datetime], ...]

    @property
    def condition(self) -> Q:
        found = Q(heartbeat_s=None, last_seen__lt=self.before)
        for heartbeat, before in self.own:
            found |= Q(heartbeat_s=heartbeat, last_seen__lt=before)
        return found


def silence(*, now: datetime) -> Silence:
    rows = Station.objects.order_by().exclude(heartbeat_s=None).values_list("heartbeat_s", flat=True).distinct()
    own = tuple((heartbeat, now - _patience(heartbeat)) for heartbeat in sorted(filter(None, rows)))
    return Silence(now - _patience(None), own)


def of(station: Station, *, now: datetime) -> str:
    """Needs `presence__gateway` selected, or asks for it."""
    if station.status != S.ACCEPTED:
        return station.status
    if not is_connected(station, now=now):
        return OFFLINE
    seen = station.last_seen
    return SILENT if seen is not None and seen < now - _patience(station.heartbeat_s) else CONNECTED


def condition(code: str, quiet: Silence, *, now: datetime) -> Q:
    """The stations that stand so. A code that nobody knows finds none."""
    if code in S.values:
        return Q(status=code) if code != S.ACCEPTED else Q(pk=None)
    # "fresh or nothing" is written the long way round: NOT over a join would also drop those without a presence.
    fresh = Q(presence__gateway__seen_at__gt=now - LEASE)
    gone = Q(presence=None) | Q(presence__gateway__seen_at__lte=now - LEASE)
    speaks = Q(status=S.ACCEPTED) & fresh
    conditions = {
        CONNECTED: speaks & ~quiet.condition,
        SILENT: speaks & quiet.condition,
        OFFLINE: Q(status=S.ACCEPTED) & gone,
    }
    return conditions.get(code, Q(pk=None))


def place(quiet: Silence, *, now: datetime) -> Case:
    """The place in CODES, to sort by."""
    whens = [When(condition(code, quiet, now=now), then=Value(number)) for number, code in enumerate(CODES)]
    return Case(*whens, default=Value(len(CODES)), output_field=IntegerField())


def counts(stations: StationQuerySet, *, now: datetime) -> dict[str, int]:
    """How many stand so, by code, in one query; `all` is the sum."""
    quiet = silence(now=now)
    found = {code: Count("pk", filter=condition(code, quiet, now=now)) for code in CODES}
    named = {f"n{number}": count for number, count in enumerate(found.values())}
    row = stations.order_by().aggregate(everything=Count("pk"), **named)
    return {"all": row["everything"]} | {str(code): row[f"n{number}"] for number, code in enumerate(CODES)}


def _patience(heartbeat_s: int | None) -> timedelta:
    return timedelta(seconds=MISSED * (heartbeat_s or settings.HEARTBEAT_S))
