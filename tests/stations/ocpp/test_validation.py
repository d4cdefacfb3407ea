from importlib.resources import files
from typing import Any

import orjson
import pytest

from stations.ocpp.actions import BOTH_WAYS, FROM_STATION, SENT_BY_STATION
from stations.ocpp.faults import Fault
from stations.ocpp.schemas import FOLDERS, Part, requests, validators
from stations.ocpp.validation import (
    FAULT_OF_KEYWORD,
    MAX_ERRORS,
    Checked,
    Finding,
    Tolerance,
    Violation,
    check,
    commands,
    refusal_of_action,
)
from stations.ocpp.versions import Version
from tests.stations.ocpp.samples import BOOT_2X, BOOT_16, METER_VALUES, STREAM_21, TRANSACTION_2X

V16, V201, V21 = Version
REQUEST, RESPONSE = Part

VALID = [
    (V16, "BootNotification", REQUEST, BOOT_16),
    (
        V16,
        "BootNotification",
        RESPONSE,
        {"status": "Accepted", "currentTime": "2013-02-01T20:53:32.486Z", "interval": 300},
    ),
    (V16, "MeterValues", REQUEST, METER_VALUES),
    (V16, "Heartbeat", REQUEST, {}),
    (
        V16,
        "SecurityEventNotification",
        REQUEST,
        {"type": "SettingSystemTime", "timestamp": "2026-11-21T10:00:00+01:00"},
    ),
    (V16, "ChangeConfiguration", REQUEST, {"key": "WebSocketPingInterval", "value": "0"}),
    (V201, "BootNotification", REQUEST, BOOT_2X),
    (V201, "TransactionEvent", REQUEST, TRANSACTION_2X),
    (V21, "TransactionEvent", REQUEST, TRANSACTION_2X),
    (V21, "NotifyPeriodicEventStream", REQUEST, STREAM_21),
    (V21, "BootNotification", REQUEST, {**BOOT_2X, "customData": {"vendorId": "x", "anything": [1]}}),
]


@pytest.mark.parametrize(("version", "action", "part", "payload"), VALID)
def test_valid_payloads_pass_untouched(version: Version, action: str, part: Part, payload: dict[str, Any]) -> None:
    assert check(version, action, part, payload).payload is payload


@pytest.mark.parametrize(("version", "actions"), [(V16, 40), (V201, 64), (V21, 91)])
def test_every_action_has_a_direction_and_both_parts(version: Version, actions: int) -> None:
    known = requests(version)
    assert len(known) >= actions - 1
    assert FROM_STATION[version] | SENT_BY_STATION[version] | commands(version) == known
    assert FROM_STATION[version] & commands(version) == BOTH_WAYS
    assert {action for action in known if (action, RESPONSE) not in validators(version)} == SENT_BY_STATION[version]


@pytest.mark.requirement("J10")
@pytest.mark.parametrize("version", Version)
def test_unknown_and_wrong_way_actions(version: Version) -> None:
    assert refusal_of_action(version, "BootNotification") is None
    assert refusal_of_action(version, "bootNotification") is Fault.UNKNOWN_ACTION
    assert refusal_of_action(version, "Reset") is Fault.NOT_SUPPORTED
    assert refusal_of_action(version, "") is Fault.UNKNOWN_ACTION


def test_a_stream_is_sent_and_not_called() -> None:
    assert refusal_of_action(V21, "NotifyPeriodicEventStream", sent=True) is None
    assert refusal_of_action(V21, "NotifyPeriodicEventStream") is Fault.NOT_SUPPORTED
    assert refusal_of_action(V21, "Heartbeat", sent=True) is Fault.NOT_SUPPORTED


def status(**changed: Any) -> dict[str, Any]:
    return {"connectorId": 1, "errorCode": "NoError", "status": "Available", **changed}


EXTRA = "payload: additionalProperties"
REFUSED = [
    (V16, "BootNotification", {"chargePointVendor": "x"}, Fault.INCOMPLETE, "payload: required"),
    (V16, "BootNotification", {**BOOT_16, "colour": "red"}, Fault.FORMAT, "payload: additionalProperties"),
    (V16, "BootNotification", {**BOOT_16, "iccid": 7}, Fault.TYPE, "/iccid: type"),
    (V16, "BootNotification", {**BOOT_16, "iccid": "7" * 21}, Fault.PROPERTY, "/iccid: maxLength"),
    (V16, "StatusNotification", status(errorCode="Error"), Fault.PROPERTY, "/errorCode: enum"),
    (V16, "StatusNotification", status(connectorId="1"), Fault.TYPE, "/connectorId: type"),
    (V16, "StatusNotification", status(connectorId=1.5), Fault.TYPE, "/connectorId: type"),
    (V16, "StatusNotification", status(connectorId=True), Fault.TYPE, "/connectorId: type"),
    (V16, "StatusNotification", status(timestamp="yesterday"), Fault.PROPERTY, "/timestamp: format"),
    (V201, "TransactionEvent", {**TRANSACTION_2X, "meterValue": []}, Fault.OCCURRENCE, "/meterValue: minItems"),
    (V201, "TransactionEvent", {**TRANSACTION_2X, "seqNo": 1e30}, Fault.PROPERTY, "/seqNo: maximum"),
    (V201, "TransactionEvent", {**TRANSACTION_2X, "seqNo": -1e30}, Fault.PROPERTY, "/seqNo: minimum"),
    (V21, "BootNotification", {**BOOT_2X, "reason": 5}, Fault.TYPE, "/reason: type"),
    # several at once: the worst is told
    (
        V16,
        "BootNotification",
        {"iccid": 7, "chargePointVendor": "x" * 30, "a": 1},
        Fault.FORMAT,
        "payload: additionalProperties",
    ),
]


@pytest.mark.requirement("J10")
@pytest.mark.parametrize(("version", "action", "payload", "fault", "words"), REFUSED)
def test_refusals_name_place_and_rule(
    version: Version, action: str, payload: dict[str, Any], fault: Fault, words: str
) -> None:
    with pytest.raises(Violation) as caught:
        check(version, action, REQUEST, payload)
    assert caught.value.fault is fault
    assert str(caught.value) == words


def test_a_refusal_never_quotes_the_value() -> None:
    with pytest.raises(Violation) as caught:
        check(V16, "ChangeConfiguration", REQUEST, {"key": "AuthorizationKey", "value": "s3cret" * 100})
    assert "s3cret" not in str(caught.value)


def readings(**changed: Any) -> dict[str, Any]:
    values = [{"value": "1", **changed}]
    return {"connectorId": 1, "meterValue": [{"timestamp": "2026-11-21T10:00:00Z", "sampledValue": values}]}


T = Tolerance
FORGIVEN = [
    ("StatusNotification", status(errorCode="Error"), T.UNKNOWN_ENUM, "/errorCode", status(errorCode="Error")),
    ("BootNotification", {**BOOT_16, "iccid": 230}, T.NUMBER_AS_TEXT, "/iccid", {**BOOT_16, "iccid": "230"}),
    ("BootNotification", {**BOOT_16, "iccid": 2.5}, T.NUMBER_AS_TEXT, "/iccid", {**BOOT_16, "iccid": "2.5"}),
    ("StatusNotification", status(timestamp=""), T.EMPTY_TEXT, "/timestamp", status()),
    ("BootNotification", {**BOOT_16, "iccid": None}, T.NULL_MEMBER, "/iccid", BOOT_16),
    ("MeterValues", readings(unit=None), T.NULL_MEMBER, "/meterValue/0/sampledValue/0/unit", readings()),
    ("BootNotification", {**BOOT_16, "x": 1}, T.EXTRA_MEMBER, "", {**BOOT_16, "x": 1}),
    (
        "StatusNotification",
        status(timestamp="2026-11-21T10:00:00"),
        T.LOOSE_TIME,
        "/timestamp",
        status(timestamp="2026-11-21T10:00:00"),
    ),
]


@pytest.mark.parametrize(("action", "payload", "tolerance", "path", "mended"), FORGIVEN)
def test_each_tolerance_is_a_switch_that_leaves_a_finding(
    action: str, payload: dict[str, Any], tolerance: Tolerance, path: str, mended: dict[str, Any]
) -> None:
    before = repr(payload)
    assert check(V16, action, REQUEST, payload, tolerate=[tolerance]) == Checked(mended, (Finding(tolerance, path),))
    assert repr(payload) == before, "the message itself must stay as it was"
    with pytest.raises(Violation):
        check(V16, action, REQUEST, payload, tolerate=set(Tolerance) - {tolerance})


def test_all_tolerances_are_in_the_table() -> None:
    assert {row[2] for row in FORGIVEN} == set(Tolerance)


def test_mending_hides_nothing() -> None:
    """What is made text must still fit, and what is dropped must not have been required."""
    everything = list(Tolerance)
    with pytest.raises(Violation) as caught:
        check(V16, "BootNotification", REQUEST, {**BOOT_16, "iccid": -1.2345678901234567e-100}, tolerate=everything)
    assert caught.value.keyword == "maxLength"
    for empty in ("", None):
        with pytest.raises(Violation) as caught:
            check(V16, "StatusNotification", REQUEST, status(status=empty), tolerate=everything)
        assert caught.value.keyword == "required"


def test_several_findings_in_one_message() -> None:
    payload = {
        "connectorId": 1,
        "meterValue": [
            {"timestamp": "2026-11-21 10:00", "sampledValue": [{"value": 3, "unit": "Hz"}, {"value": 4.5, "unit": ""}]}
        ],
    }
    checked = check(V16, "MeterValues", REQUEST, payload, tolerate=Tolerance)
    assert checked.payload["meterValue"][0]["sampledValue"] == [{"value": "3", "unit": "Hz"}, {"value": "4.5"}]
    assert {finding.path for finding in checked.findings} == {
        "/meterValue/0/timestamp",
        "/meterValue/0/sampledValue/0/value",
        "/meterValue/0/sampledValue/0/unit",
        "/meterValue/0/sampledValue/1/value",
        "/meterValue/0/sampledValue/1/unit",
    }


def test_a_payload_that_is_wrong_all_over_is_refused_whatever_is_tolerated() -> None:
    values = [{"value": "1", "unit": "Hz"}] * (MAX_ERRORS + 1)
    payload = {"connectorId": 1, "meterValue": [{"timestamp": "2026-11-21T10:00:00Z", "sampledValue": values}]}
    with pytest.raises(Violation):
        check(V16, "MeterValues", REQUEST, payload, tolerate=Tolerance)


def test_every_keyword_of_the_published_schemas_has_a_code() -> None:
    silent = {
        "$schema", "$id", "$ref", "title", "description", "comment", "javaType", "default",
        "definitions", "properties", "items",
    }  # fmt: skip
    seen: set[str] = set()

    def walk(schema: Any) -> None:
        if isinstance(schema, dict):
            seen.update(schema)
            for name, inner in schema.items():
                for child in inner.values() if name in ("properties", "definitions") else [inner]:
                    walk(child) if name != "enum" else None

    for folder in FOLDERS.values():
        for file in (files("ocpp") / folder / "schemas").iterdir():
            walk(orjson.loads(file.read_text("utf-8-sig")))
    assert seen - silent <= set(FAULT_OF_KEYWORD)
