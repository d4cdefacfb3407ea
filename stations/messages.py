"""The record of what went over the wire, for the operator's message browser. Redacted before it is written."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

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


def write(records: list[Record]) -> None:
    Message.objects.bulk_create([_row(record) for record in records])


def shown(payload: Any) -> str:
    """As text, without its secrets. A text payload is one that did not parse, and was cleaned by its writer."""
    if isinstance(payload, str):
        return payload[:MAX_KEPT]
    return json.dumps(redact(payload), ensure_ascii=False)[:MAX_KEPT]


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


def _row(record: Record) -> Message:
    return Message(
        station_id=record.station_id,
        at=record.at,
        direction=record.direction,
        kind=record.kind,
        action=record.action[:64],
        message_id=record.message_id[:64],
        payload=shown(record.payload),
        size=record.size,
        latency_ms=record.latency_ms,
        finding=record.finding[:200],
    )
