"""Moments and spans of time in words, in the reader's language. Pure: the zone and the present come in."""

from datetime import datetime

from django.utils import dateformat
from django.utils.translation import gettext, pgettext

MINUTE, HOUR, DAY = 60, 3600, 86_400


def written(local: datetime, show: str = "full") -> str:
    """A local moment as day and time, or only one of both; seconds always, because clocks are our trade."""
    day = dateformat.format(local, pgettext("date format", "j M Y"))
    time = f"{local:%H:%M:%S}"
    return {"full": f"{day}, {time}", "time": time, "day": day}[show]


def words(seconds: float) -> str:
    """A length of time with one unit, rounded down: nobody shall think that more has passed than has."""
    whole = int(abs(seconds))
    if whole < 2 * MINUTE:
        return gettext("%(n)d s") % {"n": whole}
    if whole < 2 * HOUR:
        return gettext("%(n)d min") % {"n": whole // MINUTE}
    if whole < 2 * DAY:
        return gettext("%(n)d h") % {"n": whole // HOUR}
    return gettext("%(n)d d") % {"n": whole // DAY}


def distance(moment: datetime, now: datetime) -> str:
    passed = (now - moment).total_seconds()
    if -1 < passed < 1:
        return gettext("now")
    span = {"span": words(passed)}
    return gettext("%(span)s ago") % span if passed > 0 else gettext("in %(span)s") % span
