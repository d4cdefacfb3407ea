"""What the frame of every page shows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def frame(request: HttpRequest) -> dict[str, Any]:
    return {
        "organisation": settings.ORGANISATION,
        "version": settings.VERSION,
        "debug": settings.DEBUG,
        "now": getattr(request, "now", None),
    }
