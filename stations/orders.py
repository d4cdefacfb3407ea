"""A person's wish to send something to a station: checked before it is queued, so that mistakes are told at once."""

from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _

from stations import commands, variables
from stations.errors import CommandNotAllowed
from stations.models import Command, Station
from stations.ocpp import validation
from stations.ocpp.schemas import Part, validators
from stations.ocpp.versions import Version

MOST_PROBLEMS = 20
# A key sent by hand would not be stored here, and the station would be shut out at its next visit.
KEY_NAMES = {"authorizationkey", "basicauthpassword"}
INTERVALS = {"websocketpinginterval", "heartbeatinterval"}
READS_OR_SETS = {"GetConfiguration", "ChangeConfiguration", "SetVariables", "GetVariables"}


def order(station: Station, action: str, payload: dict[str, Any], *, by: str, at: datetime) -> Command:
    """Raise CommandNotAllowed where the station's version has no such call, or the payload does not fit it."""
    if not station.protocol:
        raise CommandNotAllowed(action, _("the station never connected, so its OCPP version is not known"))
    version = Version(station.protocol)
    known = validation.commands(version)
    if action not in known:
        facts = {"version": version.value, "near": near_to(action, known)}
        words = _("%(version)s has no such call to a station; is it %(near)s?") if facts["near"] else None
        raise CommandNotAllowed(action, (words or _("%(version)s has no such call to a station")) % facts)
    try:
        validation.check(version, action, Part.REQUEST, payload)
    except validation.Violation as exc:
        facts = {"version": version.value, "where": str(exc)}
        raise CommandNotAllowed(action, _("the payload does not fit %(version)s: %(where)s") % facts) from exc
    if _sets_key(payload):
        raise CommandNotAllowed(action, _("a station's key is changed by a rotation, which survives a crash"))
    if (wish := _impossible(payload)) is not None:
        facts = {"name": wish[0], "value": wish[1]}
        raise CommandNotAllowed(action, _("%(name)s cannot be %(value)s: give 0 or a number of seconds") % facts)
    purpose = variables.PURPOSE if action in READS_OR_SETS else ""
    return commands.queue(station, action, payload, by=by, at=at, purpose=purpose)


def near_to(action: str, known: Iterable[str]) -> str:
    return ", ".join(sorted(name for name in known if name.casefold().startswith(action.casefold()[:3])))


def actions(station: Station) -> list[str]:
    """What may be sent to this station; nothing while its version is not known."""
    return sorted(validation.commands(Version(station.protocol))) if station.protocol else []


def problems(station: Station, action: str, payload: dict[str, Any]) -> list[tuple[str, str]]:
    """Everything that the schema finds wrong, as place and rule, for somebody who is writing the payload."""
    validator = validators(Version(station.protocol)).get((action, Part.REQUEST))
    found = islice(validator.iter_errors(payload), MOST_PROBLEMS) if validator else []
    return [("".join(f"/{step}" for step in error.instance_path) or "/", error.message) for error in found]


def _wishes(payload: dict[str, Any]) -> list[tuple[str, str]]:
    """What is to be set to what, in either version's words."""
    key, value = payload.get("key"), payload.get("value")
    old = [(key, value)] if isinstance(key, str) and isinstance(value, str) else []
    return old + [(line["variable"]["name"], line["attributeValue"]) for line in payload.get("setVariableData", [])]


def _sets_key(payload: dict[str, Any]) -> bool:
    return any(name.casefold() in KEY_NAMES for name, _value in _wishes(payload))


def _impossible(payload: dict[str, Any]) -> tuple[str, str] | None:
    """An interval that no station can have; OCPP-J (7) names WebSocketPingInterval as one that must not be negative."""
    for name, value in _wishes(payload):
        if name.casefold() in INTERVALS and not (value.strip().isascii() and value.strip().isdigit()):
            return name, value
    return None
