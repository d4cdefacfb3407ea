"""Reads in the shape that pages, commands and the API show."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from stations.models import LEASE, Command, Message, Presence, Session, Station
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


# ── pages of what a station has said and was told ────────────────────────────────────────────────────────────────

PAGE = 50


@dataclass(frozen=True)
class Page:
    """Newest first. `earlier` and `later` are the numbers to go on from; None where there is nothing more."""

    rows: Sequence[Any] = field(default_factory=list)
    earlier: int | None = None
    later: int | None = None

    @property
    def shown(self) -> int:
        return len(self.rows)


def _page(found: QuerySet[Any], *, before: int | None, after: int | None, size: int = PAGE) -> Page:
    """Rows older than `before` or newer than `after`, else the newest, by their growing number."""
    if after is not None:
        rows = list(found.filter(pk__gt=after).order_by("pk")[: size + 1])
        more_later, rows = len(rows) > size, rows[:size][::-1]
        more_earlier = bool(rows)
    else:
        rows = list((found if before is None else found.filter(pk__lt=before)).order_by("-pk")[: size + 1])
        more_earlier, rows = len(rows) > size, rows[:size]
        more_later = before is not None and bool(rows)
    return Page(rows, rows[-1].pk if rows and more_earlier else None, rows[0].pk if rows and more_later else None)


def messages_of(
    station: Station,
    *,
    action: str = "",
    direction: str = "",
    only_findings: bool = False,
    before: int | None = None,
    after: int | None = None,
) -> Page:
    found = Message.objects.filter(station=station)
    if action:
        found = found.filter(action=action)
    if direction:
        found = found.filter(direction=direction)
    if only_findings:
        found = found.exclude(finding="")
    return _page(found, before=before, after=after)


def actions_of(station: Station, *, newest: int = 2000) -> list[str]:
    """The actions among the newest messages, for somebody to choose from."""
    recent = Message.objects.filter(station=station).order_by("-pk").values_list("action", flat=True)[:newest]
    return sorted({action for action in recent if action})


def commands_of(station: Station, *, before: int | None = None, after: int | None = None) -> Page:
    return _page(Command.objects.filter(station=station), before=before, after=after)


def sessions_of(station: Station, *, before: int | None = None, after: int | None = None) -> Page:
    return _page(Session.objects.filter(station=station), before=before, after=after)


def findings_of(station: Station, *, most: int = 10) -> list[Message]:
    """The newest messages in which something was not as it should be."""
    return list(Message.objects.filter(station=station).exclude(finding="").order_by("-pk")[:most])


def namesakes(station: Station) -> QuerySet[Station]:
    """Other stations that say they have the same serial number."""
    others = Station.objects.exclude(pk=station.pk).order_by("folded")
    return others.filter(serial=station.serial) if station.serial else others.none()
