"""What is odd about stations that newly connect (OCPP-J 1.6, section 6.2.2): asked from the rows, nothing is stored.

Three signs that somebody tries identities, or that one device or key is in several hands: many new identities within
an hour, one serial number under two identities, one address under which many identities came.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Min, Q

from stations.models import Attempt, Presence, Station

LOOK_BACK = timedelta(hours=24)
RATE_WINDOW = timedelta(hours=1)
# A rise is sudden when the last hour brought so many new ones, and so many times what an hour of the day before did.
RATE_LEAST, RATE_TIMES = 20, 5
IDENTITIES_PER_ADDRESS = 5
MOST = 50
LISTED = 12


@dataclass(frozen=True)
class Rate:
    """New identities of the last hour, and on the average of an hour of the day before it."""

    registered: int
    unknown: int
    usual: float

    @property
    def now(self) -> int:
        return self.registered + self.unknown

    @property
    def sudden(self) -> bool:
        return self.now >= RATE_LEAST and self.now > RATE_TIMES * self.usual


@dataclass(frozen=True)
class SharedSerial:
    serial: str
    vendor: str
    stations: Sequence[Station]
    since: datetime


@dataclass(frozen=True)
class BusyAddress:
    """One address and the identities that came from it; `count` of them, of which some are listed."""

    address: str
    count: int
    identities: Sequence[str]
    since: datetime
    last: datetime


def rate(*, now: datetime) -> Rate:
    """How many identities came for the first time, whether they were let in or not."""
    day = now - LOOK_BACK
    hour = now - RATE_WINDOW
    registered = _new_stations(since=hour, until=now)
    unknown = _new_unknown(since=hour, until=now)
    before = _new_stations(since=day, until=hour) + _new_unknown(since=day, until=hour)
    hours = (LOOK_BACK - RATE_WINDOW) / RATE_WINDOW
    return Rate(registered, unknown, before / hours)


def shared_serials(*, most: int = MOST) -> list[SharedSerial]:
    """Stations that are not retired and say they have the serial number of another one of the same vendor."""
    alive = Station.objects.exclude(status=Station.Status.RETIRED).exclude(serial="").order_by()
    groups = alive.values("vendor", "serial").annotate(many=Count("pk")).filter(many__gt=1)[:most]
    wanted = Q(pk=None)
    for group in groups:
        wanted |= Q(vendor=group["vendor"], serial=group["serial"])
    found: dict[tuple[str, str], list[Station]] = defaultdict(list)
    for station in alive.filter(wanted).select_related("group").order_by("folded"):
        found[station.vendor, station.serial].append(station)
    return [
        SharedSerial(serial, vendor, stations, max(station.booted_at or station.registered_at for station in stations))
        for (vendor, serial), stations in found.items()
    ]


def busy_addresses(*, now: datetime, known_fronts: Iterable[str] = (), most: int = MOST) -> list[BusyAddress]:
    """Addresses under which many identities were refused, or are connected, within a day.

    Behind one router many stations are right to share an address, so this is a hint and no alarm.
    """
    came: dict[str, dict[str, tuple[datetime, datetime]]] = defaultdict(dict)
    attempts = Attempt.objects.filter(last_at__gte=now - LOOK_BACK).exclude(identity="").order_by()
    crowded = attempts.values("address").annotate(many=Count("identity", distinct=True)).order_by("-many")
    open_now = Presence.objects.order_by().values("peer").annotate(many=Count("pk")).order_by("-many")
    addresses = {row["address"] for row in crowded[:most]} | {row["peer"] for row in open_now[:most]}
    addresses -= {"", *known_fronts}
    rows = attempts.filter(address__in=addresses).values("address", "identity")
    for row in rows.annotate(first=Min("first_at"), last=Max("last_at")):
        came[row["address"]][row["identity"]] = (row["first"], row["last"])
    held = Presence.objects.filter(peer__in=addresses).values_list("peer", "station__identity", "since")
    for address, identity, since in held:
        came[address].setdefault(identity, (since, since))
    found = [_busy(address, who) for address, who in came.items() if len(who) >= IDENTITIES_PER_ADDRESS]
    return sorted(found, key=lambda one: -one.count)[:most]


def _busy(address: str, who: dict[str, tuple[datetime, datetime]]) -> BusyAddress:
    first, last = min(times[0] for times in who.values()), max(times[1] for times in who.values())
    return BusyAddress(address, len(who), sorted(who)[:LISTED], first, last)


def _new_stations(*, since: datetime, until: datetime) -> int:
    """Those that a person added are no anomaly: only who came by itself counts."""
    came = Station.objects.filter(status=Station.Status.KNOCKING, registered_at__gt=since, registered_at__lte=until)
    return came.count()


def _new_unknown(*, since: datetime, until: datetime) -> int:
    """Identities that nobody registered and that had not knocked before."""
    first = (
        Attempt.objects.filter(reason="unknown-identity").order_by().values("identity").annotate(first=Min("first_at"))
    )
    return first.filter(first__gt=since, first__lte=until).count()
