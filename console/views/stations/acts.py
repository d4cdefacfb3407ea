"""What a person does with one station: decide about it, send it something, give it a new key."""

import json
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from console import bell
from console.access import needs
from console.confirming import sudo
from console.http import ConsoleRequest
from console.rights import Right
from console.views.stations.detail import MOVES, place, show
from console.views.stations.finding import may_here, station_for
from stations import onboarding, orders, queries, rotation
from stations.errors import StationsError
from stations.models import Command, Station
from stations.ocpp.redaction import mask_tokens


@needs(Right.ONBOARD_STATIONS)
@require_POST
def station_move(request: ConsoleRequest, identity: str) -> HttpResponse:
    station = station_for(request.user, identity, Right.ONBOARD_STATIONS)
    wanted = MOVES.get(request.POST.get("act", ""))
    if wanted is None:
        messages.warning(request, _("Choose what to do with the station."))
        return HttpResponseRedirect(reverse("station_decide", args=[station.identity]))
    reason = request.POST.get("reason", "").strip()[:200]
    try:
        onboarding.move(station, wanted[0], by=request.user.actor, at=request.now, reason=reason)
    except StationsError as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(reverse("station_decide", args=[station.identity]))
    bell.changed("stations", "queue")
    messages.success(request, _("Done. It is entered in the audit book."))
    return HttpResponseRedirect(reverse("station", args=[station.identity]))


@needs(Right.MANAGE_KEYS)
@sudo
@require_POST
def station_rotate_key(request: ConsoleRequest, identity: str) -> HttpResponse:
    station = station_for(request.user, identity, Right.MANAGE_KEYS)
    try:
        rotation.rotate(station, by=request.user.actor, at=request.now)
    except StationsError as error:
        messages.error(request, str(error))
    else:
        bell.changed("stations", "commands")
        messages.success(
            request, _("A new key is on its way. Until the station has shown it, both keys open the door.")
        )
    return HttpResponseRedirect(reverse("station_security", args=[station.identity]))


@needs(Right.SEE_STATIONS)
@require_http_methods(["GET", "HEAD", "POST"])
def station_commands(request: ConsoleRequest, identity: str) -> HttpResponse:
    """The queue with every answer. Sending needs its own right; what is wrong with a payload stands beside it."""
    station = station_for(request.user, identity)
    if request.method != "POST":
        return _commands(request, station)
    station = station_for(request.user, identity, Right.COMMAND_STATIONS)
    return _send(request, station)


def _send(request: ConsoleRequest, station: Station) -> HttpResponse:
    action, text = request.POST.get("action", "").strip()[:64], request.POST.get("payload", "").strip() or "{}"
    said = {"action": action, "payload": text}
    try:
        payload = json.loads(text)
    except ValueError as error:
        return _commands(request, station, said, error=_("This is not JSON: %(why)s") % {"why": error})
    if not isinstance(payload, dict):
        return _commands(request, station, said, error=_("This is JSON, but no object: write it in braces."))
    try:
        orders.order(station, action, payload, by=request.user.actor, at=request.now)
    except StationsError as error:
        problems = orders.problems(station, action, payload) if station.protocol else []
        return _commands(request, station, said, error=str(error), problems=problems)
    bell.changed("commands")
    messages.success(request, _("%(action)s is in the queue. The answer will stand below.") % {"action": action})
    return HttpResponseRedirect(reverse("station_commands", args=[station.identity]))


def _commands(
    request: ConsoleRequest, station: Station, said: dict[str, str] | None = None, **wrong: Any
) -> HttpResponse:
    page = queries.commands_of(station, **place(request))
    whole = may_here(request.user, station, Right.SEE_PERSONAL_DATA)
    facts = {
        "page": page,
        "rows": [{"command": command, **_told(command, whole=whole)} for command in page.rows],
        "actions": orders.actions(station),
        "said": said or {"action": request.GET.get("action", ""), "payload": "{}"},
        "blocked": station.status in onboarding.SHUT_OUT,
        "may_send": may_here(request.user, station, Right.COMMAND_STATIONS),
        **wrong,
    }
    response = show(request, station, "station_commands", facts)
    response.status_code = 400 if wrong else 200
    return response


def _told(command: Command, *, whole: bool) -> dict[str, str]:
    payload, answer = (
        (command.payload, command.answer) if whole else map(mask_tokens, (command.payload, command.answer))
    )
    return {
        "payload": json.dumps(payload, indent=2, ensure_ascii=False),
        "answer": "" if answer is None else json.dumps(answer, indent=2, ensure_ascii=False),
        "status": rotation.status_of(command) if command.answer else "",
    }
