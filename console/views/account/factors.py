"""My second factors: authenticator app, passkeys, recovery codes."""

import json
from typing import Any

from allauth.mfa.adapter import get_adapter
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from console.access import signed_in
from console.accounts import factors, qr
from console.confirming import sudo
from console.errors import ConsoleError, status_of
from console.http import ConsoleRequest

SECRET = "new-totp-secret"  # noqa: S105  the name of a place in the session


@signed_in
@never_cache
@require_GET
def account_factors(request: ConsoleRequest) -> HttpResponse:
    facts = {"factors": factors.of(request.user), "codes_left": factors.unused_recovery_codes(request.user)}
    return render(request, "console/account/factors.html", {"tab": "factors", **facts})


@signed_in
@sudo
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def account_factor_add(request: ConsoleRequest) -> HttpResponse:
    error: ConsoleError | None = None
    if request.method == "POST":
        try:
            codes = add_from_form(request)
        except ConsoleError as refused:
            error = refused
        else:
            messages.success(request, _("The second factor is set up."))
            return _codes(request, codes) if codes else HttpResponseRedirect(resolve_url("account_factors"))
    facts = {"tab": "factors", "error": error, **offer(request)}
    return render(request, "console/account/factor_add.html", facts, status=status_of(error) if error else 200)


@signed_in
@sudo
@require_POST
def account_factor_remove(request: ConsoleRequest, factor_id: int) -> HttpResponse:
    factors.remove(request.user, factor_id, by=request.user.actor, at=request.now)
    messages.success(request, _("The second factor was removed."))
    return HttpResponseRedirect(resolve_url("account_factors"))


@signed_in
@sudo
@never_cache
@require_POST
def account_recovery_codes(request: ConsoleRequest) -> HttpResponse:
    return _codes(request, factors.renew_recovery_codes(request.user, by=request.user.actor, at=request.now))


def offer(request: ConsoleRequest) -> dict[str, Any]:
    """What the page needs to add an app or a passkey. The new secret waits in the session until a code proves it."""
    has_app = any(factor.kind == factors.Kind.TOTP for factor in factors.of(request.user))
    facts: dict[str, Any] = {"has_app": has_app, "passkey_options": json.dumps(factors.offer_passkey(request.user))}
    if not has_app:
        secret = request.session.setdefault(SECRET, factors.new_secret())
        address = get_adapter().build_totp_url(request.user, secret)
        facts |= {"secret": secret, "secret_groups": _in_groups(secret), "qr": qr.drawing(address)}
    return facts


def add_from_form(request: ConsoleRequest) -> list[str]:
    """Add what the form brought; recovery codes come back with the first factor."""
    if passkey := request.POST.get("passkey"):
        return factors.add_passkey(request.user, passkey, name=request.POST.get("label", ""), at=request.now)
    secret = request.session.get(SECRET, "")
    codes = factors.add_totp(request.user, secret, request.POST.get("code", ""), at=request.now)
    request.session.pop(SECRET, None)
    return codes


def _codes(request: ConsoleRequest, codes: list[str]) -> HttpResponse:
    facts = {"codes": codes, "layout": "console/frame.html", "to": resolve_url("account_factors")}
    return render(request, "console/account/recovery_codes.html", facts)


def _in_groups(secret: str) -> str:
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
