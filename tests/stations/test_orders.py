"""What a person wants of a station is checked before it is queued, and what the station took is remembered."""

from typing import Any

import pytest

from console.routing import RESULTS
from stations import commands, orders, variables
from stations.errors import CommandNotAllowed
from stations.models import Command, Setting
from tests.factories import NOW, station

pytestmark = pytest.mark.django_db
BY = "operator:ada"


def wish_16(value: str) -> tuple[str, str, dict[str, Any]]:
    return "ocpp1.6", "ChangeConfiguration", {"key": "WebSocketPingInterval", "value": value}


def wish_2x(value: str) -> tuple[str, str, dict[str, Any]]:
    line = {
        "component": {"name": "OCPPCommCtrlr"},
        "variable": {"name": "WebSocketPingInterval"},
        "attributeValue": value,
    }
    return "ocpp2.0.1", "SetVariables", {"setVariableData": [line]}


ANSWERS = {
    "ChangeConfiguration": {"status": "Accepted"},
    "SetVariables": {"setVariableResult": [{"attributeStatus": "Accepted"}]},
}


@pytest.mark.requirement("J20")
@pytest.mark.parametrize("wish", [wish_16, wish_2x])
@pytest.mark.parametrize("value", ["-1", "1.5", "often", ""])
def test_a_ping_interval_that_cannot_be_is_refused_before_it_is_sent(wish: Any, value: str) -> None:
    protocol, action, payload = wish(value)
    with pytest.raises(CommandNotAllowed):
        orders.order(station(protocol=protocol), action, payload, by=BY, at=NOW)
    assert not Command.objects.exists()


@pytest.mark.requirement("J20")
@pytest.mark.parametrize("wish", [wish_16, wish_2x])
def test_a_ping_interval_is_set_and_then_known(wish: Any) -> None:
    protocol, action, payload = wish("30")
    one = station(protocol=protocol)
    number = orders.order(one, action, payload, by=BY, at=NOW).pk
    assert commands.take(one.pk, connection="c", at=NOW) is not None
    commands.answered(number, ANSWERS[action], at=NOW, results=RESULTS)
    kept = Setting.objects.get(station=one)
    assert (kept.name.rpartition(".")[2], kept.value) == ("WebSocketPingInterval", "30")


def test_a_value_that_the_station_refused_is_not_what_it_is_set_to() -> None:
    protocol, action, payload = wish_16("30")
    one = station(protocol=protocol)
    number = orders.order(one, action, payload, by=BY, at=NOW).pk
    commands.take(one.pk, connection="c", at=NOW)
    commands.answered(number, {"status": "Rejected"}, at=NOW, results=RESULTS)
    assert not Setting.objects.exists()
    assert commands.find(number).state == Command.State.ANSWERED


@pytest.mark.requirement("C01")
@pytest.mark.parametrize("name", ["AuthorizationKey", "authorizationkey"])
def test_a_key_is_never_sent_by_hand(name: str) -> None:
    with pytest.raises(CommandNotAllowed):
        orders.order(
            station(protocol="ocpp1.6"), "ChangeConfiguration", {"key": name, "value": "00" * 20}, by=BY, at=NOW
        )


def test_what_is_queued_for_a_setting_is_heard_by_the_settings() -> None:
    assert RESULTS[variables.PURPOSE] is variables.hear
