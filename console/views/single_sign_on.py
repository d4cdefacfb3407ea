"""Single sign-on: to the identity provider by a POST, back by its redirect; what it says is then ours to judge."""

from typing import Any

from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.openid_connect import views as provider
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.views.decorators.http import require_GET, require_POST

from console.access import public
from console.accounts import single_sign_on
from console.errors import ConsoleError, NotInvited, SingleSignOnFailed, status_of
from console.views.account.sign_in import after_first_step

# Public, both: this is a door. Whoever comes back is judged by `arrived`.
openid_connect_login = public(require_POST(provider.login))
openid_connect_callback = public(require_GET(provider.callback))


def arrived(request: HttpRequest, login: SocialLogin) -> HttpResponse:
    """The provider vouches for somebody. Let them in when they were invited; their second factor is asked here too."""
    verified = [address.email for address in login.email_addresses if address.verified]
    facts: dict[str, Any] = {"issuer": login.account.provider, "subject": login.account.uid, "verified": verified}
    try:
        person = single_sign_on.recognise(**facts, at=request.now)  # type: ignore[attr-defined]
    except NotInvited as error:
        return _refused(request, error)
    return after_first_step(request, person, method="single-sign-on", to=resolve_url("set_up"))


def failed(request: HttpRequest) -> HttpResponse:
    return _refused(request, SingleSignOnFailed())


def _refused(request: HttpRequest, error: ConsoleError) -> HttpResponse:
    return render(request, "console/account/sign_on_refused.html", {"error": error}, status=status_of(error))
