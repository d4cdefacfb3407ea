"""How the console looks to one person."""

from datetime import datetime
from zoneinfo import available_timezones

from django.conf import settings
from django.db import transaction

from console import audit
from console.errors import LanguageUnknown, ThemeUnknown, ZoneUnknown
from console.models import Operator


@transaction.atomic
def set_appearance(
    operator: Operator,
    *,
    at: datetime,
    theme: str | None = None,
    language: str | None = None,
    zone: str | None = None,
    single_keys: bool | None = None,
) -> None:
    """Store what was chosen; None leaves a choice as it is, and an empty text goes back to what the system says."""
    wanted = {"theme": theme, "language": language, "zone": zone, "single_keys": single_keys}
    changed = {field: value for field, value in wanted.items() if value not in {None, getattr(operator, field)}}
    if changed.get("theme") and theme not in Operator.Theme.values:
        raise ThemeUnknown
    if changed.get("language") and language not in dict(settings.LANGUAGES):
        raise LanguageUnknown
    if changed.get("zone") and zone not in available_timezones():
        raise ZoneUnknown(str(zone))
    if not changed:
        return
    for field, value in changed.items():
        setattr(operator, field, value)
    operator.save(update_fields=list(changed))
    audit.enter("operator.settings", subject=operator.actor, actor=operator.actor, at=at, payload=changed)
