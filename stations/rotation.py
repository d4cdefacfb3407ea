"""A new key for a station: proposed, told by a command, settled by its answer. See `credentials` for why it is safe."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from stations import commands, credentials, onboarding
from stations.errors import CommandNotAllowed
from stations.models import Command, Station, StationKey
from stations.ocpp.versions import Version

PURPOSE = "rotate-key"
ACCEPTED = {"Accepted", "RebootRequired"}


@transaction.atomic
def rotate(station: Station, *, by: str, at: datetime) -> StationKey:
    """Raise RotationUnderWay, or CommandNotAllowed for a station that has no key to rotate."""
    if station.profile == 3:
        raise CommandNotAllowed(_("a new key"), _("a station of profile 3 has a certificate instead of a key"))
    if not station.protocol:
        raise CommandNotAllowed(_("a new key"), _("the station never connected, so its OCPP version is not known"))
    old = station.protocol == Version.V16.value
    key = credentials.new_key() if old else credentials.new_password().encode()
    row = credentials.propose(station, key, by=by, at=at)
    action, payload = _for_16(key) if old else _for_2x(key)
    commands.queue(station, action, payload, by=by, at=at, purpose=PURPOSE, reference=str(row.pk))
    return row


def _for_16(key: bytes) -> tuple[str, dict[str, Any]]:
    return "ChangeConfiguration", {"key": "AuthorizationKey", "value": credentials.spell(key)}


def _for_2x(key: bytes) -> tuple[str, dict[str, Any]]:
    wish = {
        "component": {"name": "SecurityCtrlr"},
        "variable": {"name": "BasicAuthPassword"},
        "attributeValue": key.decode(),
    }
    return "SetVariables", {"setVariableData": [wish]}


def hear(command: Command, at: datetime) -> None:
    """What became of the command that told the key."""
    key = StationKey.objects.select_related("station").get(pk=int(command.reference))
    if key.state not in StationKey.UNDER_WAY:
        return  # by using one of its keys the station was quicker than its answer
    by = command.station.subject
    state = Command.State(command.state)
    if state in (Command.State.ANSWERED, Command.State.REFUSED):
        if key.state == StationKey.State.PROPOSED:
            credentials.told(key, at=at)
        word = status_of(command)
        if word in ACCEPTED:
            credentials.confirmed(key, by=by, at=at)
            onboarding.key_confirmed(command.station, by=by, at=at)
        else:
            credentials.refused(key, word, by=by, at=at)
    elif state == Command.State.EXPIRED:
        credentials.refused(key, "the station did not come in time to hear of it", by="system:commands", at=at)
    elif key.state != StationKey.State.IN_DOUBT:
        credentials.in_doubt(key, by="system:commands", at=at)


def status_of(command: Command) -> str:
    """The station's own word: `status` in 1.6, `attributeStatus` of the one variable in 2.x, or the error's code."""
    answer = command.answer or {}
    results = answer.get("setVariableResult") or [{}]
    return str(answer.get("status") or results[0].get("attributeStatus") or answer.get("code") or "no answer")


def state_of(station: Station) -> str:
    """Where the newest rotation stands."""
    key = StationKey.objects.filter(station=station).order_by("-pk").first()
    return key.state if key else "none"
