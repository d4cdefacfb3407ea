"""`@sudo`: a critical act asks once more who one is, unless that was asked within the last ten minutes.

It stands below `@needs` and works at the address of the act itself: what was sent is kept on the page in between and
goes on as it was. An uploaded file cannot be kept; put `@sudo` on the page with the form as well, so it asks before.
"""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django_htmx.http import reswap, retarget

from console.accounts import factors
from console.accounts import sudo as confirmations
from console.errors import ConsoleError

ASKED = "sudo"
OURS = {ASKED, "sudo_code", "sudo_password", "sudo_passkey", "csrfmiddlewaretoken"}


def sudo(view: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if confirmations.is_fresh(request, at=request.now):  # type: ignore[attr-defined]
            return _go_on(view, request, *args, **kwargs)
        if request.method != "POST" or ASKED not in request.POST:
            return _ask(request)
        try:
            _confirm(request)
        except ConsoleError as error:
            return _ask(request, error=error)
        return _go_on(view, request, *args, **kwargs)

    answer.confirmed = True  # type: ignore[attr-defined]
    return answer


def _go_on(view: Callable[..., Any], request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """Do what was asked for at first: a page is asked for again, a form goes on as it was sent."""
    asked_for = request.POST.get(ASKED)
    if asked_for == "page":
        return HttpResponseRedirect(request.get_full_path())
    if asked_for == "file":
        messages.info(request, _("Confirmed. Choose the file again."))
        return HttpResponseRedirect(request.get_full_path())
    answer: HttpResponse = view(request, *args, **kwargs)
    return answer


def _confirm(request: HttpRequest) -> None:
    confirmations.confirm(
        request,
        request.user,  # type: ignore[arg-type]
        code=request.POST.get("sudo_code", ""),
        password=request.POST.get("sudo_password", ""),
        passkey=request.POST.get("sudo_passkey", ""),
        at=request.now,  # type: ignore[attr-defined]
    )


def _ask(request: HttpRequest, *, error: ConsoleError | None = None) -> HttpResponse:
    person: Any = request.user
    asked_for = request.POST.get(ASKED) or ("page" if request.method != "POST" else "file" if request.FILES else "form")
    kept = [(name, value) for name, values in request.POST.lists() if name not in OURS for value in values]
    facts = {
        "asked_for": asked_for,
        "kept": [] if asked_for == "file" else kept,
        "has_factor": factors.has_any(person),
        "passkey_options": json.dumps(factors.ask_passkey(person)) if factors.has_passkey(person) else "",
        "error": error,
    }
    page = render(request, "console/account/sudo.html", facts)
    return reswap(retarget(page, "body"), "outerHTML") if getattr(request, "htmx", False) else page
