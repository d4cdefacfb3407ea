"""Sessions: one row for each browser in which a person is signed in. Ending one takes effect with its next request."""

from datetime import datetime, timedelta
from importlib import import_module

from django.conf import settings
from django.contrib.auth import login, logout, update_session_auth_hash
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from console import audit
from console.errors import SessionUnknown
from console.http import Origin
from console.models import Operator, OperatorSession

BACKEND = "django.contrib.auth.backends.ModelBackend"
# How a sign-in ended up here before this code saw it, for example by a session that a shell made.
ELSEWHERE = "elsewhere"
SEEN_EVERY = timedelta(minutes=1)


@transaction.atomic
def begin(request: HttpRequest, person: Operator, *, method: str, origin: Origin, at: datetime) -> OperatorSession:
    """Sign the person in, under a fresh session key; whoever was signed in here before is not any more."""
    OperatorSession.objects.filter(key=_key(request)).delete()
    login(request, person, backend=BACKEND)
    row = _make_row(person, _key(request), method=method, origin=origin, at=at)
    audit.enter("operator.signed-in", subject=person.actor, actor=person.actor, at=at, payload={"method": method})
    return row


@transaction.atomic
def sign_out(request: HttpRequest, person: Operator, *, at: datetime) -> None:
    OperatorSession.objects.filter(key=_key(request)).delete()
    logout(request)
    audit.enter("operator.signed-out", subject=person.actor, actor=person.actor, at=at)


def refresh(request: HttpRequest, person: Operator, *, origin: Origin, at: datetime, active: bool) -> str:
    """Note that the session was used. Return why it is over (`age`, `idle`), or nothing while it holds."""
    key = _key(request)
    row = OperatorSession.objects.filter(key=key).first()
    if row is None:
        row = _make_row(person, key, method=ELSEWHERE, origin=origin, at=at)
    if at - row.began_at >= settings.SESSION_LIFE:
        return "age"
    if at - row.seen_at >= settings.SESSION_IDLE:
        return "idle"
    if active and at - row.seen_at >= SEEN_EVERY:
        OperatorSession.objects.filter(pk=row.pk).update(seen_at=at, address=origin.address, agent=origin.agent)
    return ""


@transaction.atomic
def expire(request: HttpRequest, person: Operator, *, reason: str, at: datetime) -> None:
    """The session has lasted its time."""
    OperatorSession.objects.filter(key=_key(request)).delete()
    logout(request)
    facts = {"reason": reason}
    audit.enter("session.expired", subject=person.actor, actor=audit.SYSTEM, at=at, payload=facts)


@transaction.atomic
def end(person: Operator, session_id: int, *, by: str, at: datetime) -> None:
    row = OperatorSession.objects.filter(operator=person, pk=session_id).first()
    if row is None:
        raise SessionUnknown
    _end_rows([row])
    audit.enter("session.ended", subject=person.actor, actor=by, at=at, payload={"count": 1})


@transaction.atomic
def end_others(person: Operator, *, but: str | None, by: str, at: datetime) -> int:
    """End all sessions of the person, except the one with the key `but`."""
    ended = end_all(person, but=but)
    audit.enter("session.ended", subject=person.actor, actor=by, at=at, payload={"count": ended})
    return ended


@transaction.atomic
def keep(request: HttpRequest, person: Operator) -> None:
    """A new password makes every session of the person worthless; this one goes on, under a fresh key."""
    before = _key(request)
    update_session_auth_hash(request, person)
    OperatorSession.objects.filter(key=before).update(key=_key(request))


def end_all(person: Operator, *, but: str | None = None) -> int:
    """For verbs that enter the reason themselves."""
    rows = list(OperatorSession.objects.filter(operator=person).exclude(key=but or ""))
    _end_rows(rows)
    return len(rows)


def of(person: Operator) -> QuerySet[OperatorSession]:
    return person.sessions.order_by("-seen_at")


def sweep(*, at: datetime) -> int:
    """Drop the rows of sessions that nobody came back to."""
    over = OperatorSession.objects.filter(began_at__lt=at - settings.SESSION_LIFE) | OperatorSession.objects.filter(
        seen_at__lt=at - settings.SESSION_IDLE
    )
    rows = list(over)
    _end_rows(rows)
    return len(rows)


def _end_rows(rows: list[OperatorSession]) -> None:
    """The framework's own row goes too: without it the browser's cookie means nothing."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    for row in rows:
        store(row.key).delete()
    OperatorSession.objects.filter(pk__in=[row.pk for row in rows]).delete()


def _make_row(person: Operator, key: str, *, method: str, origin: Origin, at: datetime) -> OperatorSession:
    row, _ = OperatorSession.objects.update_or_create(
        key=key,
        defaults={
            "operator": person,
            "method": method,
            "address": origin.address,
            "agent": origin.agent,
            "began_at": at,
            "seen_at": at,
        },
    )
    return row


def _key(request: HttpRequest) -> str:
    return request.session.session_key or ""
