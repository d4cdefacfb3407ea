"""Second factors: authenticator apps, passkeys, recovery codes. allauth keeps them; the verbs and their rules are here.

A code of an authenticator app counts once, and so does every code of an earlier step: the last step that was used is
kept in the row, so a code that somebody read over a shoulder is refused by every web process and after every restart.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.utils import decrypt, encrypt
from allauth.mfa.webauthn.internal import auth as webauthn
from django.core.exceptions import ValidationError
from django.db import transaction

from console import audit
from console.accounts import lockout
from console.errors import FactorExists, FactorNeeded, FactorUnknown, FirstCodeWrong, PasskeyRefused, WrongCode
from console.models import Operator
from console.rights import needs_second_factor

Kind = Authenticator.Type
SECOND = (Kind.TOTP, Kind.WEBAUTHN)
UNREADABLE = (ValidationError, ValueError, TypeError, KeyError, AttributeError)


@dataclass(frozen=True, slots=True)
class Factor:
    """One second factor as its owner sees it. `last_used_at` None: never since it was added."""

    id: int
    kind: str
    name: str
    added_at: datetime
    last_used_at: datetime | None


def of(person: Operator) -> list[Factor]:
    rows = Authenticator.objects.filter(user=person, type__in=SECOND).order_by("created_at")
    return [
        Factor(
            row.pk,
            row.type,
            row.data.get("name", "") if row.type == Kind.WEBAUTHN else "",
            row.created_at,
            row.last_used_at,
        )
        for row in rows
    ]


def holders() -> set[int]:
    """The ids of all people who have a second factor."""
    return set(Authenticator.objects.filter(type__in=SECOND).values_list("user_id", flat=True))


def has_any(person: Operator) -> bool:
    return bool(Authenticator.objects.filter(user=person, type__in=SECOND).exists())


def has_passkey(person: Operator) -> bool:
    return bool(Authenticator.objects.filter(user=person, type=Kind.WEBAUTHN).exists())


def unused_recovery_codes(person: Operator) -> int:
    row = Authenticator.objects.filter(user=person, type=Kind.RECOVERY_CODES).first()
    return len(RecoveryCodes(row).get_unused_codes()) if row else 0


# ── authenticator apps ───────────────────────────────────────────────────────────────────────────────────────────


def new_secret() -> str:
    return str(totp.generate_totp_secret())


@transaction.atomic
def add_totp(person: Operator, secret: str, code: str, *, at: datetime) -> list[str]:
    """Add the app once it has shown a right code. Return the recovery codes when these are the first."""
    if Authenticator.objects.filter(user=person, type=Kind.TOTP).exists():
        raise FactorExists
    step = _step_of(secret, code, after=-1, at=at)
    if step is None:
        raise FirstCodeWrong
    data = {"secret": encrypt(secret), "last_step": step}
    Authenticator.objects.create(user=person, type=Kind.TOTP, data=data, created_at=at)
    return _after_adding(person, "totp", at=at)


def check_code(person: Operator, code: str, *, at: datetime) -> str:
    """Take a code of the app or a recovery code and return which it was. Raise WrongCode or TooManyTries; it counts."""
    attempt = lockout.take("factor", person.name, at=at)
    code = code.replace(" ", "").replace("-", "")
    with transaction.atomic():
        method = "totp" if _take_totp(person, code, at=at) else "recovery-code" if _take_recovery(person, code) else ""
        if not method:
            facts = {"left": attempt.left}
            audit.enter("factor.failed", subject=person.actor, actor=person.actor, at=at, payload=facts)
        elif method == "recovery-code":
            facts = {"left": unused_recovery_codes(person)}
            audit.enter("recovery-code.used", subject=person.actor, actor=person.actor, at=at, payload=facts)
    if not method:
        raise WrongCode(left=attempt.left, minutes=attempt.minutes)
    lockout.forgive("factor", person.name)
    return method


def _take_totp(person: Operator, code: str, *, at: datetime) -> bool:
    row = Authenticator.objects.select_for_update().filter(user=person, type=Kind.TOTP).first()
    if row is None:
        return False
    step = _step_of(decrypt(row.data["secret"]), code, after=row.data.get("last_step", -1), at=at)
    if step is None:
        return False
    row.data["last_step"], row.last_used_at = step, at
    row.save(update_fields=["data", "last_used_at"])
    return True


def _take_recovery(person: Operator, code: str) -> bool:
    row = Authenticator.objects.filter(user=person, type=Kind.RECOVERY_CODES).first()
    return bool(row and RecoveryCodes(row).validate_code(code))


def _step_of(secret: str, code: str, *, after: int, at: datetime) -> int | None:
    """The time step that the code belongs to; None when it belongs to none that may still be used."""
    now = int(at.timestamp()) // app_settings.TOTP_PERIOD
    around = range(now - app_settings.TOTP_TOLERANCE, now + app_settings.TOTP_TOLERANCE + 1)
    right = [
        step
        for step in around
        if compare_user_code(actual=code, expected=totp.format_hotp_value(totp.hotp_value(secret, step)))
    ]
    return next((step for step in right if step > after), None)


# ── passkeys ─────────────────────────────────────────────────────────────────────────────────────────────────────


def offer_passkey(person: Operator) -> dict[str, Any]:
    """What the browser needs to make a passkey that can sign in by itself; the challenge waits in the session."""
    return dict(webauthn.begin_registration(person, passwordless=True))


@transaction.atomic
def add_passkey(person: Operator, answer: str, *, name: str, at: datetime) -> list[str]:
    try:
        credential = json.loads(answer)
        webauthn.complete_registration(credential)
    except UNREADABLE as exc:
        raise PasskeyRefused from exc
    data = {"name": name.strip()[:60], "credential": credential}
    Authenticator.objects.create(user=person, type=Kind.WEBAUTHN, data=data, created_at=at)
    return _after_adding(person, "passkey", at=at)


def ask_passkey(person: Operator | None = None) -> dict[str, Any]:
    """What the browser needs to show a passkey: one of this person's, or, for None, any that can sign in alone."""
    return dict(webauthn.begin_authentication(person))


def check_passkey(answer: str, *, at: datetime, person: Operator | None = None) -> Operator:
    """Return whose passkey it is. Raise PasskeyRefused; there is nothing to guess, so only the address counts it."""
    try:
        response = json.loads(answer)
        owner = person or webauthn.extract_user_from_response(response)
        row = webauthn.complete_authentication(owner, response)
    except UNREADABLE as exc:
        raise PasskeyRefused from exc
    if not owner.is_active:
        raise PasskeyRefused
    Authenticator.objects.filter(pk=row.pk).update(last_used_at=at)
    found: Operator = owner
    return found


# ── all of them ──────────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def renew_recovery_codes(person: Operator, *, by: str, at: datetime) -> list[str]:
    """Ten new codes, shown once; the old ones are worth nothing any more."""
    Authenticator.objects.filter(user=person, type=Kind.RECOVERY_CODES).delete()
    codes: list[str] = RecoveryCodes.activate(person).get_unused_codes()
    audit.enter("recovery-codes.made", subject=person.actor, actor=by, at=at, payload={"count": len(codes)})
    return codes


@transaction.atomic
def remove(person: Operator, factor_id: int, *, by: str, at: datetime) -> None:
    rows = list(Authenticator.objects.select_for_update().filter(user=person, type__in=SECOND))
    row = next((row for row in rows if row.pk == factor_id), None)
    if row is None:
        raise FactorUnknown
    if len(rows) == 1 and needs_second_factor(person.roles):
        raise FactorNeeded
    row.delete()
    if len(rows) == 1:
        Authenticator.objects.filter(user=person).delete()
    audit.enter("factor.removed", subject=person.actor, actor=by, at=at, payload={"kind": _word(row.type)})


def remove_all(person: Operator) -> int:
    """For the verb that enters the reason itself."""
    count = int(Authenticator.objects.filter(user=person, type__in=SECOND).count())
    Authenticator.objects.filter(user=person).delete()
    lockout.forgive("factor", person.name)
    return count


def _after_adding(person: Operator, kind: str, *, at: datetime) -> list[str]:
    audit.enter("factor.added", subject=person.actor, actor=person.actor, at=at, payload={"kind": kind})
    if Authenticator.objects.filter(user=person, type=Kind.RECOVERY_CODES).exists():
        return []
    return renew_recovery_codes(person, by=person.actor, at=at)


def _word(kind: str) -> str:
    return "passkey" if kind == Kind.WEBAUTHN else str(kind)
