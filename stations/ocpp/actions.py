"""Which side may call which action. What the schemas know and a station may not call, only we may."""

from stations.ocpp.versions import Version

FROM_STATION_IN_16 = frozenset(
    [
        "Authorize",
        "BootNotification",
        "DataTransfer",
        "DiagnosticsStatusNotification",
        "FirmwareStatusNotification",
        "Heartbeat",
        "LogStatusNotification",
        "MeterValues",
        "SecurityEventNotification",
        "SignCertificate",
        "SignedFirmwareStatusNotification",
        "StartTransaction",
        "StatusNotification",
        "StopTransaction",
    ]
)
FROM_STATION_IN_201 = frozenset(
    [
        "Authorize",
        "BootNotification",
        "ClearedChargingLimit",
        "DataTransfer",
        "FirmwareStatusNotification",
        "Get15118EVCertificate",
        "GetCertificateStatus",
        "Heartbeat",
        "LogStatusNotification",
        "MeterValues",
        "NotifyChargingLimit",
        "NotifyCustomerInformation",
        "NotifyDisplayMessages",
        "NotifyEVChargingNeeds",
        "NotifyEVChargingSchedule",
        "NotifyEvent",
        "NotifyMonitoringReport",
        "NotifyReport",
        "PublishFirmwareStatusNotification",
        "ReportChargingProfiles",
        "ReservationStatusUpdate",
        "SecurityEventNotification",
        "SignCertificate",
        "StatusNotification",
        "TransactionEvent",
    ]
)
NEW_IN_21 = frozenset(
    [
        "BatterySwap",
        "ClosePeriodicEventStream",
        "GetCertificateChainStatus",
        "NotifyDERAlarm",
        "NotifyDERStartStop",
        "NotifyPriorityCharging",
        "NotifySettlement",
        "OpenPeriodicEventStream",
        "PullDynamicScheduleUpdate",
        "ReportDERControl",
        "VatNumberValidation",
    ]
)
FROM_STATION = {
    Version.V16: FROM_STATION_IN_16,
    Version.V201: FROM_STATION_IN_201,
    Version.V21: FROM_STATION_IN_201 | NEW_IN_21,
}
SENT_BY_STATION = {
    Version.V16: frozenset[str](),
    Version.V201: frozenset[str](),
    Version.V21: frozenset({"NotifyPeriodicEventStream"}),
}
BOTH_WAYS = frozenset({"DataTransfer"})
