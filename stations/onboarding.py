"""The life of a station here, as a table, and the verbs that move it.

A station added by hand is pending. Its first boot is answered Pending; then it gets a key of its own, and once it has
confirmed that (keyed), its next boot is answered Accepted. A person may accept it at any time without all this.
"""

from datetime import datetime

from django.db import transaction

from security import logbook
from stations import bell
from stations.errors import ChangedMeanwhile, MoveNotAllowed
from stations.models import Station

S = Station.Status
NEXT: dict[str, frozenset[str]] = {
    S.KNOCKING: frozenset({S.PENDING, S.ACCEPTED, S.REJECTED, S.BLOCKED, S.RETIRED}),
    S.PENDING: frozenset({S.KEYED, S.ACCEPTED, S.RESTRICTED, S.REJECTED, S.BLOCKED, S.RETIRED}),
    S.KEYED: frozenset({S.ACCEPTED, S.PENDING, S.REJECTED, S.BLOCKED, S.RETIRED}),
    S.RESTRICTED: frozenset({S.KEYED, S.ACCEPTED, S.REJECTED, S.BLOCKED, S.RETIRED}),
    S.ACCEPTED: frozenset({S.PENDING, S.RESTRICTED, S.REJECTED, S.BLOCKED, S.RETIRED}),
    S.REJECTED: frozenset({S.PENDING, S.ACCEPTED, S.BLOCKED, S.RETIRED}),
    S.BLOCKED: frozenset({S.PENDING, S.ACCEPTED, S.RETIRED}),
    S.RETIRED: frozenset({S.PENDING}),
}
# Who is not let in at all: the handshake is refused, an open connection is closed.
SHUT_OUT = frozenset({S.BLOCKED, S.RETIRED})
# What BootNotification is answered with.
BOOT_ANSWER = {
    S.KNOCKING: "Pending",
    S.PENDING: "Pending",
    S.KEYED: "Pending",  # its next boot makes it accepted before it is answered
    S.ACCEPTED: "Accepted",
    S.RESTRICTED: "Pending",
    S.REJECTED: "Rejected",
}


def may_move(current: str, wanted: str) -> bool:
    return wanted in NEXT.get(current, frozenset())


@transaction.atomic
def move(station: Station, wanted: Station.Status, *, by: str, at: datetime, reason: str = "") -> None:
    """Raise MoveNotAllowed or ChangedMeanwhile. A move to where the station stands already is no move, and no entry."""
    if station.status == wanted:
        return
    if not may_move(station.status, wanted):
        raise MoveNotAllowed(station.identity, station.status, wanted)
    row = Station.objects.filter(pk=station.pk, status=station.status)
    if row.update(status=wanted, status_at=at, status_reason=reason[:200]) != 1:
        raise ChangedMeanwhile(f"station {station.identity!r}")
    facts = {"before": str(station.status), "after": str(wanted), "reason": reason}
    logbook.append("audit", f"station.{wanted}", facts, subject=station.subject, actor=by, at=at)
    station.status, station.status_at, station.status_reason = wanted, at, reason[:200]
    if wanted in SHUT_OUT:
        transaction.on_commit(lambda: bell.shut(station.pk, reason=f"the station is {wanted}"))


def accept(station: Station, *, by: str, at: datetime, reason: str = "") -> None:
    move(station, S.ACCEPTED, by=by, at=at, reason=reason)


def let_in(station: Station, *, by: str, at: datetime, reason: str = "") -> None:
    move(station, S.PENDING, by=by, at=at, reason=reason)


def reject(station: Station, *, by: str, at: datetime, reason: str = "") -> None:
    move(station, S.REJECTED, by=by, at=at, reason=reason)


def block(station: Station, *, by: str, at: datetime, reason: str = "") -> None:
    move(station, S.BLOCKED, by=by, at=at, reason=reason)


def retire(station: Station, *, by: str, at: datetime, reason: str = "") -> None:
    move(station, S.RETIRED, by=by, at=at, reason=reason)


def key_confirmed(station: Station, *, by: str, at: datetime) -> None:
    """The station took its own key: what was pending or restricted may be accepted at its next boot."""
    if station.status in (S.PENDING, S.RESTRICTED):
        move(station, S.KEYED, by=by, at=at, reason="it confirmed its own key")
