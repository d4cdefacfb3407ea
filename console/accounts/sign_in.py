"""Signing in: a first step that says who it is, a second one where the person has a second factor.

The two steps are two requests; between them the session remembers who has passed the first, for ten minutes.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth import authenticate
from django.db import transaction
from django.http import HttpRequest

from console import audit
from console.accounts import factors, links, lockout, sessions
from console.errors import PasskeyRefused, SignInOver, SignInRefused, TooManyTries
from console.http import Origin
from console.models import Operator

PENDING = "sign-in"
SUDO_AT = "sudo-at"
TIME_FOR_SECOND_STEP = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Pending:
    """Who has passed the first step, and how."""

    person: Operator
    method: str


def by_password(name: str, password: str, *, origin: Origin, at: datetime) -> Operator:
    """Return the person. Raise SignInRefused or TooManyTries, alike for names that nobody has."""
    person = named(name)
    account = person.name if person else name
    lockout.take("address", origin.network, at=at)
    try:
        attempt = lockout.take("account", account, at=at)
    except TooManyTries:
        lockout.give_back("address", origin.network)
        raise
    # The framework hashes the password for unknown names as well, so that both answers take the same time.
    found = authenticate(username=account, password=password)
    if not isinstance(found, Operator):
        _enter_failure(person, "password", left=attempt.left, at=at)
        raise SignInRefused(left=attempt.left, minutes=attempt.minutes)
    lockout.forgive("account", account)
    lockout.give_back("address", origin.network)
    return found


def by_passkey(answer: str, *, origin: Origin, at: datetime) -> Operator:
    """A passkey that the person unlocked on their device is both steps in one."""
    attempt = lockout.take("address", origin.network, at=at)
    try:
        person = factors.check_passkey(answer, at=at)
    except PasskeyRefused:
        _enter_failure(None, "passkey", left=attempt.left, at=at)
        raise
    lockout.give_back("address", origin.network)
    return person


def named(name: str) -> Operator | None:
    """By name or by e-mail, in any case of letters; names contain no @, so no text can be both."""
    name = name.strip()
    field = "email__iexact" if "@" in name else "name__iexact"
    return Operator.objects.filter(**{field: name}).first() if name else None


def remember(request: HttpRequest, person: Operator, *, method: str, at: datetime) -> None:
    request.session[PENDING] = {"person": person.pk, "method": method, "at": at.isoformat()}


def pending(request: HttpRequest, *, at: datetime) -> Pending:
    """Who is to show the second factor in this browser. Raise SignInOver when nobody is, or not any more."""
    kept = request.session.get(PENDING)
    if not kept or at - datetime.fromisoformat(kept["at"]) > TIME_FOR_SECOND_STEP:
        raise SignInOver
    person = Operator.objects.filter(pk=kept["person"], is_active=True).first()
    if person is None:
        raise SignInOver
    return Pending(person, kept["method"])


@transaction.atomic
def complete(request: HttpRequest, person: Operator, *, method: str, origin: Origin, at: datetime) -> None:
    """Open the session. Having just signed in counts as having just confirmed who one is."""
    request.session.pop(PENDING, None)
    sessions.begin(request, person, method=method, origin=origin, at=at)
    request.session[SUDO_AT] = at.isoformat()


@transaction.atomic
def _enter_failure(person: Operator | None, method: str, *, left: int, at: datetime) -> None:
    """A name that nobody has is not written down: it may be a password that was typed into the wrong field."""
    subject = person.actor if person else "sign-in"
    facts = {"method": method, "left": left}
    audit.enter("sign-in.failed", subject=subject, actor=links.VISITOR, at=at, payload=facts)
