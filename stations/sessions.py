"""Charging sessions from what stations say of them. A stop is never refused, and nothing of it is ever thrown away."""

import hashlib
import json
from datetime import datetime
from typing import Any

from django.db.models import F

from stations.models import Session, SessionNumber, Station
from stations.ocpp import times

LARGEST_NUMBER = 2**31 - 1
REMEMBERED_EVENTS = 64


def start(station: Station, payload: dict[str, Any], *, at: datetime) -> Session:
    """The session of a StartTransaction (1.6); the same one, with the same number, when the station asks again."""
    digest = _digest(payload, "connectorId", "idTag", "meterStart", "timestamp")
    again = Session.objects.filter(station=station, start_digest=digest, unmatched=False).first()
    if again is not None:
        return again
    return Session.objects.create(
        station=station,
        transaction=str(_next_number()),
        connector=payload["connectorId"],
        token=payload["idTag"],
        start_digest=digest,
        start_said=times.read(payload["timestamp"]),
        start_received=at,
        start_wh=payload["meterStart"],
        detail={"reservation": payload.get("reservationId")},
    )


def stop(station: Station, payload: dict[str, Any], *, at: datetime) -> bool:
    """False when the same stop was heard before. A stop without its start is kept as unmatched."""
    number = str(payload["transactionId"])
    digest = _digest(payload, "transactionId", "meterStop", "timestamp")
    if Session.objects.filter(station=station, detail__stop_digest=digest).exists():
        return False
    said = times.read(payload["timestamp"])
    facts = {
        "stop_said": said,
        "stop_received": at,
        "stop_wh": payload["meterStop"],
        "stop_reason": payload.get("reason", ""),
    }
    session = Session.objects.filter(
        station=station, transaction=number, unmatched=False, stop_received__isnull=True
    ).first()
    if session is None:
        detail = {"stop_digest": digest, "stop": payload}
        token = payload.get("idTag", "")
        Session.objects.create(
            station=station,
            transaction=number,
            token=token,
            start_received=at,
            unmatched=True,
            detail=detail,
            **facts,
        )
    else:
        detail = {**session.detail, "stop_digest": digest}
        Session.objects.filter(pk=session.pk).update(detail=detail, **facts)
    return True


def event(station: Station, payload: dict[str, Any], *, at: datetime) -> bool:
    """A TransactionEvent (2.x); False when it was heard before. Events may come out of order, and without a start."""
    info, sequence = payload["transactionInfo"], payload["seqNo"]
    evse = payload.get("evse") or {}
    session, _ = Session.objects.get_or_create(
        station=station,
        transaction=info["transactionId"],
        unmatched=False,
        defaults={"start_received": at, "detail": {"seen": []}},
    )
    seen: list[int] = session.detail.get("seen", [])
    if sequence in seen:
        return False
    said, kind = times.read(payload["timestamp"]), payload["eventType"]
    session.evse = evse.get("id", session.evse)
    session.connector = evse.get("connectorId", session.connector)
    session.token = (payload.get("idToken") or {}).get("idToken", session.token)[:64]
    if kind == "Started":
        session.start_said, session.start_wh = said, register_wh(payload)
    elif kind == "Ended":
        session.stop_said, session.stop_received, session.stop_wh = said, at, register_wh(payload)
        session.stop_reason = info.get("stoppedReason", "")
    session.detail = {**session.detail, "seen": [*seen, sequence][-REMEMBERED_EVENTS:], "info": info}
    session.save()
    return True


def register_wh(payload: dict[str, Any]) -> int | None:
    """The energy register that came along; None where none did."""
    for value in payload.get("meterValue") or []:
        for sample in value.get("sampledValue", []):
            whole = sample.get("phase") is None
            if sample.get("measurand", "Energy.Active.Import.Register") == "Energy.Active.Import.Register" and whole:
                return _wh(sample)
    return None


def _wh(sample: dict[str, Any]) -> int | None:
    unit = sample.get("unitOfMeasure") or {}
    try:
        factor = 10.0 ** int(unit.get("multiplier", 0)) * (1000 if unit.get("unit", "Wh") == "kWh" else 1)
        return round(float(sample["value"]) * factor)
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def _next_number() -> int:
    """Within 31 bits, which is what stations have room for; the row lock makes it unique over all gateways."""
    SessionNumber.objects.get_or_create(pk=1)
    row = SessionNumber.objects.select_for_update().get(pk=1)
    number = row.last % LARGEST_NUMBER + 1
    SessionNumber.objects.filter(pk=1).update(last=number if number == 1 else F("last") + 1)
    return number


def _digest(payload: dict[str, Any], *names: str) -> str:
    return hashlib.sha256(json.dumps([payload.get(name) for name in names]).encode()).hexdigest()
