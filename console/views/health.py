"""For machines: is it alive, is it ready, what are its figures."""

import hmac
from ipaddress import ip_address

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from console import health, metrics
from console.access import public


# Public: it says nothing but that this process answers.
@require_safe
@never_cache
@public
def livez(_request: HttpRequest) -> HttpResponse:
    return JsonResponse({"alive": True})


# Public, because load balancers ask it; what exactly is wrong is only for this machine and for signed-in people.
@require_safe
@never_cache
@public
def readyz(request: HttpRequest) -> HttpResponse:
    findings = health.ready()
    well = all(finding.ok for finding in findings)
    answer: dict[str, object] = {"ready": well}
    if is_near(request) or is_signed_in(request):
        answer["checks"] = [{"name": f.name, "ok": f.ok, "detail": f.detail, "remedy": str(f.remedy)} for f in findings]
    else:
        answer["checks"] = [{"name": f.name, "ok": f.ok} for f in findings]
    response = JsonResponse(answer, status=200 if well else 503)
    response._has_been_logged = True  # type: ignore[attr-defined]  # not a fault of this view, and asked every second
    return response


# Public to this machine, and to whoever shows the token of METRICS_TOKEN.
@require_safe
@never_cache
@public
def metrics_text(request: HttpRequest) -> HttpResponse:
    if not (is_near(request) or shows_token(request)):
        return HttpResponse(status=403 if settings.METRICS_TOKEN else 404)
    return HttpResponse(metrics.exposition(), content_type="text/plain; version=0.0.4; charset=utf-8")


def is_near(request: HttpRequest) -> bool:
    """Asked from this very machine, and not through a proxy on it, which would speak for anybody."""
    if any(name in request.META for name in ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP")):
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def is_signed_in(request: HttpRequest) -> bool:
    try:
        return request.user.is_authenticated
    except DatabaseError:  # the very thing that may be wrong
        return False


def shows_token(request: HttpRequest) -> bool:
    word, _, token = request.headers.get("Authorization", "").partition(" ")
    wanted = settings.METRICS_TOKEN or ""
    return bool(wanted) and word.lower() == "bearer" and hmac.compare_digest(token.encode(), wanted.encode())
