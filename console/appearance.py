"""How the console looks to one person: theme, language, time zone. From the account; before sign-in from cookies."""

from collections.abc import Callable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

THEME_COOKIE = "theme"
THEMES = {"", "light", "dark"}
YEAR = 365 * 86_400


class Appearance:
    """Middleware behind authentication: the account's language and zone hold for this request, then no longer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            _speak(request, request.user.language)
            _show_in(request.user.zone)
        try:
            return self.get_response(request)
        finally:
            timezone.deactivate()


def theme_of(request: HttpRequest) -> str:
    user = getattr(request, "user", None)
    chosen = user.theme if user is not None and user.is_authenticated else request.COOKIES.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else ""


def remember(response: HttpResponse, name: str, value: str) -> None:
    """Keep a choice in this browser; no secret, but no script needs to read it either."""
    response.set_cookie(name, value, max_age=YEAR, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax")


def _speak(request: HttpRequest, language: str) -> None:
    if language in dict(settings.LANGUAGES):
        translation.activate(language)
        request.LANGUAGE_CODE = language


def _show_in(zone: str) -> None:
    try:
        timezone.activate(ZoneInfo(zone or settings.TIME_ZONE))
    except (ZoneInfoNotFoundError, ValueError):
        timezone.deactivate()
