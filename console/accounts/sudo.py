"""Confirming who one is before a critical act: with the second factor, or the password where there is none."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from console import audit
from console.accounts import factors, passwords
from console.accounts.sign_in import SUDO_AT
from console.errors import ConsoleError
from console.models import Operator


def is_fresh(request: HttpRequest, *, at: datetime) -> bool:
    """Whether this session confirmed within the last ten minutes (never by a moment that lies ahead)."""
    then = request.session.get(SUDO_AT)
    if not then:
        return False
    age = at - datetime.fromisoformat(then)
    return timedelta(0) <= age < timedelta(seconds=settings.SUDO_LIFE.total_seconds())


def confirm(
    request: HttpRequest, person: Operator, *, code: str = "", password: str = "", passkey: str = "", at: datetime
) -> None:
    """Raise what the check raises, after it was entered; the session is fresh otherwise."""
    try:
        method = _check(person, code=code, password=password, passkey=passkey, at=at)
    except ConsoleError:
        _enter("sudo.failed", person, at=at)
        raise
    _enter("sudo.passed", person, at=at, method=method)
    request.session[SUDO_AT] = at.isoformat()


def _check(person: Operator, *, code: str, password: str, passkey: str, at: datetime) -> str:
    if not factors.has_any(person):
        passwords.check(person, password, at=at)
        return "password"
    if passkey:
        factors.check_passkey(passkey, at=at, person=person)
        return "passkey"
    return factors.check_code(person, code, at=at)


@transaction.atomic
def _enter(kind: str, person: Operator, *, at: datetime, **facts: str) -> None:
    audit.enter(kind, subject=person.actor, actor=person.actor, at=at, payload=facts)
