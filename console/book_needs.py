"""What log books want somebody for: a book that was found broken takes no entries until somebody has decided."""

from collections.abc import Sequence
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from console.models import Operator
from console.needs import Need
from security import alarms
from security.models import Alarm


def broken(_operator: Operator, _now: datetime) -> Sequence[Need]:
    return [_need(alarm) for alarm in alarms.standing()]


def _need(alarm: Alarm) -> Need:
    return Need(
        "bad",
        "critical",
        _("Alarm"),
        _("Log book %(book)s is not what was signed") % {"book": alarm.book.name},
        alarm.detail,
        reverse("logbook_entries", args=[alarm.book.name]),
        _("Look"),
        alarm.raised_at,
    )
