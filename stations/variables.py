"""Settings of stations as they last told them: configuration keys of 1.6, variables of 2.x."""

from datetime import datetime
from typing import Any

from stations.models import Command, Setting, Station
from stations.ocpp.redaction import redact

PURPOSE = "variables"
TAKEN = {"Accepted", "RebootRequired"}


def hear(command: Command, at: datetime) -> None:
    """What a station is set to, as it answers: a value that it accepted, or one that it tells. In 2.x the answer to a
    report is empty, and the values come later as NotifyReport."""
    answer, wish = command.answer or {}, command.payload
    if command.action == "ChangeConfiguration" and answer.get("status") in TAKEN:
        _keep(command.station, wish["key"], wish["value"], read_only=False, at=at)
    wishes = wish.get("setVariableData", [])
    for told in answer.get("getVariableResult", []):
        if told["attributeStatus"] == "Accepted":
            _keep(command.station, _name(told), told.get("attributeValue"), read_only=False, at=at)
    for asked, told in zip(wishes, answer.get("setVariableResult", []), strict=False):
        if told["attributeStatus"] in TAKEN:
            _keep(command.station, _name(asked), asked["attributeValue"], read_only=False, at=at)
    for key in answer.get("configurationKey", []):
        _keep(command.station, key["key"], key.get("value"), read_only=bool(key["readonly"]), at=at)


def report(station: Station, payload: dict[str, Any], *, at: datetime) -> None:
    for line in redact(payload).get("reportData", []):
        name = _name(line)
        for attribute in line.get("variableAttribute", []):
            if attribute.get("type", "Actual") == "Actual":
                read_only = attribute.get("mutability") == "ReadOnly"
                _keep(station, name, attribute.get("value"), read_only=read_only, at=at)


def _name(line: dict[str, Any]) -> str:
    component, variable = line["component"], line["variable"]
    evse = component.get("evse") or {}
    place = "".join(f"@{evse[part]}" for part in ("id", "connectorId") if part in evse)
    return f"{_with_instance(component)}{place}.{_with_instance(variable)}"[:200]


def _with_instance(named: dict[str, Any]) -> str:
    return f"{named['name']}[{named['instance']}]" if named.get("instance") else str(named["name"])


def _keep(station: Station, name: str, value: str | None, *, read_only: bool, at: datetime) -> None:
    Setting.objects.update_or_create(
        station=station, name=name[:200], defaults={"value": value, "read_only": read_only, "told_at": at}
    )
