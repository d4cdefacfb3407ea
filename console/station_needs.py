"""What stations want somebody for: who knocks, who does not get on, whose key is in doubt, what is odd."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from console.access import groups_of
from console.models import Operator
from console.needs import Need
from console.rights import Right
from stations import anomalies as odd
from stations.models import Station, StationKey

SHOWN = 5  # of one kind; the rest is one line more
STUCK = timedelta(hours=1)
S = Station.Status


def knocking(operator: Operator, _now: datetime) -> Sequence[Need]:
    rows = Station.objects.in_groups(groups_of(operator, Right.ONBOARD_STATIONS)).filter(status=S.KNOCKING)
    found = list(rows.order_by("registered_at")[: SHOWN + 1])
    needs = [
        Need(
            "wait",
            "decide",
            _("Decide"),
            _("%(identity)s knocks") % {"identity": station.identity},
            _("Nobody registered it. It waits in the hall until somebody decides."),
            reverse("station_decide", args=[station.identity]),
            _("Look"),
            station.registered_at,
        )
        for station in found[:SHOWN]
    ]
    if len(found) > SHOWN:
        needs.append(_more(rows.count() - SHOWN, f"{reverse('stations')}?state=knocking", found[-1].registered_at))
    return needs


def stuck(operator: Operator, now: datetime) -> Sequence[Need]:
    """Booted here, and not accepted an hour later: the key was not taken, or nobody told it to boot again."""
    rows = Station.objects.in_groups(groups_of(operator, Right.ONBOARD_STATIONS)).filter(
        status__in=[S.PENDING, S.KEYED], booted_at__lt=now - STUCK, status_at__lt=now - STUCK
    )
    found = list(rows.order_by("status_at")[: SHOWN + 1])
    needs = [
        Need(
            "warn",
            "pending",
            _("Watch"),
            _("%(identity)s does not get on") % {"identity": station.identity},
            _("It booted here, but has not been accepted since. Look whether it took its key."),
            reverse("station_security", args=[station.identity]),
            _("Look"),
            station.status_at,
        )
        for station in found[:SHOWN]
    ]
    if len(found) > SHOWN:
        where = f"{reverse('stations')}?state=pending&state=keyed"
        needs.append(_more(rows.count() - SHOWN, where, found[-1].status_at))
    return needs


def keys_in_doubt(operator: Operator, _now: datetime) -> Sequence[Need]:
    where = groups_of(operator, Right.MANAGE_KEYS)
    rows = StationKey.objects.filter(state=StationKey.State.IN_DOUBT).select_related("station").order_by("changed_at")
    if where is not None:
        rows = rows.filter(station__group__in=where)
    return [
        Need(
            "warn",
            "key",
            _("In doubt"),
            _("Which key does %(identity)s have?") % {"identity": key.station.identity},
            _("It did not answer when it was told the new one. Both open the door until it has shown one."),
            reverse("station_security", args=[key.station.identity]),
            _("Look"),
            key.changed_at,
        )
        for key in rows[: 2 * SHOWN]
    ]


def anomalies(operator: Operator, now: datetime) -> Sequence[Need]:
    """Two signs that cannot be in order; a busy address may well be, so it stands on the page alone."""
    if groups_of(operator, Right.SEE_SECURITY) is not None:
        return []
    needs, where = [], reverse("anomalies")
    rate = odd.rate(now=now)
    if rate.sudden:
        what = ngettext("%(n)d new identity in an hour", "%(n)d new identities in an hour", rate.now) % {"n": rate.now}
        why = _("Somebody may be trying names, or a batch of new stations was switched on.")
        needs.append(Need("bad", "critical", _("Odd"), what, why, where, _("Look"), now - odd.RATE_WINDOW))
    for shared in odd.shared_serials(most=SHOWN):
        what = _("Serial number %(serial)s under several identities") % {"serial": shared.serial}
        why = ", ".join(station.identity for station in shared.stations[:SHOWN])
        needs.append(Need("bad", "critical", _("Odd"), what, why, where, _("Look"), shared.since))
    return needs


def _more(count: int, where: str, since: datetime) -> Need:
    what = ngettext("and %(n)d more station", "and %(n)d more stations", count) % {"n": count}
    return Need("wait", "decide", _("Decide"), what, _("They wait for the same."), where, _("To the list"), since)
