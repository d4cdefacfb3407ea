"""One-time links. Opening one changes nothing: mail filters and previews open links too. The button redeems it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from console.access import public
from console.accounts import links, lockout
from console.errors import LinkRefused, TooManyTries, status_of
from console.http import origin_of
from console.views.account.sign_in import after_first_step

NEW_LINK = "manage.py operator link NAME"


# Public: whoever holds the link is who it was made for.
@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_link(request: HttpRequest, token: str) -> HttpResponse:
    at, network = request.now, origin_of(request).network  # type: ignore[attr-defined]
    try:
        lockout.take("address", network, at=at)
        link = links.redeem(token, at=at) if request.method == "POST" else links.look_at(token, at=at)
    except (LinkRefused, TooManyTries) as error:
        facts = {"error": error, "command": NEW_LINK}
        return render(request, "console/account/link_refused.html", facts, status=status_of(error))
    lockout.give_back("address", network)
    if request.method != "POST":
        return render(request, "console/account/link.html", {"link": link})
    return after_first_step(request, link.operator, method=f"{link.purpose}-link", to=resolve_url("set_up"))
