"""Calls of ours to stations. The row is the queue: it is written in the transaction of whoever wants something, and the
gateway that holds the station takes one at a time, in order.

A crash between sending and hearing leaves `sent`. Such a command is never silently repeated: what is declared
idempotent goes back into the queue, everything else becomes `unknown`, and the verb that asked is told so.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from security import confidential, logbook
from stations import bell
from stations.errors import ChangedMeanwhile, CommandNotAllowed, CommandUnknown
from stations.models import LEASE, Command, CommandJob, Station
from stations.ocpp.redaction import redact

C = Command.State
NEXT: dict[str, frozenset[str]] = {
    C.QUEUED: frozenset({C.SENT, C.EXPIRED}),
    C.SENT: frozenset({C.ANSWERED, C.REFUSED, C.TIMED_OUT, C.UNKNOWN, C.QUEUED}),
    C.TIMED_OUT: frozenset({C.ANSWERED, C.REFUSED}),  # a late answer is an answer
    C.UNKNOWN: frozenset({C.ANSWERED, C.REFUSED}),
}
WAITS = timedelta(hours=24)
MAX_ATTEMPTS = 3

Hear = Callable[[Command, datetime], None]


@dataclass(frozen=True)
class Outgoing:
    """What the gateway sends; the payload is whole, so it has no place in a log."""

    number: int
    message_id: str
    action: str
    payload: dict[str, Any] = field(repr=False)


def queue(
    station: Station,
    action: str,
    payload: Mapping[str, Any],
    *,
    by: str,
    at: datetime,
    purpose: str = "",
    reference: str = "",
    idempotent: bool = False,
    waits: timedelta = WAITS,
    job: CommandJob | None = None,
) -> Command:
    """Write the wish, and its entry in the audit trail, in the caller's transaction. Raise CommandNotAllowed."""
    if station.status in (Station.Status.BLOCKED, Station.Status.RETIRED):
        raise CommandNotAllowed(
            action, _("station “%(identity)s” is %(status)s") % {"identity": station.identity, "status": station.status}
        )
    shown = redact(dict(payload))
    with transaction.atomic():
        command = Command.objects.create(
            station=station,
            action=action,
            payload=shown,
            state=C.QUEUED,
            by=by,
            purpose=purpose,
            reference=reference,
            idempotent=idempotent,
            queued_at=at,
            deadline=at + waits,
            job=job,
        )
        if shown != dict(payload):
            command.sealed = confidential.seal(payload, context=_context(command))
            command.save(update_fields=["sealed"])
        facts = {"command": command.pk, "action": action, "purpose": purpose}
        logbook.append("audit", "command.queued", facts, subject=station.subject, actor=by, at=at)
        transaction.on_commit(lambda: bell.ring([station.pk]))
    return command


def find(number: int) -> Command:
    command = Command.objects.select_related("station").filter(pk=number).first()
    if command is None:
        raise CommandUnknown(number)
    return command


def waiting_for(station_id: int) -> QuerySet[Command]:
    return Command.objects.filter(station_id=station_id, state=C.QUEUED).order_by("pk")


def take(station_id: int, *, connection: str, at: datetime) -> Outgoing | None:
    """The next command, marked as sent before it is: a crash in between leaves a doubt, never a repetition."""
    command = waiting_for(station_id).filter(deadline__gt=at).select_related("station").first()
    if command is None:
        return None
    command.message_id, command.connection = str(uuid.uuid4()), connection
    command.sent_at, command.attempts = at, command.attempts + 1
    whole = _whole(command)
    # What can be sent again keeps its secret until an answer came; for all others this was the only use.
    kept = command.sealed if command.idempotent else None
    _move(
        command,
        C.SENT,
        message_id=command.message_id,
        connection=connection,
        sent_at=at,
        attempts=command.attempts,
        sealed=kept,
    )
    return Outgoing(command.pk, command.message_id, command.action, whole)


def answered(number: int, answer: Mapping[str, Any], *, at: datetime, results: Mapping[str, Hear]) -> None:
    _settle(find(number), C.ANSWERED, answer=redact(dict(answer)), at=at, results=results)


def refused(number: int, error: Mapping[str, Any], *, at: datetime, results: Mapping[str, Hear]) -> None:
    """The station answered with a CALLERROR, or with something that is no answer."""
    _settle(find(number), C.REFUSED, answer=dict(error), at=at, results=results)


def timed_out(number: int, *, at: datetime, results: Mapping[str, Hear]) -> None:
    _settle(find(number), C.TIMED_OUT, answer=None, at=at, results=results)


def lost(number: int, *, at: datetime, results: Mapping[str, Hear]) -> None:
    """The connection ended before the answer: again where that does no harm, else it is not known what happened."""
    command = find(number)
    if command.state != C.SENT:
        return
    if command.idempotent and command.attempts < MAX_ATTEMPTS and at < command.deadline:
        _move(command, C.QUEUED)
        transaction.on_commit(lambda: bell.ring([command.station_id]))
    else:
        _settle(command, C.UNKNOWN, answer=None, at=at, results=results)


def expire(*, at: datetime, results: Mapping[str, Hear]) -> int:
    """Commands whose station did not come in time; how many there were."""
    late = Command.objects.filter(state=C.QUEUED, deadline__lte=at).select_related("station")
    for command in late:
        with transaction.atomic():
            _settle(command, C.EXPIRED, answer=None, at=at, results=results)
    return len(late)


def settle_orphans(*, at: datetime, results: Mapping[str, Hear]) -> int:
    """`sent` on a connection that is gone: its gateway was killed before it could tell."""
    sent = Command.objects.filter(state=C.SENT).select_related("station__presence__gateway")
    orphans = [command for command in sent if not _is_held(command, at)]
    for command in orphans:
        with transaction.atomic():
            lost(command.pk, at=at, results=results)
    return len(orphans)


def _is_held(command: Command, at: datetime) -> bool:

    presence = getattr(command.station, "presence", None)
    return bool(presence and presence.connection == command.connection and presence.gateway.seen_at > at - LEASE)


def _settle(command: Command, state: Command.State, *, answer: Any, at: datetime, results: Mapping[str, Hear]) -> None:
    with transaction.atomic():
        _move(command, state, answer=answer, settled_at=at, sealed=None)
        command.answer, command.settled_at = answer, at
        facts = {"command": command.pk, "action": command.action, "state": str(state)}
        logbook.append(
            "audit", "command.settled", facts, subject=command.station.subject, actor=command.station.subject, at=at
        )
        hear = results.get(command.purpose)
        if hear is not None:
            hear(command, at)


def _move(command: Command, wanted: Command.State, **changes: Any) -> None:
    if wanted not in NEXT.get(command.state, frozenset()):
        raise ChangedMeanwhile(f"command {command.pk}")
    if Command.objects.filter(pk=command.pk, state=command.state).update(state=wanted, **changes) != 1:
        raise ChangedMeanwhile(f"command {command.pk}")
    command.state = wanted


def _whole(command: Command) -> dict[str, Any]:
    if command.sealed is None:
        whole: dict[str, Any] = command.payload
        return whole
    return confidential.unseal(bytes(command.sealed), context=_context(command))


def _context(command: Command) -> str:
    return f"command {command.pk}"
