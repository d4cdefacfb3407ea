"""What every request gets first: one moment in time, one id, and the headers that keep the browser on our side."""

import logging
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from console import logs, metrics

log = logging.getLogger("console.access")
# Asked every few seconds by machines: counted, but not written down while all is well.
QUIET = {"livez", "readyz", "metrics"}

# No inline script or style anywhere, no request to any third party; `connect-src` covers the live socket.
POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), publickey-credentials-get=(self)"


class Edge:
    """Work on the request before, and on the response after, whether the chain below is sync or async."""

    sync_capable = async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self.waits = iscoroutinefunction(get_response)
        if self.waits:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponse | Awaitable[HttpResponse]:
        if self.waits:
            return self.answer_later(request)
        self.enter(request)
        return self.leave(request, self.get_response(request))

    async def answer_later(self, request: HttpRequest) -> HttpResponse:
        self.enter(request)
        return self.leave(request, await self.get_response(request))

    def enter(self, request: HttpRequest) -> None:
        pass

    def leave(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:  # noqa: ARG002
        return response


class Moment(Edge):
    """The clock is read once per request; the id joins log lines, the error page and the answer's header."""

    def enter(self, request: HttpRequest) -> None:
        request.now = timezone.now()  # type: ignore[attr-defined]
        request.id = secrets.token_hex(6)  # type: ignore[attr-defined]

    def leave(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        response["X-Request-Id"] = request.id  # type: ignore[attr-defined]
        return response


class SecurityPolicy(Edge):
    def leave(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:  # noqa: ARG002
        response.setdefault("Content-Security-Policy", POLICY)
        response.setdefault("Permissions-Policy", PERMISSIONS)
        return response


class Observed(Edge):
    """Every request leaves one log line and one count; neither holds a query string, a cookie or a body.

    Stands right inside `Moment`, which gave the request its id.
    """

    def __call__(self, request: HttpRequest) -> HttpResponse | Awaitable[HttpResponse]:
        logs.request_id.set(getattr(request, "id", ""))
        request.begin = time.perf_counter()  # type: ignore[attr-defined]
        return super().__call__(request)

    def leave(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        seconds = time.perf_counter() - request.begin  # type: ignore[attr-defined]
        view, status = view_name(request), response.status_code
        metrics.count(view, method=request.method or "", status=status, seconds=seconds)
        if view not in QUIET or status >= 400:
            log.info("%s %s", request.method, path_of(request), extra=self.facts(request, view, status, seconds))
        return response

    def facts(self, request: HttpRequest, view: str, status: int, seconds: float) -> dict[str, Any]:
        return {
            "view": view,
            "status": status,
            "milliseconds": round(seconds * 1000, 1),
            "client": request.META.get("REMOTE_ADDR", ""),
        }


def view_name(request: HttpRequest) -> str:
    """The name of the address, never the address: its parts may be secrets, and there would be no end of them."""
    match = getattr(request, "resolver_match", None)
    return (match.view_name if match else "") or "none"


def path_of(request: HttpRequest) -> str:
    """The path with its variable parts shown by name: /sign-in/<token>/. What matched nothing is not written at all."""
    match = getattr(request, "resolver_match", None)
    return f"/{match.route}" if match else "(no such address)"
