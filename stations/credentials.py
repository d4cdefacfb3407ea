"""The Basic passwords of stations, and their rotation, which survives a crash at any point.

Order matters. The hash of a new key is stored as proposed before the station can hear of it. From then on, and until
the station has answered or has shown by use which key it has, both the old and the new one open the door; so there is
no moment in which a crash, ours or the station's, shuts a station out for good.

    proposed ─ sent ─▶ told ─ Accepted ─▶ confirmed ─ first use ─▶ settled
                        ├─ Rejected, NotSupported ─▶ failed       (the old key stays)
                        └─ no answer ─▶ in doubt ─ use of the new ─▶ settled   (the old one dies)
                                                 └ use of the old ─▶ failed
"""

import secrets
import string
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from security import credentials as keys
from security import logbook
from stations.errors import ChangedMeanwhile, KeyNotAllowed, RotationUnderWay
from stations.models import Station, StationKey

K = StationKey.State
NEXT: dict[str, frozenset[str]] = {
    K.PROPOSED: frozenset({K.TOLD, K.IN_DOUBT, K.SETTLED, K.FAILED}),
    K.TOLD: frozenset({K.CONFIRMED, K.IN_DOUBT, K.SETTLED, K.FAILED}),
    K.IN_DOUBT: frozenset({K.CONFIRMED, K.SETTLED, K.FAILED}),
    K.CONFIRMED: frozenset({K.SETTLED, K.REPLACED}),
    K.SETTLED: frozenset({K.REPLACED}),
}
OPENS = frozenset({*StationKey.UNDER_WAY, *StationKey.CURRENT})
LETTERS = string.ascii_letters + string.digits


def new_key() -> bytes:
    return keys.new_key()


def spell(key: bytes) -> str:
    """How a key is shown to a person and written into a configuration: 40 hexadecimal digits."""
    return key.hex()


def new_password() -> str:
    """For 2.x, whose BasicAuthPassword is text of 16 to 40 characters: 36 of 62 letters, 214 bits."""
    return "".join(secrets.choice(LETTERS) for _ in range(36))


def read(text: str) -> bytes:
    """A key as a person types it: `hex:` and digits, or the text itself. Raise KeyNotAllowed."""
    if text.startswith("hex:"):
        try:
            key = bytes.fromhex(text[4:])
        except ValueError as exc:
            raise KeyNotAllowed(_("after `hex:` only pairs of hexadecimal digits may follow")) from exc
    else:
        key = text.encode()
    if not 1 <= len(key) <= 64:
        raise KeyNotAllowed(_("it must have 1 to 64 bytes; OCPP asks for 16 to 20 (1.6) or 16 to 40 characters (2.x)"))
    return key


@transaction.atomic
def give(
    station: Station, key: bytes, *, by: str, at: datetime, from_manufacturer: bool = False, hashed: str = ""
) -> StationKey:
    """Set the key that the station is known to have: at registration, or by hand after a repair.

    `hashed` is the key's hash where the caller made it before: many hashes take longer than a transaction may.
    """
    _retire_all(station, at=at)
    row = StationKey.objects.create(
        station=station,
        hashed=hashed or keys.hash_key(key),
        state=K.CONFIRMED,
        made_by=by,
        made_at=at,
        changed_at=at,
        from_manufacturer=from_manufacturer,
    )
    _enter("key.given", row, by=by, at=at)
    return row


@transaction.atomic
def propose(station: Station, key: bytes, *, by: str, at: datetime) -> StationKey:
    """Raise RotationUnderWay. After this commit the station may hear of the key, not before."""
    try:
        with transaction.atomic():
            row = StationKey.objects.create(
                station=station, hashed=keys.hash_key(key), state=K.PROPOSED, made_by=by, made_at=at, changed_at=at
            )
    except IntegrityError as exc:
        raise RotationUnderWay(station.identity) from exc
    _enter("key.proposed", row, by=by, at=at)
    return row


def told(key: StationKey, *, at: datetime) -> None:
    _move(key, K.TOLD, at=at)


@transaction.atomic
def confirmed(key: StationKey, *, by: str, at: datetime) -> None:
    """The station said Accepted: the old key is refused from now on."""
    _retire_current(key, at=at)
    _move(key, K.CONFIRMED, at=at)
    _enter("key.confirmed", key, by=by, at=at)


@transaction.atomic
def refused(key: StationKey, answer: str, *, by: str, at: datetime) -> None:
    """The station said no: the old key stays."""
    _move(key, K.FAILED, at=at)
    _enter("key.refused", key, by=by, at=at, answer=answer)


@transaction.atomic
def in_doubt(key: StationKey, *, by: str, at: datetime) -> None:
    """No answer came: both keys open the door until the station shows which one it has."""
    _move(key, K.IN_DOUBT, at=at)
    _enter("key.in-doubt", key, by=by, at=at)


@transaction.atomic
def used(key: StationKey, *, at: datetime) -> None:
    """The station has shown which key it has by opening the door with it."""
    by = key.station.subject
    if key.state in StationKey.UNDER_WAY:
        _retire_current(key, at=at)
        _move(key, K.SETTLED, at=at)
        _enter("key.settled", key, by=by, at=at)
    elif key.state == K.CONFIRMED:
        _move(key, K.SETTLED, at=at)
    doubtful = StationKey.objects.filter(station=key.station, state=K.IN_DOUBT).exclude(pk=key.pk).first()
    if doubtful is not None:
        _move(doubtful, K.FAILED, at=at)
        _enter("key.refused", doubtful, by=by, at=at, answer="it goes on using the old key")


def matching(station: Station, presented: bytes) -> StationKey | None:
    """The key that was presented; None if no key of this station matches. Slow by design: keep it off the loop."""
    rows = StationKey.objects.filter(station=station, state__in=OPENS).order_by("-id")
    return next((row for row in rows if keys.matches(presented, row.hashed)), None)


def _retire_all(station: Station, *, at: datetime) -> None:
    StationKey.objects.filter(station=station, state__in=StationKey.UNDER_WAY).update(state=K.FAILED, changed_at=at)
    StationKey.objects.filter(station=station, state__in=StationKey.CURRENT).update(state=K.REPLACED, changed_at=at)


def _retire_current(successor: StationKey, *, at: datetime) -> None:
    current = StationKey.objects.filter(station=successor.station, state__in=StationKey.CURRENT)
    current.exclude(pk=successor.pk).update(state=K.REPLACED, changed_at=at)


def _move(key: StationKey, wanted: StationKey.State, *, at: datetime) -> None:
    if wanted not in NEXT.get(key.state, frozenset()):
        raise ChangedMeanwhile(f"the key of station {key.station.identity!r}")
    if StationKey.objects.filter(pk=key.pk, state=key.state).update(state=wanted, changed_at=at) != 1:
        raise ChangedMeanwhile(f"the key of station {key.station.identity!r}")
    key.state, key.changed_at = wanted, at


def _enter(kind: str, key: StationKey, *, by: str, at: datetime, **facts: str) -> None:
    payload = {"key": key.pk, **facts}
    logbook.append("audit", kind, payload, subject=key.station.subject, actor=by, at=at)
