"""Which stations this person may see or act upon. What lies elsewhere does not exist for them."""

from django.http import Http404

from console.access import groups_of
from console.models import Operator
from console.rights import Right
from stations import registry
from stations.errors import StationUnknown
from stations.models import Station, StationGroup, StationQuerySet


def stations_for(operator: Operator, right: Right = Right.SEE_STATIONS) -> StationQuerySet:
    return Station.objects.in_groups(groups_of(operator, right))


def station_for(operator: Operator, identity: str, right: Right = Right.SEE_STATIONS) -> Station:
    """Raise Http404 for a station that is not there, or not theirs."""
    rows = stations_for(operator, right).select_related("group", "presence__gateway")
    found = rows.filter(folded=registry.fold(identity)).first()
    if found is None:
        raise Http404(str(StationUnknown(identity)))
    return found


def may_here(operator: Operator, station: Station, right: Right) -> bool:
    where = groups_of(operator, right)
    return where is None or station.group_id in where


def groups_for(operator: Operator, right: Right) -> list[StationGroup]:
    where = groups_of(operator, right)
    rows = StationGroup.objects.order_by("name")
    return list(rows if where is None else rows.filter(pk__in=where))


def everywhere(operator: Operator, right: Right) -> bool:
    return groups_of(operator, right) is None
