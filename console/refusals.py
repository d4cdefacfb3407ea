"""Refused acts in the audit trail: each in its own transaction, because the act itself never had one.

One person who reloads a refused page all day must not fill the book: the same refusal is entered at most once a minute,
and the next entry says how many came in between.
"""

from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.http import HttpRequest

from console import audit
from console.errors import NotAllowed
from console.models import Operator, Refusal
from console.rights import Right

EVERY = timedelta(minutes=1)


def enter(operator: Operator, right: Right, request: HttpRequest) -> NotAllowed:
    """Enter the refusal, and return the error that says so."""
    match = request.resolver_match
    view = (match and match.view_name) or request.path
    at = request.now  # type: ignore[attr-defined]
    with transaction.atomic():
        row, new = Refusal.objects.select_for_update().get_or_create(
            operator=operator, view=view[:120], defaults={"entered_at": at}
        )
        if not new and at - row.entered_at < EVERY:
            Refusal.objects.filter(pk=row.pk).update(unentered=F("unentered") + 1)
        else:
            facts = {"right": right.value, "view": view, "method": str(request.method), "unentered": row.unentered}
            audit.enter("access.refused", subject=operator.actor, actor=operator.actor, at=at, payload=facts)
            Refusal.objects.filter(pk=row.pk).update(entered_at=at, unentered=0)
    return NotAllowed(right)
