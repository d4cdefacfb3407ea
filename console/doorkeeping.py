"""Middleware behind authentication: is the session still good, and has this person set up what their role needs?"""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from console.access import Open, right_of
from console.accounts import sessions, standing
from console.http import origin_of
from console.models import Operator

# What a page fetches by itself is no sign that a person sits in front of it.
BY_ITSELF = "X-Live"


class Sessions:
    """Sessions last 12 hours, or 2 without activity; `request.session` of an ended one is already empty by now."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            self.look_after(request, request.user)
        return self.get_response(request)

    def look_after(self, request: HttpRequest, person: Operator) -> None:
        at = request.now  # type: ignore[attr-defined]
        active = BY_ITSELF not in request.headers
        over = sessions.refresh(request, person, origin=origin_of(request), at=at, active=active)
        if over:
            sessions.expire(request, person, reason=over, at=at)
            messages.info(request, _said_of(over))


class SetUp:
    """Everything but the set-up itself waits until password and second factor are there."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], *_: Any) -> HttpResponse | None:
        if not request.user.is_authenticated or is_open_before_set_up(view):
            return None
        if standing.missing(request, request.user) is None:
            return None
        address = resolve_url("set_up")
        return HttpResponseClientRedirect(address) if getattr(request, "htmx", False) else HttpResponseRedirect(address)


def before_set_up(view: Callable[..., Any]) -> Callable[..., Any]:
    """For the pages of the set-up itself, and for leaving."""
    view.before_set_up = True  # type: ignore[attr-defined]
    return view


def is_open_before_set_up(view: Callable[..., Any]) -> bool:
    return getattr(view, "before_set_up", False) or right_of(view) in {Open.PUBLIC, None}


def _said_of(reason: str) -> str:
    if reason == "idle":
        return _("You were signed out after 2 hours without activity. Sign in to go on where you were.")
    return _("You were signed out after 12 hours. Sign in to go on where you were.")
