"""Who is connected, and through which gateway process.

Presence is a lease: every gateway renews one row, and a connection counts as long as its gateway's row is fresh. A
gateway that was killed thus loses all its stations at once, without anybody having to clean up after it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction

from stations import bell, rows
from stations.models import LEASE, Gateway, Presence, Station

BEAT = timedelta(seconds=5)


@dataclass(frozen=True)
class Link:
    """An authenticated connection as the gateway saw it open."""

    connection: str
    peer: str
    profile: int
    protocol: str
    tls: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Arrival:
    station_id: int
    link: Link
    gateway_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Departure:
    station_id: int
    connection: str
    at: datetime


@transaction.atomic
def start(name: str, *, at: datetime) -> Gateway:
    """A gateway that comes back under its name has lost whatever it held before."""
    gateway, new = Gateway.objects.get_or_create(name=name, defaults={"started_at": at, "seen_at": at})
    if not new:
        Presence.objects.filter(gateway=gateway).delete()
        Gateway.objects.filter(pk=gateway.pk).update(started_at=at, seen_at=at)
    return gateway


def beat(gateway: Gateway, *, at: datetime) -> None:
    Gateway.objects.filter(pk=gateway.pk).update(seen_at=at)


def stop(gateway: Gateway) -> None:
    Gateway.objects.filter(pk=gateway.pk).delete()


def arrived(station: Station, link: Link, *, gateway: Gateway, at: datetime) -> None:
    arrivals([Arrival(station.pk, link, gateway.pk, at)])


def arrivals(came: list[Arrival]) -> list[None]:
    """The newest authenticated connection wins; the one before simply is no longer the one."""
    before = dict(
        Presence.objects.filter(station__in={one.station_id for one in came}).values_list("station", "gateway")
    )
    rows.put(
        Presence,
        ("station_id",),
        ("gateway_id", "connection", "since", "peer", "profile", "protocol", "tls"),
        [(one.station_id, one.gateway_id, *_columns(one.link, one.at)) for one in came],
    )
    rows.change(
        Station, ("last_seen", "protocol"), [(rows.moment(one.at), one.link.protocol, one.station_id) for one in came]
    )
    for one in came:
        if before.get(one.station_id, one.gateway_id) != one.gateway_id:
            transaction.on_commit(partial(bell.moved, one.station_id, connection=one.link.connection))
    return [None] * len(came)


def left(station_id: int, connection: str, *, at: datetime) -> None:
    departures([Departure(station_id, connection, at)])


def departures(gone: list[Departure]) -> list[None]:
    """Only the connection that holds the presence can end it: a late farewell of an old one changes nothing."""
    stations, connections = {one.station_id for one in gone}, {one.connection for one in gone}
    Presence.objects.filter(station__in=stations, connection__in=connections).delete()
    rows.change(Station, ("last_seen",), [(rows.moment(one.at), one.station_id) for one in gone])
    return [None] * len(gone)


def _columns(link: Link, at: datetime) -> rows.Row:
    since = rows.moment(at)
    return link.connection, since, link.peer[:64], link.profile, link.protocol, rows.text(link.tls)


def is_connected(station: Station, *, now: datetime) -> bool:
    return Presence.objects.filter(station=station, gateway__seen_at__gt=now - LEASE).exists()


def sweep(*, now: datetime) -> int:
    """Take the rows of dead gateways away; the number of those gateways."""
    dead = Gateway.objects.filter(seen_at__lte=now - 4 * LEASE)
    count = dead.count()
    dead.delete()
    return count
