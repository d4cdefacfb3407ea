"""What the frame of every page shows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from console import appearance, navigation
from console.accounts import standing
from console.models import Operator
from console.templatetags.look import zone_word


def frame(request: HttpRequest) -> dict[str, Any]:
    now = getattr(request, "now", None) or timezone.now()
    user = getattr(request, "user", None)
    inside = user if isinstance(user, Operator) and user.is_authenticated else None
    return {
        "organisation": settings.ORGANISATION,
        "version": settings.VERSION,
        "debug": settings.DEBUG,
        "now": now,
        "zone_name": zone_word(timezone.localtime(now)),
        "clock": None,  # None says honestly: nobody has probed the console's clock; see parts/foot.html for the rest
        "second_factor_postponed": bool(inside) and standing.is_postponed(request),
        "theme": appearance.theme_of(request),
        "single_keys": inside.single_keys if inside else False,
        "navigation": navigation.visible_to(inside, request.path) if inside else [],
        "live_url": "/live/" if inside else "",
    }
