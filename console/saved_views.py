"""Lists that people come back to: a name for an address. The only writer of SavedView.

A view belongs to the person who saved it; one that is shared is offered to everybody, and shows each of them only
what their rights allow, because it is nothing but a query.
"""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from console import audit
from console.errors import TooManyViews, ViewExists, ViewUnknown, ViewUnnamed
from console.models import Operator, SavedView

MOST = 30


def offered_to(operator: Operator, page: str) -> QuerySet[SavedView]:
    theirs = Q(owner=operator) | Q(is_shared=True)
    return SavedView.objects.filter(theirs, page=page).select_related("owner").order_by("name", "pk")


@transaction.atomic
def keep(owner: Operator, page: str, name: str, query: str, *, shared: bool, at: datetime) -> SavedView:
    """Raise ViewUnnamed, ViewExists or TooManyViews."""
    name = name.strip()[:40]
    if not name:
        raise ViewUnnamed
    if SavedView.objects.filter(owner=owner).count() >= MOST:
        raise TooManyViews(MOST)
    try:
        with transaction.atomic():
            view = SavedView.objects.create(
                owner=owner, page=page, name=name, query=query[:1000], is_shared=shared, saved_at=at
            )
    except IntegrityError as exc:
        raise ViewExists(name) from exc
    facts = {"page": page, "view": name, "shared": shared}
    audit.enter("view.saved", subject=owner.actor, actor=owner.actor, at=at, payload=facts)
    return view


@transaction.atomic
def remove(number: int, *, by: Operator, at: datetime) -> None:
    """Raise ViewUnknown, also for a view of somebody else."""
    view = SavedView.objects.filter(pk=number, owner=by).first()
    if view is None:
        raise ViewUnknown
    facts = {"page": view.page, "view": view.name, "shared": view.is_shared}
    view.delete()
    audit.enter("view.removed", subject=by.actor, actor=by.actor, at=at, payload=facts)
