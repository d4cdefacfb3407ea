"""The way in for the first person: a link that signs in once, printed where only whoever started the console reads it.

It is printed at every start until an administrator has signed in once. There is no default password to forget.
"""

from datetime import datetime

from django.db import transaction

from console import audit
from console.accounts import links, people
from console.models import Operator
from console.rights import Role

NAME = "admin"


@transaction.atomic
def first_link(*, at: datetime) -> tuple[str, str] | None:
    """The first administrator's name and a fresh link, or None once anybody with that role has signed in."""
    administrators = Operator.objects.filter(
        is_active=True, grants__role=Role.ADMINISTRATOR, grants__group=None
    ).distinct()
    if administrators.filter(last_login__isnull=False).exists():
        return None
    first = administrators.order_by("created_at", "pk").first() or _add(at=at)
    return first.name, links.issue(first, by=audit.SYSTEM, at=at)


def _add(*, at: datetime) -> Operator:
    """`admin`, or the next free name where somebody without the role has taken it."""
    taken = set(Operator.objects.filter(name__startswith=NAME).values_list("name", flat=True))
    name = next(name for name in [NAME, *(f"{NAME}{n}" for n in range(2, len(taken) + 3))] if name not in taken)
    return people.invite(name, grants=[people.Grant(Role.ADMINISTRATOR)], by=audit.SYSTEM, at=at)
