"""Stations of the small world: one of every standing, made by the services that make real ones."""

from datetime import datetime, timedelta

from django.db import transaction

from console import saved_views
from console.models import Operator
from stations import (
    commands,
    credentials,
    knocking,
    messages,
    onboarding,
    presence,
    registry,
    sessions,
    telemetry,
    variables,
)
from stations.knocking import Knock
from stations.messages import Record
from stations.models import Command, Gateway, Station, StationGroup
from stations.presence import Link
from stations.registry import Boot
from tests import factories

BY = "operator:ada"
GROUP = "Nordhafen"
BOOT = {
    "reason": "PowerUp",
    "chargingStation": {
        "vendorName": "Kranich",
        "model": "HC 150",
        "serialNumber": "KR150-22-004417",
        "firmwareVersion": "4.11.3",
    },
}
TLS = {"tls": "TLSv1.3", "suite": "TLS_AES_256_GCM_SHA384", "subject": "CN=DE*AUW*E1187,O=Auwald", "serial": "417ce0"}
ODD = "DE*ÄÖ 7:50 %x"  # what an identity may hold; addresses have to carry it


@transaction.atomic
def make(now: datetime) -> dict[str, str]:
    """Some of every kind; returns the identities that addresses need."""
    gateway = presence.start("gw-1", at=now)
    presence.beat(gateway, at=now + timedelta(hours=6))  # nobody beats while the pages are looked at
    busy = _working("DE*AUW*E1187", gateway, now, profile=2)
    _working("DE*AUW*E0012", gateway, now, profile=1)
    silent = _working("DE*AUW*E0508", gateway, now)
    Station.objects.filter(pk=silent.pk).update(last_seen=now - timedelta(hours=2))
    offline = _working("DE*AUW*E0602", gateway, now)
    presence.left(offline.pk, "c-DE*AUW*E0602", at=now - timedelta(days=2))
    registry.add(ODD, profile=2, by=BY, at=now, group=GROUP)
    pending = registry.add("DE*AUW*E2211", profile=2, by=BY, at=now).station
    registry.record_boots([Boot(pending, {**BOOT, "reason": "PowerUp"}, "ocpp2.0.1", now)])
    blocked = registry.add("DE*AUW*E1042", profile=1, by=BY, at=now).station
    onboarding.block(blocked, by=BY, at=now, reason="two identities, one serial")
    registry.knock("DE*NEU*E0001", profile=1, at=now - timedelta(minutes=4))
    _talk(busy, now)
    _knocks(now)
    views()
    return {"station": busy.identity, "pending": pending.identity, "odd": ODD, "empty": "DE*AUW*E1042"}


def views() -> None:
    ada, ben = (Operator.objects.get(name=name) for name in ("ada", "ben"))
    saved_views.keep(ada, "stations", "Profile 1", "profile=1", shared=False, at=factories.NOW)
    saved_views.keep(ben, "stations", "Kranich", "vendor=Kranich", shared=True, at=factories.NOW)


def _working(identity: str, gateway: Gateway, now: datetime, *, profile: int = 2) -> Station:
    added = registry.add(identity, profile=profile, by=BY, at=now - timedelta(days=3), group=GROUP, accepted=True)
    station = added.station
    serial = {"serialNumber": f"KR150-22-{station.pk:06}"} if identity != "DE*AUW*E1187" else {}
    boot = {**BOOT, "chargingStation": {**BOOT["chargingStation"], **serial}}  # type: ignore[dict-item]
    registry.record_boots([Boot(station, boot, "ocpp2.0.1", now - timedelta(hours=5))])
    link = Link(f"c-{identity}", "185.32.14.7", profile, "ocpp2.0.1", TLS if profile > 1 else {})
    presence.arrived(station, link, gateway=gateway, at=now - timedelta(seconds=5))
    return station


def _talk(station: Station, now: datetime) -> None:
    """Messages with and without findings, an answered and a waiting command, a key in doubt, sessions, settings."""
    started = {
        "eventType": "Started",
        "seqNo": 0,
        "timestamp": "2026-11-21T08:00:00Z",
        "triggerReason": "Authorized",
        "transactionInfo": {"transactionId": "tx-1"},
        "evse": {"id": 1, "connectorId": 1},
        "idToken": {"idToken": "04A1B2C3D4", "type": "ISO14443"},
    }
    sessions.event(station, started, at=now - timedelta(hours=1))
    said = [("TransactionEvent", started, ""), ("Heartbeat", {}, "")]
    said.append(("StatusNotification", {"connectorStatus": "Levitating"}, "unknown value at /connectorStatus"))
    rows = [
        Record(
            station.pk, now - timedelta(seconds=40 - n), "in", "call", action, f"m-{n}", payload, 120 + n, 4, finding
        )
        for n, (action, payload, finding) in enumerate(said)
    ]
    messages.write([*rows, Record(station.pk, now, "out", "result", "Heartbeat", "m-1", {"currentTime": "…"}, 44)])
    telemetry.connector_said(station, evse=1, connector=1, status="Occupied", detail={}, at=now)
    line = {
        "component": {"name": "OCPPCommCtrlr"},
        "variable": {"name": "HeartbeatInterval"},
        "variableAttribute": [{"value": "300"}],
    }
    variables.report(station, {"reportData": [line]}, at=now)
    commands.queue(station, "Reset", {"type": "Immediate"}, by=BY, at=now - timedelta(minutes=2))
    sent = commands.take(station.pk, connection="c", at=now)
    assert sent is not None
    commands.answered(sent.number, {"status": "Scheduled"}, at=now, results={})
    commands.queue(station, "RequestStopTransaction", {"transactionId": "tx-1"}, by=BY, at=now)
    doubtful = credentials.propose(station, b"k" * 20, by=BY, at=now - timedelta(minutes=9))
    credentials.in_doubt(doubtful, by="system:commands", at=now - timedelta(minutes=8))
    assert Command.objects.filter(station=station).count() == 2


def _knocks(now: datetime) -> None:
    facts = {"path": "/ocpp/DE*FRE*E01", "offered": ["ocpp1.6"], "authorization": "absent", "user_agent": "Kranich/4"}
    for number in range(6):
        knock = Knock(1, "203.0.113.9", "unknown-identity", f"DE*FRE*E{number:02}", facts)
        knocking.record([knock] * (number + 1), at=now - timedelta(minutes=number))
    knocking.record([Knock(2, "185.32.14.7", "wrong-key", "DE*AUW*E1187", {"tls": "TLSv1.2"})], at=now)
    knocking.record([Knock(3, "198.51.100.4", "tls", "", {"detail": "no shared cipher"})], at=now)


@transaction.atomic
def grow(now: datetime) -> None:
    """Many more rows of every kind that the pages of stations list."""
    group = StationGroup.objects.get(name=GROUP)
    busy = Station.objects.get(identity="DE*AUW*E1187")
    for number in range(40):
        factories.station(group=group, serial=f"S{number // 2}", vendor="Elbtal", protocol="ocpp1.6")
        knocking.record([Knock(1, f"192.0.2.{number}", "wrong-key", f"DE*GRW*E{number}", {"path": "/"})], at=now)
        commands.queue(busy, "ClearCache", {}, by=BY, at=now)
    messages.write([Record(busy.pk, now, "in", "call", "Heartbeat", f"g-{n}", {}, 40, 1, "late") for n in range(60)])
    for number in range(20):
        line = {
            "component": {"name": "Grown"},
            "variable": {"name": f"V{number}"},
            "variableAttribute": [{"value": "1"}],
        }
        variables.report(busy, {"reportData": [line]}, at=now)
        telemetry.connector_said(busy, evse=2, connector=number, status="Available", detail={}, at=now)
