"""Who is connected, and through which gateway process.

Presence is a lease: every gateway renews one row, and a connection counts as long as its gateway's row is fresh. A
gateway that was killed thus loses all its stations at once, without anybody having to clean up after it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from stations import bell
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
    """The newest authenticated connection wins; the one before simply is no longer the one."""
    before = Presence.objects.filter(station=station).exclude(gateway=gateway).exists()
    Presence.objects.update_or_create(
        station=station,
        defaults={
            "gateway": gateway,
            "connection": link.connection,
            "since": at,
            "peer": link.peer,
            "profile": link.profile,
            "protocol": link.protocol,
            "tls": link.tls,
        },
    )
    Station.objects.filter(pk=station.pk).update(last_seen=at, protocol=link.protocol)
    if before:
        transaction.on_commit(lambda: bell.moved(station.pk, connection=link.connection))


def left(station_id: int, connection: str, *, at: datetime) -> None:
    """Only the connection that holds the presence can end it: a late farewell of an old one changes nothing."""
    Presence.objects.filter(station_id=station_id, connection=connection).delete()
    Station.objects.filter(pk=station_id).update(last_seen=at)


def is_connected(station: Station, *, now: datetime) -> bool:
    return Presence.objects.filter(station=station, gateway__seen_at__gt=now - LEASE).exists()


def sweep(*, now: datetime) -> int:
    """Take the rows of dead gateways away; the number of those gateways."""
    dead = Gateway.objects.filter(seen_at__lte=now - 4 * LEASE)
    count = dead.count()
    dead.delete()
    return count
