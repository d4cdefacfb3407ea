"""A person's wish to send something to a station: checked before it is queued, so that mistakes are told at once."""

from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _

from stations import commands
from stations.errors import CommandNotAllowed
from stations.models import Command, Station
from stations.ocpp import validation
from stations.ocpp.schemas import Part, validators
from stations.ocpp.versions import Version

MOST_PROBLEMS = 20
# A key sent by hand would not be stored here, and the station would be shut out at its next visit.
KEY_NAMES = {"authorizationkey", "basicauthpassword"}


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
    return commands.queue(station, action, payload, by=by, at=at)


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


def _sets_key(payload: dict[str, Any]) -> bool:
    names = [payload.get("key")] if isinstance(payload.get("value"), str) else []
    names += [line["variable"]["name"] for line in payload.get("setVariableData", [])]
    return any(isinstance(name, str) and name.casefold() in KEY_NAMES for name in names)
