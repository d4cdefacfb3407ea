"""All stations: who they are, how they stand, filters in the address, and acts on many at once."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.management import get_commands
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.utils.translation import pgettext_lazy as in_context
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from console import appearance, bell, saved_views, station_filters
from console.access import needs
from console.errors import ConsoleError
from console.http import ConsoleRequest
from console.rights import Right
from console.station_addresses import doors
from console.views.stations.finding import everywhere, groups_for, stations_for
from stations import listing, onboarding, registry, standing
from stations.errors import StationsError
from stations.listing import NO_GROUP
from stations.models import Station, StationQuerySet

PAGE = "stations"
MOST_AT_ONCE = 500
SIMULATOR = "manage.py simulate --stations 5"


@dataclass(frozen=True)
class Row:
    station: Station
    state: str


@dataclass(frozen=True)
class View:
    """A list that somebody wants often, with how many stations stand in it."""

    label: str | Promise
    query: str
    codes: tuple[str, ...] = ()

    def count(self, counts: dict[str, int]) -> int:
        return sum(counts[code] for code in self.codes) if self.codes else counts["all"]


VIEWS = (
    View(gettext_lazy("All"), ""),
    View(gettext_lazy("Knocking"), "state=knocking", ("knocking",)),
    View(gettext_lazy("Being let in"), "state=pending&state=keyed", ("pending", "keyed")),
    View(in_context("station", "Silent"), "state=silent", ("silent",)),
    View(gettext_lazy("Offline"), "state=offline&sort=seen", ("offline",)),
    View(gettext_lazy("Shut out"), "state=rejected&state=blocked", ("rejected", "blocked")),
)


@needs(Right.SEE_STATIONS)
@require_safe
def stations(request: ConsoleRequest) -> HttpResponse:
    mine, wanted = stations_for(request.user), station_filters.read(request.GET)
    counts = standing.counts(mine, now=request.now)
    size = station_filters.size_of(request)
    place = {"after": request.GET.get("after", ""), "before": request.GET.get("before", "")}
    page = listing.page(mine, wanted, size=size, now=request.now, **place)
    facts = {
        "page": page,
        "rows": [Row(station, standing.of(station, now=request.now)) for station in page.rows],
        "counts": counts,
        "wanted": wanted,
        "sort": wanted.sort,
        "order": station_filters.order_of(wanted),
        "chips": station_filters.chips(wanted),
        "size": size,
        "sizes": listing.SIZES,
        "may_onboard": request.user.may(Right.ONBOARD_STATIONS),
    }
    if not request.htmx:
        facts |= {
            "views": _views(wanted, counts),
            "saved": _saved(request, wanted),
            "doors": doors(),
            "simulator": SIMULATOR if "simulate" in get_commands() else "",
        }
        facts |= _choices(request, mine)
    template = "console/stations/list.html"
    response = render(request, f"{template}#rows" if request.htmx else template, facts)
    if request.GET.get("size") == str(size):
        appearance.remember(response, station_filters.SIZE_COOKIE, str(size))
    return response


def _views(wanted: listing.Wanted, counts: dict[str, int]) -> list[dict[str, Any]]:
    here = station_filters.written(wanted)
    return [
        {
            "label": view.label,
            "query": view.query,
            "count": view.count(counts),
            "current": station_filters.canonical(view.query) == here,
        }
        for view in VIEWS
    ]


def _saved(request: ConsoleRequest, wanted: listing.Wanted) -> dict[str, Any]:
    """The views of this person and those shared with everybody, and what one saved now would hold."""
    here = station_filters.written(wanted)
    rows = [
        {
            "view": view,
            "current": station_filters.canonical(view.query) == here,
            "mine": view.owner_id == request.user.pk,
        }
        for view in saved_views.offered_to(request.user, PAGE)
    ]
    return {"rows": rows, "query": here, "current": next((row for row in rows if row["current"]), None)}


@needs(Right.SEE_STATIONS)
@require_POST
def view_save(request: ConsoleRequest) -> HttpResponse:
    query = station_filters.canonical(request.POST.get("query", "")[:1000])
    shared = request.POST.get("shared") == "yes"
    try:
        saved_views.keep(request.user, PAGE, request.POST.get("name", ""), query, shared=shared, at=request.now)
    except ConsoleError as error:
        messages.error(request, str(error))
    return HttpResponseRedirect(f"{reverse('stations')}?{query}")


@needs(Right.SEE_STATIONS)
@require_POST
def view_remove(request: ConsoleRequest, number: int) -> HttpResponse:
    saved_views.remove(number, by=request.user, at=request.now)
    return HttpResponseRedirect(reverse("stations"))


def _choices(request: ConsoleRequest, mine: StationQuerySet) -> dict[str, Any]:
    """What the filter form offers, with what is chosen now."""
    groups = [group.name for group in groups_for(request.user, Right.SEE_STATIONS)]
    if everywhere(request.user, Right.SEE_STATIONS):
        groups.append(NO_GROUP)
    offered = {
        "state": [str(code) for code in standing.CODES],
        "group": groups,
        "profile": ["1", "2", "3"],
        "protocol": listing.choices(mine, "protocol"),
        "vendor": listing.choices(mine, "vendor"),
        "model": listing.choices(mine, "model"),
        "firmware": listing.choices(mine, "firmware"),
        "simulated": ["yes", "no"],
    }
    fields = [
        {
            "name": name,
            "label": station_filters.LABELS[name],
            "options": [
                {
                    "value": value,
                    "word": station_filters.word(name, value),
                    "chosen": value in request.GET.getlist(name),
                }
                for value in values
            ],
        }
        for name, values in offered.items()
        if values
    ]
    return {"fields": fields, "turned": request.GET.getlist(station_filters.NOT)}


# ── acts on many ─────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Act:
    """One thing to do with many: its word, what it means for each, and where each will stand."""

    question: str | Promise
    lead: str | Promise
    word: str | Promise
    wanted: Station.Status | None = None
    danger: bool = False


S = Station.Status
ACTS = {
    "accept": Act(
        gettext_lazy("Accept these stations?"),
        gettext_lazy("They work from their next boot on, with the key that they have now."),
        gettext_lazy("Accept"),
        S.ACCEPTED,
    ),
    "let-in": Act(
        gettext_lazy("Let these stations in?"),
        gettext_lazy("Their next boot is answered Pending; they get a key of their own and are accepted with it."),
        gettext_lazy("Let in"),
        S.PENDING,
    ),
    "reject": Act(
        gettext_lazy("Reject these stations?"),
        gettext_lazy("Their boots are answered Rejected. They may knock again."),
        gettext_lazy("Reject"),
        S.REJECTED,
        danger=True,
    ),
    "block": Act(
        gettext_lazy("Block these stations?"),
        gettext_lazy("Open connections end at once, and no new one is let in until somebody lifts the block."),
        gettext_lazy("Block"),
        S.BLOCKED,
        danger=True,
    ),
    "group": Act(
        gettext_lazy("Put these stations into a group?"),
        gettext_lazy("Roles that are limited to a group see and command only its stations."),
        gettext_lazy("Move"),
    ),
}


@needs(Right.ONBOARD_STATIONS)
@require_http_methods(["GET", "HEAD", "POST"])
def stations_bulk(request: ConsoleRequest) -> HttpResponse:
    """First the page that lists every station and what happens to it; then, by its form, the act."""
    act = ACTS.get(request.POST.get("act") or request.GET.get("act", ""))
    chosen = _chosen(request)
    if act is None or not chosen:
        messages.warning(request, _("Choose at least one station, and what to do with it."))
        return HttpResponseRedirect(reverse("stations"))
    return _carry_out(request, act, chosen) if request.method == "POST" else _ask(request, act, chosen)


def _chosen(request: ConsoleRequest) -> list[Station]:
    given = request.POST if request.method == "POST" else request.GET
    mine = stations_for(request.user, Right.ONBOARD_STATIONS).select_related("group", "presence__gateway")
    if given.get("all") == "yes" and request.method != "POST":
        found = listing.matching(mine, station_filters.read(request.GET), now=request.now)
        return list(found.order_by("folded")[:MOST_AT_ONCE])
    numbers = [int(number) for number in given.getlist("station") if number.isdecimal()]
    return list(mine.filter(pk__in=numbers[:MOST_AT_ONCE]).order_by("folded"))


def _ask(request: ConsoleRequest, act: Act, chosen: list[Station]) -> HttpResponse:
    rows = [
        {"station": station, "state": standing.of(station, now=request.now), "goes": _goes(station, act)}
        for station in chosen
    ]
    left_out = sum(not _goes(station, act) and station.status != act.wanted for station in chosen)
    facts = {
        "question": act.question,
        "lead": act.lead,
        "act": act.word,
        "name": request.GET["act"],
        "danger": act.danger,
        "wanted": act.wanted,
        "rows": rows,
        "left_out": left_out,
        "groups": groups_for(request.user, Right.ONBOARD_STATIONS),
        "everywhere": everywhere(request.user, Right.ONBOARD_STATIONS),
        "back": reverse("stations"),
        "most": MOST_AT_ONCE if len(rows) == MOST_AT_ONCE else 0,
    }
    return render(request, "console/stations/bulk.html", facts)


def _goes(station: Station, act: Act) -> bool:
    return act.wanted is None or onboarding.may_move(station.status, act.wanted)


def _carry_out(request: ConsoleRequest, act: Act, chosen: list[Station]) -> HttpResponse:
    """Each station by itself: one that was moved by somebody else meanwhile holds up no other."""
    by, at, refused, done = request.user.actor, request.now, [], 0
    group = request.POST.get("group", "").strip()[:80]
    if act.wanted is None and group not in _groups_open_to(request):
        refused.append(_("You may not move stations into the group “%(group)s”.") % {"group": group})
        chosen = []
    for station in chosen:
        try:
            if act.wanted is None:
                registry.regroup(station, group, by=by, at=at)
            else:
                onboarding.move(station, act.wanted, by=by, at=at, reason=request.POST.get("reason", "").strip()[:200])
            done += 1
        except StationsError as error:
            refused.append(str(error))
    bell.changed("stations", "queue")
    if done:
        messages.success(request, ngettext("Done for one station.", "Done for %(n)d stations.", done) % {"n": done})
    for text in refused[:10]:
        messages.error(request, text)
    return HttpResponseRedirect(reverse("stations"))


def _groups_open_to(request: ConsoleRequest) -> set[str]:
    """A new name is open to those who work everywhere; so is taking a station out of all groups."""
    names = {group.name for group in groups_for(request.user, Right.ONBOARD_STATIONS)}
    if everywhere(request.user, Right.ONBOARD_STATIONS):
        names |= {"", request.POST.get("group", "").strip()[:80]}
    return names
