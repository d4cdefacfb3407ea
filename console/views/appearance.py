"""Theme and language: small forms at the foot of every page, also before sign-in."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from console import appearance
from console.access import public
from console.accounts import appearance as accounts


# Public: how a page looks is everybody's own affair, and the sign-in page must be readable before anyone is signed in.
@public
@require_POST
def theme_set(request: HttpRequest) -> HttpResponse:
    theme = request.POST.get("theme", "")
    if theme not in appearance.THEMES:
        return HttpResponseBadRequest()
    if request.user.is_authenticated:
        accounts.set_appearance(request.user, theme=theme, at=request.now)  # type: ignore[attr-defined]
    response = _back(request)
    appearance.remember(response, appearance.THEME_COOKIE, theme)
    return response


# Public: for the same reason.
@public
@require_POST
def language_set(request: HttpRequest) -> HttpResponse:
    language = request.POST.get("language", "")
    if language not in dict(settings.LANGUAGES):
        return HttpResponseBadRequest()
    if request.user.is_authenticated:
        accounts.set_appearance(request.user, language=language, at=request.now)  # type: ignore[attr-defined]
    response = _back(request)
    appearance.remember(response, settings.LANGUAGE_COOKIE_NAME, language)
    return response


def _back(request: HttpRequest) -> HttpResponse:
    """To the page that the form stood on; a script that only wants it stored (fetch) gets no page."""
    if request.headers.get("X-Requested-With") == "fetch":
        return HttpResponse(status=204)
    wanted = request.POST.get("next", "/")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(wanted if safe else "/")
