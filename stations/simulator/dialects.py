"""The same station in the words of 1.6 and of 2.x."""

import uuid
from typing import Any

Payload = dict[str, Any]
VENDOR, MODEL = "Meridian", "Simulated"


class Old:
    """OCPP 1.6."""

    protocol = "ocpp1.6"

    def __init__(self) -> None:
        self.number = 0

    def boot(self, identity: str) -> Payload:
        return {
            "chargePointVendor": VENDOR,
            "chargePointModel": MODEL,
            "chargePointSerialNumber": serial_of(identity),
            "firmwareVersion": "1.0.0",
        }

    def status(self, said_at: str, status: str) -> Payload:
        words = {"Occupied": "Charging"}
        return {
            "connectorId": 1,
            "errorCode": "NoError",
            "status": words.get(status, status),
            "timestamp": said_at,
        }

    def start(self, said_at: str, token: str, wh: int) -> tuple[str, Payload]:
        return "StartTransaction", {"connectorId": 1, "idTag": token, "meterStart": wh, "timestamp": said_at}

    def started(self, answer: Payload) -> None:
        self.number = answer["transactionId"]

    def values(self, said_at: str, wh: int) -> tuple[str, Payload]:
        value = {"timestamp": said_at, "sampledValue": [{"value": str(wh), "context": "Sample.Periodic", "unit": "Wh"}]}
        return "MeterValues", {"connectorId": 1, "transactionId": self.number, "meterValue": [value]}

    def stop(self, said_at: str, token: str, wh: int) -> tuple[str, Payload]:
        facts = {"transactionId": self.number, "idTag": token, "meterStop": wh, "timestamp": said_at, "reason": "Local"}
        return "StopTransaction", facts


class New:
    """OCPP 2.0.1 and 2.1."""

    def __init__(self, protocol: str) -> None:
        self.protocol = protocol
        self.transaction, self.sequence = "", 0

    def boot(self, identity: str) -> Payload:
        station = {
            "vendorName": VENDOR,
            "model": MODEL,
            "serialNumber": serial_of(identity),
            "firmwareVersion": "1.0.0",
        }
        return {"reason": "PowerUp", "chargingStation": station}

    def status(self, said_at: str, status: str) -> Payload:
        return {"timestamp": said_at, "connectorStatus": status, "evseId": 1, "connectorId": 1}

    def start(self, said_at: str, token: str, wh: int) -> tuple[str, Payload]:
        self.transaction, self.sequence = str(uuid.uuid4()), 0
        event = self._event("Started", "Authorized", said_at, wh)
        return "TransactionEvent", event | {"idToken": {"idToken": token, "type": "ISO14443"}}

    def started(self, answer: Payload) -> None:
        pass

    def values(self, said_at: str, wh: int) -> tuple[str, Payload]:
        return "TransactionEvent", self._event("Updated", "MeterValuePeriodic", said_at, wh)

    def stop(self, said_at: str, token: str, wh: int) -> tuple[str, Payload]:
        event = self._event("Ended", "StopAuthorized", said_at, wh)
        event["transactionInfo"]["stoppedReason"] = "Local"
        return "TransactionEvent", event | {"idToken": {"idToken": token, "type": "ISO14443"}}

    def _event(self, kind: str, trigger: str, said_at: str, wh: int) -> Payload:
        sample = {"value": wh, "measurand": "Energy.Active.Import.Register", "unitOfMeasure": {"unit": "Wh"}}
        event = {
            "eventType": kind,
            "timestamp": said_at,
            "triggerReason": trigger,
            "seqNo": self.sequence,
            "transactionInfo": {"transactionId": self.transaction},
            "evse": {"id": 1, "connectorId": 1},
            "meterValue": [{"timestamp": said_at, "sampledValue": [sample]}],
        }
        self.sequence += 1
        return event


Dialect = Old | New


def dialect(protocol: str) -> Dialect:
    return Old() if protocol == Old.protocol else New(protocol)


def serial_of(identity: str) -> str:
    return f"SN-{identity}"[:25]
