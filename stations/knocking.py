"""Handshakes that were refused, kept for the operator with what they presented and why they failed."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, QuerySet

from stations.models import Attempt

SAME_FOR = timedelta(hours=1)
KEPT = 20_000


@dataclass(frozen=True)
class Knock:
    """`facts` holds no secrets: user name, subprotocols, TLS version and suite, certificate, request line."""

    profile: int
    address: str
    reason: str
    identity: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


def record(knocks: list[Knock], *, at: datetime) -> None:
    """Those that say the same as one of the last hour count up that line."""
    for knock in knocks:
        same = Attempt.objects.filter(
            address=knock.address,
            identity=knock.identity[:255],
            reason=knock.reason,
            profile=knock.profile,
            last_at__gt=at - SAME_FOR,
        )
        newest = same.order_by("-pk").values_list("pk", flat=True).first()
        if newest is not None:
            Attempt.objects.filter(pk=newest).update(count=F("count") + 1, last_at=at, facts=knock.facts)
        else:
            Attempt.objects.create(
                first_at=at,
                last_at=at,
                profile=knock.profile,
                address=knock.address[:64],
                identity=knock.identity[:255],
                reason=knock.reason,
                facts=knock.facts,
            )


def recent(*, since: datetime) -> QuerySet[Attempt]:
    return Attempt.objects.filter(last_at__gte=since)


def of(identity: str, *, most: int = 10) -> list[Attempt]:
    """The newest refused handshakes under this identity, as it was spelled."""
    return list(Attempt.objects.filter(identity=identity[:255])[:most])


def prune() -> None:
    border = Attempt.objects.order_by("-pk").values_list("pk", flat=True)[KEPT : KEPT + 1].first()
    if border is not None:
        Attempt.objects.filter(pk__lte=border).delete()
