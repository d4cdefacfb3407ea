import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stations.ocpp.redaction import (
    HINTS,
    MARK,
    SECRET_IN,
    SECRET_MEMBERS,
    SECRET_VARIABLES,
    mask_tokens,
    redact,
    redact_text,
)
from tests.stations.ocpp.samples import METER_VALUES, TRANSACTION_2X, payloads

SECRET = "0123456789abcdef0123456789abcdef01234567"
PEM = f"-----BEGIN EC PRIVATE KEY-----\n{SECRET}\n-----END EC PRIVATE KEY-----"
BASIC_VARIABLE = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"}}
HOLDERS: list[dict[str, Any]] = [
    {"key": "AuthorizationKey", "value": SECRET},
    {"key": "authorizationkey ", "value": SECRET},
    {"configurationKey": [{"key": "AuthorizationKey", "readonly": False, "value": SECRET}], "unknownKey": []},
    {"setVariableData": [{**BASIC_VARIABLE, "attributeValue": SECRET}]},
    {"getVariableResult": [{**BASIC_VARIABLE, "attributeStatus": "Accepted", "attributeValue": SECRET}]},
    {"reportData": [{**BASIC_VARIABLE, "variableAttribute": [{"type": "Actual", "value": SECRET}]}]},
    {"eventData": [{**BASIC_VARIABLE, "actualValue": SECRET}]},
    {"connectionData": {"basicAuthPassword": SECRET, "apn": {"apn": "x", "apnPassword": SECRET, "simPin": 1234}}},
    {"connectionData": {"vpn": {"server": "x", "user": "u", "password": SECRET, "key": SECRET, "type": "IPSec"}}},
    {"location": f"ftp://meridian:{SECRET}@files.example/fw.bin"},
    {"location": f"https://files.example/fw.bin?x=1&Signature={SECRET}&y=2"},
    {"data": f"before {PEM} after"},
    {"data": [{"deep": PEM[:60]}]},
]


@pytest.mark.requirement("J19")
@pytest.mark.parametrize("payload", HOLDERS)
def test_secrets_are_taken_out(payload: dict[str, Any]) -> None:
    before = json.dumps(payload)
    after = json.dumps(redact(payload))
    assert SECRET not in after
    assert SECRET[:8] not in after
    assert "1234" not in after
    assert MARK in after
    assert json.dumps(payload) == before, "the message itself must stay as it was"


@pytest.mark.parametrize("payload", HOLDERS)
@pytest.mark.parametrize("ascii_only", [True, False])
def test_the_short_cut_by_text_misses_none(payload: dict[str, Any], ascii_only: bool) -> None:
    for text in (json.dumps(payload, ensure_ascii=ascii_only), json.dumps(payload).replace("/", "\\/")):
        assert redact(payload, text=text) == redact(payload)


def test_every_secret_name_has_a_hint() -> None:
    for name in SECRET_MEMBERS | SECRET_VARIABLES | set(SECRET_IN):
        assert any(hint in name for hint in HINTS), name


KEPT: list[dict[str, Any]] = [
    {},
    METER_VALUES,
    TRANSACTION_2X,
    {"key": "HeartbeatInterval", "value": "300"},
    {"key": "AuthorizationKey", "readonly": True},
    {"key": "AuthorizationKey", "value": ""},
    {"location": "ftp://files.example/a@b/fw.bin"},
    {"location": "https://files.example/?x=a@b"},
    {"certificate": "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----"},
]


@pytest.mark.parametrize("payload", KEPT)
def test_what_is_no_secret_stays(payload: dict[str, Any]) -> None:
    assert redact(payload) is payload


@given(payloads)
def test_redacting_twice_changes_nothing_more(payload: dict[str, Any]) -> None:
    once = redact(payload)
    assert redact(once) == once
    assert json.dumps(mask_tokens(once)) == json.dumps(mask_tokens(once))


def test_tokens_are_masked_on_request() -> None:
    assert redact(TRANSACTION_2X)["idToken"]["idToken"] == "04A1B2C3"
    assert mask_tokens(TRANSACTION_2X)["idToken"] == {"idToken": "…C3", "type": "ISO14443"}
    assert mask_tokens({"idTag": "04A1", "idTagInfo": {"parentIdTag": "ABCD"}}) == {
        "idTag": "…A1",
        "idTagInfo": {"parentIdTag": "…CD"},
    }


@pytest.mark.requirement("J19")
@pytest.mark.parametrize(
    "text",
    [
        f'[2,"7","ChangeConfiguration",{{"key":"AuthorizationKey","value":"{SECRET}"',
        f'[2,"7","ChangeConfiguration",{{"key":"AuthorizationKey","value":"{SECRET}',
        f'[3,"7",{{,"configurationKey":[{{"key":"AuthorizationKey","value" : "a\\"{SECRET}"}}]}}]',
        f'[2,"7","DataTransfer",{{"data":["{SECRET}"]]',
    ],
)
def test_a_broken_text_shows_its_shape_only(text: str) -> None:
    shown = redact_text(text)
    assert SECRET not in shown
    assert shown.startswith(text[:6])


@given(st.text())
def test_any_text_can_be_shown(text: str) -> None:
    redact_text(text)
