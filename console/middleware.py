"""What every request gets first: one moment in time, one id, and the headers that keep the browser on our side."""

import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

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
