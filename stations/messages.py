"""The record of what went over the wire, for the operator's message browser. Redacted before it is written."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from stations import rows
from stations.models import Message
from stations.ocpp.redaction import redact

MAX_KEPT = 100_000  # characters of one payload; a transaction with its whole history may be larger


@dataclass(frozen=True, slots=True)
class Record:
    station_id: int
    at: datetime
    direction: str
    kind: str
    action: str
    message_id: str
    payload: Any
    size: int
    latency_ms: int | None = None
    finding: str = ""
    text: str | None = None  # the frame, where it is at hand: most show at a glance that they hold no secret


COLUMNS = (
    "station_id",
    "at",
    "direction",
    "kind",
    "action",
    "message_id",
    "payload",
    "size",
    "latency_ms",
    "finding",
)


def write(records: list[Record]) -> None:
    rows.insert(Message, COLUMNS, [_row(record) for record in records])


def shown(payload: Any, *, frame: str | None = None) -> str:
    """As text, without its secrets. A text payload is one that did not parse, and was cleaned by its writer."""
    if isinstance(payload, str):
        return _storable(payload)[:MAX_KEPT]
    return _storable(rows.text(redact(payload, text=frame)))[:MAX_KEPT]


def prune(*, before: datetime, keep_per_station: int) -> int:
    """Forget records older than `before`, and of chatty stations all but the newest; how many went."""
    gone, _ = Message.objects.filter(at__lt=before).delete()
    stations = Message.objects.order_by().values_list("station_id", flat=True).distinct()
    for station_id in list(stations):
        rows = Message.objects.filter(station_id=station_id).order_by("-id")
        border = rows.values_list("id", flat=True)[keep_per_station : keep_per_station + 1].first()
        if border is not None:
            count, _ = rows.filter(id__lte=border).delete()
            gone += count
    return gone


def _row(record: Record) -> rows.Row:
    return (
        record.station_id,
        rows.moment(record.at),
        record.direction,
        record.kind,
        _storable(record.action)[:64],
        _storable(record.message_id)[:64],
        shown(record.payload, frame=record.text),
        record.size,
        record.latency_ms,
        _storable(record.finding)[:200],
    )


def _storable(text: str) -> str:
    """No NUL, which PostgreSQL has no room for, and no half characters, which no database has."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
