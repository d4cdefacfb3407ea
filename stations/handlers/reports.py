"""What a station reports. Everything is kept whole; what has no room of its own yet waits there for the one to come."""

from datetime import datetime

from security import logbook
from stations import telemetry, variables
from stations.ocpp import times
from stations.ocpp.versions import Version
from stations.saying import BulkRoutes, Handler, Payload, Routes, Saying, for_versions
from stations.telemetry import ConnectorSaid


def status_16(said: list[Saying]) -> list[Payload]:
    telemetry.connectors_said([_connector(one, "connectorId", "status") for one in said])
    return [{} for _ in said]


def status_2x(said: list[Saying]) -> list[Payload]:
    telemetry.connectors_said([_connector(one, "evseId", "connectorStatus") for one in said])
    return [{} for _ in said]


def _connector(said: Saying, evse: str, status: str) -> ConnectorSaid:
    payload = said.payload
    return ConnectorSaid(said.station.pk, payload[evse], payload["connectorId"], payload[status], payload, said.at)


def security_event(said: Saying) -> Payload:
    """Into the security book as well: what a station says of an attack must not be deniable afterwards."""
    telemetry.record_report(said.station, said.action, said.payload, at=said.at)
    facts = {"type": said.payload["type"], "said_at": _said_at(said), "info": said.payload.get("techInfo", "")}
    subject = said.station.subject
    logbook.append("security", "station.security-event", facts, subject=subject, actor=subject, at=said.at)
    return {}


def _said_at(said: Saying) -> str:
    point: datetime | None = times.read(said.payload.get("timestamp"))
    return times.write(point) if point else ""


def report(said: Saying) -> Payload:
    variables.report(said.station, said.payload, at=said.at)
    return {}


def keep(answer: Payload) -> Handler:
    """Store the message whole and give the one honest answer there is so far."""

    def handler(said: Saying) -> Payload:
        telemetry.record_report(said.station, said.action, said.payload, at=said.at)
        return dict(answer)

    return handler


EMPTY: Payload = {}
KEPT_EVERYWHERE = {
    "DataTransfer": keep({"status": "UnknownVendorId"}),
    "FirmwareStatusNotification": keep(EMPTY),
    "LogStatusNotification": keep(EMPTY),
    "SecurityEventNotification": security_event,
    "SignCertificate": keep({"status": "Rejected"}),
}
KEPT_IN_16 = {
    "DiagnosticsStatusNotification": keep(EMPTY),
    "SignedFirmwareStatusNotification": keep(EMPTY),
}
KEPT_IN_2X = {
    "ClearedChargingLimit": keep(EMPTY),
    "Get15118EVCertificate": keep({"status": "Failed", "exiResponse": ""}),
    "GetCertificateStatus": keep({"status": "Failed"}),
    "NotifyChargingLimit": keep(EMPTY),
    "NotifyCustomerInformation": keep(EMPTY),
    "NotifyDisplayMessages": keep(EMPTY),
    "NotifyEVChargingNeeds": keep({"status": "Rejected"}),
    "NotifyEVChargingSchedule": keep({"status": "Accepted"}),
    "NotifyEvent": keep(EMPTY),
    "NotifyMonitoringReport": keep(EMPTY),
    "NotifyReport": report,
    "PublishFirmwareStatusNotification": keep(EMPTY),
    "ReportChargingProfiles": keep(EMPTY),
    "ReservationStatusUpdate": keep(EMPTY),
}
KEPT_IN_21 = {
    "BatterySwap": keep(EMPTY),
    "ClosePeriodicEventStream": keep(EMPTY),
    "GetCertificateChainStatus": keep({"certificateStatus": []}),
    "NotifyDERAlarm": keep(EMPTY),
    "NotifyDERStartStop": keep(EMPTY),
    "NotifyPeriodicEventStream": keep(EMPTY),
    "NotifyPriorityCharging": keep(EMPTY),
    "NotifySettlement": keep(EMPTY),
    "OpenPeriodicEventStream": keep({"status": "Rejected"}),
    "PullDynamicScheduleUpdate": keep({"status": "Rejected"}),
    "ReportDERControl": keep(EMPTY),
    "VatNumberValidation": keep({"status": "Rejected"}),
}
ROUTES: Routes = {
    **for_versions(KEPT_EVERYWHERE, *Version),
    **for_versions(KEPT_IN_16, Version.V16),
    **for_versions(KEPT_IN_2X, Version.V201, Version.V21),
    **for_versions(KEPT_IN_21, Version.V21),
}
BULK_ROUTES: BulkRoutes = {
    ("StatusNotification", Version.V16): status_16,
    ("StatusNotification", Version.V201): status_2x,
    ("StatusNotification", Version.V21): status_2x,
}
