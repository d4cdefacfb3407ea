"""Authorisation, transactions and meter values of all three versions."""

from stations import sessions, telemetry
from stations.ocpp.versions import Version
from stations.saying import BulkRoutes, Payload, Routes, Saying, for_versions

# Who may charge is decided by the systems behind the console; until one is connected, nobody is turned away here.
ACCEPTED_16 = {"idTagInfo": {"status": "Accepted"}}
ACCEPTED_2X = {"idTokenInfo": {"status": "Accepted"}}


def authorize_16(said: list[Saying]) -> list[Payload]:
    return [ACCEPTED_16] * len(said)


def authorize_2x(said: list[Saying]) -> list[Payload]:
    return [ACCEPTED_2X] * len(said)


def start_transaction(said: Saying) -> Payload:
    session = sessions.start(said.station, said.payload, at=said.at)
    return {"transactionId": int(session.transaction), **ACCEPTED_16}


def stop_transaction(said: Saying) -> Payload:
    new = sessions.stop(said.station, said.payload, at=said.at)
    if new and said.payload.get("transactionData"):
        telemetry.record_readings([(said.station, said.payload, said.at)])
    return ACCEPTED_16 if said.payload.get("idTag") else {}


def transaction_event(said: Saying) -> Payload:
    new = sessions.event(said.station, said.payload, at=said.at)
    if new and said.payload.get("meterValue"):
        facts = {
            "transactionId": said.payload["transactionInfo"]["transactionId"],
            "evseId": (said.payload.get("evse") or {}).get("id"),
            "meterValue": said.payload["meterValue"],
        }
        telemetry.record_readings([(said.station, facts, said.at)])
    return ACCEPTED_2X if said.payload.get("idToken") else {}


def meter_values(said: list[Saying]) -> list[Payload]:
    """All that came in one batch with one insert."""
    telemetry.record_readings([(one.station, one.payload, one.at) for one in said])
    return [{} for _ in said]


ROUTES: Routes = {
    ("StartTransaction", Version.V16): start_transaction,
    ("StopTransaction", Version.V16): stop_transaction,
    **for_versions({"TransactionEvent": transaction_event}, Version.V201, Version.V21),
}
BULK_ROUTES: BulkRoutes = {
    ("Authorize", Version.V16): authorize_16,
    ("Authorize", Version.V201): authorize_2x,
    ("Authorize", Version.V21): authorize_2x,
    **{("MeterValues", version): meter_values for version in Version},
}
