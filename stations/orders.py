"""A person's wish to send something to a station: checked before it is queued, so that mistakes are told at once."""

from datetime import datetime
from typing import Any

from stations import commands
from stations.errors import CommandNotAllowed
from stations.models import Command, Station
from stations.ocpp import validation
from stations.ocpp.schemas import Part
from stations.ocpp.versions import Version

# A key sent by hand would not be stored here, and the station would be shut out at its next visit.
KEY_NAMES = {"authorizationkey", "basicauthpassword"}


def order(station: Station, action: str, payload: dict[str, Any], *, by: str, at: datetime) -> Command:
    """Raise CommandNotAllowed where the station's version has no such call, or the payload does not fit it."""
    if not station.protocol:
        raise CommandNotAllowed(action, "the station never connected, so its OCPP version is not known")
    version = Version(station.protocol)
    known = validation.commands(version)
    if action not in known:
        near = ", ".join(sorted(name for name in known if name.casefold().startswith(action.casefold()[:3])))
        raise CommandNotAllowed(
            action, f"{version.value} has no such call to a station{f'; is it {near}?' if near else ''}"
        )
    try:
        validation.check(version, action, Part.REQUEST, payload)
    except validation.Violation as exc:
        raise CommandNotAllowed(action, f"the payload does not fit {version.value}: {exc}") from exc
    if _sets_key(payload):
        raise CommandNotAllowed(action, "a station's key is changed by `station rotate-key`, which survives a crash")
    return commands.queue(station, action, payload, by=by, at=at)


def _sets_key(payload: dict[str, Any]) -> bool:
    names = [payload.get("key")] if isinstance(payload.get("value"), str) else []
    names += [line["variable"]["name"] for line in payload.get("setVariableData", [])]
    return any(isinstance(name, str) and name.casefold() in KEY_NAMES for name in names)
