"""What stations report of themselves: connectors, meter values, and everything else, kept whole."""

from datetime import datetime
from typing import Any

from stations.models import ConnectorStatus, Reading, Report, Station
from stations.ocpp import times
from stations.ocpp.redaction import redact


def connector_said(
    station: Station, *, evse: int, connector: int, status: str, detail: dict[str, Any], at: datetime
) -> None:
    ConnectorStatus.objects.update_or_create(
        station=station,
        evse=evse,
        connector=connector,
        defaults={
            "status": status,
            "detail": detail,
            "said_at": times.read(detail.get("timestamp")),
            "received_at": at,
        },
    )


def reading(station: Station, payload: dict[str, Any], *, at: datetime) -> Reading:
    """Not saved yet: readings are written in bulk."""
    transaction = payload.get("transactionId")
    return Reading(
        station=station,
        transaction="" if transaction is None else str(transaction),
        evse=payload.get("evseId", payload.get("connectorId")),
        received_at=at,
        values=payload.get("meterValue") or payload.get("transactionData") or [],
    )


def record_readings(readings: list[Reading]) -> None:
    Reading.objects.bulk_create(readings)


def record_report(station: Station, action: str, payload: dict[str, Any], *, at: datetime) -> None:
    Report.objects.create(station=station, action=action, payload=redact(payload), received_at=at)
