"""What a browser sees when something went wrong: an id that the log knows as well, and nothing else."""

import sys
from http import HTTPStatus

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from console.appearance import THEME_COOKIE, THEMES

LAST_RESORT = "<!doctype html><title>Meridian</title><h1>Something went wrong here</h1><p>Reference: {}</p>"


def page(request: HttpRequest, status: int) -> HttpResponse:
    """Rendered without request context, because session, account or database may be what failed."""
    theme = request.COOKIES.get(THEME_COOKIE, "")
    number = getattr(request, "id", "")
    facts = {"id": number, "at": getattr(request, "now", None), "theme": theme if theme in THEMES else ""}
    return HttpResponse(render_to_string(f"{int(status)}.html", facts), status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    return page(request, HTTPStatus.BAD_REQUEST)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    return page(request, HTTPStatus.FORBIDDEN)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    return page(request, HTTPStatus.NOT_FOUND)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    return page(request, HTTPStatus.FORBIDDEN)


def fault(request: HttpRequest) -> HttpResponse:
    """A database that is away is not a fault of this page: it is said so, and that it may be tried again."""
    away = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    status = HTTPStatus.SERVICE_UNAVAILABLE if away else HTTPStatus.INTERNAL_SERVER_ERROR
    try:
        return page(request, status)
    except Exception:  # the fault may be in the templates themselves
        return HttpResponse(LAST_RESORT.format(getattr(request, "id", "")), status=HTTPStatus.INTERNAL_SERVER_ERROR)
