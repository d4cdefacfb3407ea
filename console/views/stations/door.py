"""Who stood at the door and was not let in, and what is odd about who comes."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from console import knocks
from console.access import groups_of, needs
from console.http import ConsoleRequest
from console.models import Operator
from console.rights import Right
from console.station_addresses import doors
from console.views.stations.finding import stations_for
from stations import anomalies as odd
from stations.admission import Reason
from stations.models import Attempt, Station

SINCE = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7)}
MOST = 200


@dataclass(frozen=True)
class Row:
    attempt: Attempt
    told: knocks.Told
    station: Station | None
    facts: list[tuple[str, str]]

    @property
    def registrable(self) -> bool:
        return self.station is None and bool(self.attempt.identity) and self.attempt.reason in knocks.REGISTRABLE


def attempts_for(operator: Operator) -> QuerySet[Attempt]:
    """Who works in some groups sees attempts upon their stations, and those upon nobody's."""
    rows = Attempt.objects.order_by("-last_at", "-pk")
    if groups_of(operator, Right.ONBOARD_STATIONS) is None:
        return rows
    mine = stations_for(operator, Right.ONBOARD_STATIONS).order_by().values("identity")
    return rows.filter(Q(identity__in=mine) | Q(reason=Reason.UNKNOWN.value))


@needs(Right.ONBOARD_STATIONS)
@require_safe
def knocking(request: ConsoleRequest) -> HttpResponse:
    reason = request.GET.get("reason", "")
    span = request.GET.get("since", "") if request.GET.get("since", "") in SINCE else "day"
    recent = attempts_for(request.user).filter(last_at__gte=request.now - SINCE[span])
    found = list((recent.filter(reason=reason) if reason else recent)[:MOST])
    waiting = stations_for(request.user, Right.ONBOARD_STATIONS).filter(status=Station.Status.KNOCKING)
    facts = {
        "rows": _rows(request, found),
        "counts": _counts(recent),
        "reason": reason,
        "span": span,
        "spans": list(SINCE),
        "most": MOST if len(found) == MOST else 0,
        "waiting": list(waiting.order_by("-registered_at")[:50]),
        "doors": doors(),
    }
    template = "console/knocking/list.html"
    return render(request, f"{template}#rows" if request.htmx else template, facts)


def _counts(recent: QuerySet[Attempt]) -> list[dict[str, object]]:
    counts: dict[str, int] = {}
    for code, count in recent.order_by().values_list("reason", "count"):
        counts[code] = counts.get(code, 0) + count
    rows = [{"code": code, "count": count, "told": knocks.told(code)} for code, count in counts.items()]
    return sorted(rows, key=lambda row: -int(str(row["count"])))


def _rows(request: ConsoleRequest, found: list[Attempt]) -> list[Row]:
    known = stations_for(request.user).filter(identity__in={attempt.identity for attempt in found})
    by_identity = {station.identity: station for station in known}
    return [
        Row(attempt, knocks.told(attempt.reason), by_identity.get(attempt.identity), knocks.named(attempt.facts))
        for attempt in found
    ]


@needs(Right.SEE_SECURITY)
@require_safe
def anomalies(request: ConsoleRequest) -> HttpResponse:
    """For those who see every station: what is odd crosses the borders of groups."""
    whole = groups_of(request.user, Right.SEE_SECURITY) is None
    facts: dict[str, object] = {"whole": whole, "rate_least": odd.RATE_LEAST, "rate_times": odd.RATE_TIMES}
    facts["address_least"] = odd.IDENTITIES_PER_ADDRESS
    if whole:
        addresses = odd.busy_addresses(now=request.now)
        facts |= {"rate": odd.rate(now=request.now), "serials": odd.shared_serials(), "addresses": addresses}
    template = "console/anomalies/list.html"
    return render(request, f"{template}#live" if request.htmx else template, facts)
