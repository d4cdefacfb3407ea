"""My account: who I am, how the console looks to me, my password, my sessions."""

from zoneinfo import available_timezones

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from console.access import signed_in
from console.accounts import appearance, passwords, people, sessions
from console.confirming import sudo
from console.errors import ConsoleError, status_of
from console.http import ConsoleRequest
from console.models import Operator
from console.rights import Role, rights_of


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: ConsoleRequest) -> HttpResponse:
    error = None
    if request.method == "POST":
        try:
            _change_profile(request)
        except ConsoleError as refused:
            error = refused
        else:
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(resolve_url("account"))
    roles = [(Role(grant.role).label, grant.group) for grant in request.user.grants.select_related("group")]
    facts = {"tab": "profile", "error": error, "roles": roles, "rights": len(rights_of(request.user.roles))}
    return render(request, "console/account/profile.html", facts, status=status_of(error) if error else 200)


@signed_in
@sudo
@require_http_methods(["GET", "HEAD", "POST"])
def account_email(request: ConsoleRequest) -> HttpResponse:
    """Apart from the rest and behind a confirmation: single sign-on finds a person by this address."""
    error = None
    if request.method == "POST":
        try:
            _change_email(request)
        except ConsoleError as refused:
            error = refused
        else:
            messages.success(request, _("Your e-mail address was changed."))
            return HttpResponseRedirect(resolve_url("account"))
    facts = {"tab": "profile", "error": error}
    return render(request, "console/account/email.html", facts, status=status_of(error) if error else 200)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def account_appearance(request: ConsoleRequest) -> HttpResponse:
    error = None
    if request.method == "POST":
        try:
            _change_appearance(request)
        except ConsoleError as refused:
            error = refused
        else:
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(resolve_url("account_appearance"))
    facts = {
        "tab": "appearance",
        "error": error,
        "themes": Operator.Theme.choices,
        "languages": settings.LANGUAGES,
        "zones": sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/")),
    }
    return render(request, "console/account/appearance.html", facts, status=status_of(error) if error else 200)


@signed_in
@sudo
@require_http_methods(["GET", "HEAD", "POST"])
def account_password(request: ConsoleRequest) -> HttpResponse:
    error = None
    if request.method == "POST":
        try:
            _change_password(request)
        except ConsoleError as refused:
            error = refused
        else:
            messages.success(request, _("Your password was changed. All other sessions have ended."))
            return HttpResponseRedirect(resolve_url("account_password"))
    facts = {"tab": "password", "error": error}
    return render(request, "console/account/password.html", facts, status=status_of(error) if error else 200)


@signed_in
@require_GET
def account_sessions(request: ConsoleRequest) -> HttpResponse:
    facts = {"tab": "sessions", "sessions": sessions.of(request.user), "here": request.session.session_key}
    return render(request, "console/account/sessions.html", facts)


@signed_in
@require_POST
def account_session_end(request: ConsoleRequest, session_id: int) -> HttpResponse:
    sessions.end(request.user, session_id, by=request.user.actor, at=request.now)
    messages.success(request, _("The session has ended."))
    return HttpResponseRedirect(resolve_url("account_sessions"))


@signed_in
@require_POST
def account_sessions_end(request: ConsoleRequest) -> HttpResponse:
    sessions.end_others(request.user, but=request.session.session_key, by=request.user.actor, at=request.now)
    messages.success(request, _("All other sessions have ended."))
    return HttpResponseRedirect(resolve_url("account_sessions"))


def _change_profile(request: ConsoleRequest) -> None:
    person, name = request.user, request.POST.get("full_name", "")
    people.set_profile(person, full_name=name, email=person.email, by=person.actor, at=request.now)


def _change_email(request: ConsoleRequest) -> None:
    person, email = request.user, request.POST.get("email", "")
    people.set_profile(person, full_name=person.full_name, email=email, by=person.actor, at=request.now)


def _change_appearance(request: ConsoleRequest) -> None:
    chosen = request.POST
    appearance.set_appearance(
        request.user,
        theme=chosen.get("theme", ""),
        language=chosen.get("language", ""),
        zone=chosen.get("zone", ""),
        single_keys="single_keys" in chosen,
        at=request.now,
    )


def _change_password(request: ConsoleRequest) -> None:
    passwords.change(
        request.user,
        request.POST.get("password", ""),
        repeated=request.POST.get("repeated", ""),
        by=request.user.actor,
        at=request.now,
        keep=request.session.session_key,
    )
    sessions.keep(request, request.user)
