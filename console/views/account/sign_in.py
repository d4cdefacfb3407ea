"""Signing in and out."""

import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from console import sign_on
from console.access import public, signed_in
from console.accounts import factors, sessions
from console.accounts import sign_in as steps
from console.doorkeeping import before_set_up
from console.errors import ConsoleError, SignInOver, status_of
from console.http import ConsoleRequest, origin_of
from console.models import Operator

NEXT = "next"


# Public: this is the door.
@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return HttpResponseRedirect(_wanted(request))
    if request.method != "POST":
        return _door(request)
    name, password = request.POST.get("name", ""), request.POST.get("password", "")
    try:
        person = steps.by_password(name, password, origin=origin_of(request), at=request.now)  # type: ignore[attr-defined]
    except ConsoleError as error:
        return _door(request, error=error)
    return after_first_step(request, person, method="password", to=_wanted(request))


# Public: the challenge is made for whoever asks, and says nothing about anybody.
@public
@never_cache
@require_POST
def sign_in_passkey_options(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    return JsonResponse(factors.ask_passkey())


# Public: as the password is.
@public
@never_cache
@require_POST
def sign_in_passkey(request: HttpRequest) -> HttpResponse:
    origin, at = origin_of(request), request.now  # type: ignore[attr-defined]
    try:
        person = steps.by_passkey(request.POST.get("passkey", ""), origin=origin, at=at)
    except ConsoleError as error:
        return _door(request, error=error)
    steps.complete(request, person, method="passkey", origin=origin, at=at)
    return HttpResponseRedirect(_wanted(request))


# Public: only the session that has passed the first step gets anywhere here.
@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def second_factor(request: HttpRequest) -> HttpResponse:
    at = request.now  # type: ignore[attr-defined]
    try:
        pending = steps.pending(request, at=at)
    except SignInOver as error:
        return HttpResponseRedirect(_wanted(request)) if request.user.is_authenticated else _door(request, error=error)
    if request.method != "POST":
        return _second(request, pending.person)
    try:
        method = _second_method(request, pending.person)
    except ConsoleError as error:
        return _second(request, pending.person, error=error)
    to = _safe(request, request.session.pop(NEXT, ""))
    steps.complete(request, pending.person, method=f"{pending.method}+{method}", origin=origin_of(request), at=at)
    return HttpResponseRedirect(to)


@before_set_up
@signed_in
@require_POST
def sign_out(request: ConsoleRequest) -> HttpResponse:
    sessions.sign_out(request, request.user, at=request.now)
    return HttpResponseRedirect(resolve_url("signed_out"))


# Public: who sees it has just left.
@public
@require_GET
def signed_out(request: HttpRequest) -> HttpResponse:
    return render(request, "console/account/signed_out.html")


def after_first_step(request: HttpRequest, person: Operator, *, method: str, to: str) -> HttpResponse:
    """On to the second factor of those who have one, straight in for the others."""
    at = request.now  # type: ignore[attr-defined]
    if not factors.has_any(person):
        steps.complete(request, person, method=method, origin=origin_of(request), at=at)
        return HttpResponseRedirect(to)
    steps.remember(request, person, method=method, at=at)
    request.session[NEXT] = to
    return HttpResponseRedirect(resolve_url("second_factor"))


def _second_method(request: HttpRequest, person: Operator) -> str:
    at = request.now  # type: ignore[attr-defined]
    if passkey := request.POST.get("passkey", ""):
        factors.check_passkey(passkey, at=at, person=person)
        return "passkey"
    return factors.check_code(person, request.POST.get("code", ""), at=at)


def _door(request: HttpRequest, *, error: ConsoleError | None = None) -> HttpResponse:
    facts = {
        "name": request.POST.get("name", ""),
        "next": request.POST.get(NEXT) or request.GET.get(NEXT, ""),
        "error": error,
        "sso_name": settings.OIDC_NAME if settings.OIDC_ISSUER else "",
        "sso_provider": sign_on.PROVIDER,
    }
    return render(request, "console/account/sign_in.html", facts, status=_status(error))


def _second(request: HttpRequest, person: Operator, *, error: ConsoleError | None = None) -> HttpResponse:
    passkey = json.dumps(factors.ask_passkey(person)) if factors.has_passkey(person) else ""
    facts: dict[str, Any] = {"passkey_options": passkey, "error": error, "person": person}
    return render(request, "console/account/second_factor.html", facts, status=_status(error))


def _status(error: ConsoleError | None) -> int:
    return (status_of(error) or 200) if error else 200


def _wanted(request: HttpRequest) -> str:
    return _safe(request, request.POST.get(NEXT) or request.GET.get(NEXT, ""))


def _safe(request: HttpRequest, address: str) -> str:
    """Never to another house: `next` comes from the address bar."""
    allowed = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if allowed else resolve_url(settings.LOGIN_REDIRECT_URL)
