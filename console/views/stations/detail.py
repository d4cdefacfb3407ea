"""One station, in tabs: what it is, what happened to it, what it said, what it was told."""

import json
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as in_context
from django.views.decorators.http import require_safe

from console import knocks, timeline
from console.access import needs
from console.http import ConsoleRequest
from console.rights import Right
from console.station_addresses import door
from console.views.stations.finding import may_here, station_for
from stations import knocking, onboarding, queries, standing
from stations.models import Command, Message, Station, StationKey
from stations.ocpp.redaction import mask_tokens, redact_text

TABS: tuple[tuple[str, str | Promise], ...] = (
    ("station", _("Overview")),
    ("station_timeline", _("Timeline")),
    ("station_messages", _("Messages")),
    ("station_commands", _("Commands")),
    ("station_configuration", _("Configuration")),
    ("station_sessions", in_context("charging", "Sessions")),
    ("station_security", _("Security")),
)
S = Station.Status
# What a person may do with a station, by where that leads; `primary` is the friendly one.
MOVES: dict[str, tuple[Station.Status, str | Promise, str]] = {
    "accept": (S.ACCEPTED, _("Accept"), "primary"),
    "let-in": (S.PENDING, _("Let in, with a new key first"), ""),
    "restrict": (S.RESTRICTED, _("Restrict"), ""),
    "reject": (S.REJECTED, _("Reject"), ""),
    "block": (S.BLOCKED, _("Block"), "danger"),
    "retire": (S.RETIRED, _("Retire"), ""),
}


@dataclass(frozen=True)
class Shown:
    """A message as its reader may see it."""

    message: Message
    text: str


def framed(request: ConsoleRequest, station: Station, tab: str, facts: dict[str, Any]) -> dict[str, Any]:
    """What every tab shows around itself."""
    tabs = [(label, reverse(name, args=[station.identity]), name == tab) for name, label in TABS]
    connected = queries.is_connected(station, now=request.now)
    return {
        "station": station,
        "state": standing.of(station, now=request.now),
        "presence": station.presence if connected else None,
        "connected": connected,
        "tabs": tabs,
        "here": reverse(tab, args=[station.identity]),
        "may_onboard": may_here(request.user, station, Right.ONBOARD_STATIONS),
        "may_command": may_here(request.user, station, Right.COMMAND_STATIONS),
        "may_rotate": may_here(request.user, station, Right.MANAGE_KEYS),
        **facts,
    }


def show(request: ConsoleRequest, station: Station, tab: str, facts: dict[str, Any]) -> HttpResponse:
    template = f"console/stations/{tab}.html"
    return render(request, f"{template}#live" if request.htmx else template, framed(request, station, tab, facts))


def number_in(request: ConsoleRequest, name: str) -> int | None:
    said = request.GET.get(name, "")
    return int(said) if said.isdecimal() and len(said) < 19 else None


def place(request: ConsoleRequest) -> dict[str, int | None]:
    return {"before": number_in(request, "before"), "after": number_in(request, "after")}


@needs(Right.SEE_STATIONS)
@require_safe
def station(request: ConsoleRequest, identity: str) -> HttpResponse:
    found = station_for(request.user, identity)
    facts = {
        "connectors": list(found.connectors.all()),
        "waiting": found.commands.filter(state__in=Command.OPEN).count(),
        "last_command": found.commands.order_by("-pk").first(),
        "keys": {key.state: key for key in found.keys.filter(state__in=StationKey.UNDER_WAY + StationKey.CURRENT)},
        "findings": queries.findings_of(found, most=5),
        "running": found.sessions.filter(stop_received=None, unmatched=False).count(),
        "door": door(found.profile, found.identity),
    }
    return show(request, found, "station", facts)


@needs(Right.SEE_STATIONS)
@require_safe
def station_timeline(request: ConsoleRequest, identity: str) -> HttpResponse:
    found = station_for(request.user, identity)
    page = timeline.of(found.subject, before=request.GET.get("before", ""))
    links = request.user.may(Right.SEE_LOGBOOKS)
    return show(request, found, "station_timeline", {"page": page, "links": links})


@needs(Right.SEE_STATIONS)
@require_safe
def station_messages(request: ConsoleRequest, identity: str) -> HttpResponse:
    found, asked = station_for(request.user, identity), request.GET
    action, direction = asked.get("action", "")[:64], asked.get("direction", "")
    findings = asked.get("finding") == "any"
    direction = direction if direction in Message.Direction.values else ""
    page = queries.messages_of(found, action=action, direction=direction, only_findings=findings, **place(request))
    whole = may_here(request.user, found, Right.SEE_PERSONAL_DATA)
    facts = {
        "page": page,
        "rows": [Shown(message, readable(message.payload, whole=whole)) for message in page.rows],
        "actions": queries.actions_of(found),
        "action": action,
        "direction": direction,
        "directions": Message.Direction.choices,
        "only_findings": findings,
        "masked": not whole,
    }
    return show(request, found, "station_messages", facts)


def readable(payload: str, *, whole: bool) -> str:
    """The stored text, indented where it parses; without the right to see them, no token stays in it."""
    try:
        said = json.loads(payload)
    except ValueError:
        return payload if whole else redact_text(payload)
    return json.dumps(said if whole else mask_tokens(said), indent=2, ensure_ascii=False)


@needs(Right.SEE_STATIONS)
@require_safe
def station_configuration(request: ConsoleRequest, identity: str) -> HttpResponse:
    found, text = station_for(request.user, identity), request.GET.get("q", "").strip()[:200]
    rows = found.settings.all()
    facts = {"settings": rows.filter(name__icontains=text) if text else rows, "text": text}
    return show(request, found, "station_configuration", facts)


@needs(Right.SEE_STATIONS)
@require_safe
def station_sessions(request: ConsoleRequest, identity: str) -> HttpResponse:
    found = station_for(request.user, identity)
    page = queries.sessions_of(found, **place(request))
    whole = may_here(request.user, found, Right.SEE_PERSONAL_DATA)
    rows = [
        {
            "session": session,
            "token": session.token if whole or not session.token else f"…{session.token[-2:]}",
            "energy": _energy(session.start_wh, session.stop_wh),
        }
        for session in page.rows
    ]
    return show(request, found, "station_sessions", {"page": page, "rows": rows, "masked": not whole})


def _energy(start_wh: int | None, stop_wh: int | None) -> str:
    """In kWh with all digits that were told; nothing where one of the two registers is not known."""
    return "" if start_wh is None or stop_wh is None else f"{(stop_wh - start_wh) / 1000:.3f}"


@needs(Right.SEE_STATIONS)
@require_safe
def station_security(request: ConsoleRequest, identity: str) -> HttpResponse:
    found = station_for(request.user, identity)
    keys = list(found.keys.all()[:20])
    facts = {
        "keys": keys,
        "under_way": next((key for key in keys if key.state in StationKey.UNDER_WAY), None),
        "tls": knocks.named(found.presence.tls) if queries.is_connected(found, now=request.now) else [],
        "attempts": refused(found),
        "certificate_events": found.reports.filter(action="SecurityEventNotification").order_by("-pk")[:10],
    }
    return show(request, found, "station_security", facts)


def refused(station: Station) -> list[dict[str, Any]]:
    """Refused handshakes under its identity, each with the words for its reason."""
    return [{"row": attempt, "told": knocks.told(attempt.reason)} for attempt in knocking.of(station.identity)]


@needs(Right.ONBOARD_STATIONS)
@require_safe
def station_decide(request: ConsoleRequest, identity: str) -> HttpResponse:
    """Everything that the station showed, beside the buttons that let it in or keep it out."""
    found = station_for(request.user, identity, Right.ONBOARD_STATIONS)
    namesakes = list(queries.namesakes(found)[:10])
    facts = framed(
        request,
        found,
        "station",
        {
            "moves": [
                {"name": name, "word": word, "kind": kind, "wanted": wanted}
                for name, (wanted, word, kind) in MOVES.items()
                if onboarding.may_move(found.status, wanted)
            ],
            "namesakes": [one for one in namesakes if may_here(request.user, one, Right.SEE_STATIONS)],
            "namesakes_elsewhere": sum(not may_here(request.user, one, Right.SEE_STATIONS) for one in namesakes),
            "findings": queries.findings_of(found),
            "attempts": refused(found),
            "tls": knocks.named(found.presence.tls) if queries.is_connected(found, now=request.now) else [],
            "boot": json.dumps(found.boot, indent=2, ensure_ascii=False) if found.boot else "",
        },
    )
    return render(request, "console/stations/decide.html", facts)
