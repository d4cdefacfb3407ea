"""Passwords: set, changed, and checked for a person whose account is known."""

from datetime import datetime

from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from console import audit
from console.accounts import lockout, sessions
from console.errors import PasswordRefused, SignInRefused
from console.models import Operator


@transaction.atomic
def change(person: Operator, new: str, *, repeated: str, by: str, at: datetime, keep: str | None) -> None:
    """Set a password that passes the rules; every session but `keep` ends, since the old one may be known to others."""
    if new != repeated:
        raise PasswordRefused([_("The two passwords differ. Type the same one twice.")])
    try:
        password_validation.validate_password(new, person)
    except ValidationError as exc:
        raise PasswordRefused(list(exc.messages)) from exc
    person.set_password(new)
    person.save(update_fields=["password"])
    ended = sessions.end_all(person, but=keep)
    audit.enter("password.changed", subject=person.actor, actor=by, at=at, payload={"sessions_ended": ended})


def check(person: Operator, password: str, *, at: datetime) -> None:
    """Raise SignInRefused or TooManyTries unless it is the person's password; wrong ones count."""
    attempt = lockout.take("account", person.name, at=at)
    if not person.check_password(password):
        raise SignInRefused(left=attempt.left, minutes=attempt.minutes)
    lockout.forgive("account", person.name)
