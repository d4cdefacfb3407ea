"""Keys for programs: shown once, kept as a hash, limited to scopes (which are rights), revocable."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from console import audit
from console.errors import ExpiryPast, ScopeUnknown, TokenUnknown
from console.models import ApiToken
from console.rights import Right

# Begins every token, so that scanners find one that was published by mistake.
PREFIX = "mrd_"
USED_EVERY = timedelta(minutes=1)


@transaction.atomic
def create(
    *, scopes: Iterable[str], label: str, by: str, at: datetime, expires: datetime | None = None
) -> tuple[ApiToken, str]:
    """Return the row and the token itself, which nobody can ever see again."""
    rights = sorted({_right(scope).value for scope in scopes})
    if expires is not None and expires <= at:
        raise ExpiryPast
    token = PREFIX + secrets.token_urlsafe(32)
    row = ApiToken.objects.create(
        label=label.strip()[:80],
        hint=token[:8],
        token_hash=_hash(token),
        scopes=rights,
        created_by=by,
        created_at=at,
        expires_at=expires,
    )
    facts = {"scopes": rights, "expires": expires.isoformat() if expires else None}
    audit.enter("api-token.created", subject=subject_of(row), actor=by, at=at, payload=facts)
    return row, token


@transaction.atomic
def revoke(token_id: int, *, by: str, at: datetime) -> ApiToken:
    row = ApiToken.objects.select_for_update().filter(pk=token_id, revoked_at=None).first()
    if row is None:
        raise TokenUnknown
    row.revoked_at = at
    row.save(update_fields=["revoked_at"])
    audit.enter("api-token.revoked", subject=subject_of(row), actor=by, at=at)
    return row


def recognise(token: str, *, at: datetime) -> ApiToken | None:
    """The living token; None for one that is unknown, revoked or expired."""
    row = ApiToken.objects.filter(token_hash=_hash(token), revoked_at=None).first()
    if row is None or (row.expires_at and row.expires_at <= at):
        return None
    if row.last_used_at is None or at - row.last_used_at >= USED_EVERY:
        ApiToken.objects.filter(pk=row.pk).update(last_used_at=at)
    return row


def living(*, at: datetime) -> QuerySet[ApiToken]:
    rows = ApiToken.objects.filter(revoked_at=None)
    return (rows.filter(expires_at=None) | rows.filter(expires_at__gt=at)).order_by("pk")


def subject_of(row: ApiToken) -> str:
    return f"api-token:{row.pk}"


def _right(scope: str) -> Right:
    try:
        return Right(scope)
    except ValueError as exc:
        raise ScopeUnknown(scope) from exc


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
