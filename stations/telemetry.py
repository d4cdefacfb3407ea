"""What stations report of themselves: connectors, meter values, and everything else, kept whole."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from stations import rows
from stations.models import ConnectorStatus, Reading, Report, Station
from stations.ocpp import times
from stations.ocpp.redaction import redact


@dataclass(frozen=True, slots=True)
class ConnectorSaid:
    """What a connector says that it is."""

    station_id: int
    evse: int
    connector: int
    status: str
    detail: dict[str, Any]
    at: datetime


def connectors_said(said: list[ConnectorSaid]) -> None:
    rows.put(
        ConnectorStatus,
        ("station_id", "evse", "connector"),
        ("status", "detail", "said_at", "received_at"),
        [
            (
                one.station_id,
                one.evse,
                one.connector,
                one.status,
                rows.text(one.detail),
                rows.moment(times.read(one.detail.get("timestamp"))),
                rows.moment(one.at),
            )
            for one in said
        ],
    )


def connector_said(
    station: Station, *, evse: int, connector: int, status: str, detail: dict[str, Any], at: datetime
) -> None:
    connectors_said([ConnectorSaid(station.pk, evse, connector, status, detail, at)])


def record_readings(said: list[tuple[Station, dict[str, Any], datetime]]) -> None:
    """One row for each payload with meter values, whole as they came."""
    rows.insert(
        Reading,
        ("station_id", "transaction", "evse", "received_at", "values"),
        [
            (
                station.pk,
                "" if (number := payload.get("transactionId")) is None else str(number),
                payload.get("evseId", payload.get("connectorId")),
                rows.moment(at),
                rows.text(payload.get("meterValue") or payload.get("transactionData") or []),
            )
            for station, payload, at in said
        ],
    )


def record_report(station: Station, action: str, payload: dict[str, Any], *, at: datetime) -> None:
    Report.objects.create(station=station, action=action, payload=redact(payload), received_at=at)
