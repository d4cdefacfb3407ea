"""The first steps of a person: password, second factor, recovery codes; one address that always shows the next one."""

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from console.access import signed_in
from console.accounts import factors, passwords, sessions, standing
from console.accounts.standing import Missing
from console.doorkeeping import before_set_up
from console.errors import ConsoleError, status_of
from console.http import ConsoleRequest
from console.rights import needs_second_factor
from console.views.account import factors as pages


@before_set_up
@signed_in
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def set_up(request: ConsoleRequest) -> HttpResponse:
    step = standing.missing(request, request.user)
    if step is None:
        return HttpResponseRedirect(resolve_url(settings.LOGIN_REDIRECT_URL))
    if request.method == "POST":
        return _take(request, step)
    return _show(request, step)


@before_set_up
@signed_in
@require_POST
def set_up_postpone(request: ConsoleRequest) -> HttpResponse:
    standing.postpone(request)
    return HttpResponseRedirect(resolve_url(settings.LOGIN_REDIRECT_URL))


def _take(request: ConsoleRequest, step: Missing) -> HttpResponse:
    try:
        codes = _set_password(request) if step is Missing.PASSWORD else pages.add_from_form(request)
    except ConsoleError as error:
        return _show(request, step, error=error)
    if codes:
        facts = {"codes": codes, "layout": "console/gate.html", "to": resolve_url("set_up")}
        return render(request, "console/account/recovery_codes.html", facts)
    return HttpResponseRedirect(resolve_url("set_up"))


def _set_password(request: ConsoleRequest) -> list[str]:
    """A passkey stands for the password as well, and brings recovery codes with it."""
    if request.POST.get("passkey"):
        return pages.add_from_form(request)
    passwords.change(
        request.user,
        request.POST.get("password", ""),
        repeated=request.POST.get("repeated", ""),
        by=request.user.actor,
        at=request.now,
        keep=request.session.session_key,
    )
    sessions.keep(request, request.user)
    return []


def _show(request: ConsoleRequest, step: Missing, *, error: ConsoleError | None = None) -> HttpResponse:
    facts = {"step": step, "error": error, "postponable": settings.DEMO, **pages.offer(request)}
    facts["needs_factor"] = factors.has_any(request.user) or needs_second_factor(request.user.roles)
    template = (
        "console/account/set_up_password.html" if step is Missing.PASSWORD else "console/account/set_up_factor.html"
    )
    return render(request, template, facts, status=status_of(error) if error else 200)
