"""Reads in the shape that pages, commands and the API show."""

from datetime import datetime
from typing import Any

from stations.models import LEASE, Message, Presence, Station
from stations.ocpp import times

UNKNOWN_CLOCK = {"offset_ms": None, "bound_ms": None, "quality": "unknown"}


def is_connected(station: Station, *, now: datetime) -> bool:
    """Needs `presence__gateway` selected, or asks for it."""
    presence: Presence | None = getattr(station, "presence", None)
    return presence is not None and presence.gateway.seen_at > now - LEASE


def described(station: Station, *, now: datetime) -> dict[str, Any]:
    """What the command line and the API tell of a station. The clock is unknown until the time room measures it."""
    return {
        "id": station.identity,
        "status": station.status,
        "connected": is_connected(station, now=now),
        "profile": station.profile,
        "protocol": station.protocol or None,
        "vendor": station.vendor or None,
        "model": station.model or None,
        "serial": station.serial or None,
        "firmware": station.firmware or None,
        "group": station.group.name if station.group else None,
        "last_seen": times.write(station.last_seen) if station.last_seen else None,
        "clock": dict(UNKNOWN_CLOCK),
    }


def listed(*, status: str = "", group: str = "", now: datetime) -> list[dict[str, Any]]:
    stations = Station.objects.select_related("group", "presence__gateway")
    if status:
        stations = stations.filter(status=status)
    if group:
        stations = stations.filter(group__name=group)
    return [described(station, now=now) for station in stations]


def last_messages(station: Station, *, number: int) -> list[dict[str, Any]]:
    """The newest `number`, oldest first."""
    newest = list(Message.objects.filter(station=station).order_by("-id")[:number])
    return [
        {
            "at": times.write(message.at),
            "direction": message.direction,
            "action": message.action,
            "id": message.message_id,
            "kind": message.kind,
            "finding": message.finding,
            "payload": message.payload,
        }
        for message in reversed(newest)
    ]
