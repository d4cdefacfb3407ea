"""The rail: one row an entry. A page of a later issue is one more row here.

An entry is shown only where its address exists and the person has its right; its number (what waits for somebody)
is asked of `count`, which must be one cheap query, because every page asks it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from console.models import Operator
from console.rights import Right

Count = Callable[[Operator], int]


@dataclass(frozen=True)
class Entry:
    label: str | Promise
    url_name: str
    right: Right
    group: str | Promise = ""
    count: Count | None = None
    tone: str = ""


@dataclass(frozen=True)
class Shown:
    label: str
    url: str
    current: bool
    count: int
    tone: str


@dataclass(frozen=True)
class Group:
    heading: str
    entries: Sequence[Shown]


TRUST, MEASURE, HOUSE = _("Trust"), _("Measure"), _("House")
ENTRIES = (
    Entry(_("Overview"), "overview", Right.SEE_CONSOLE),
    Entry(_("Stations"), "stations", Right.SEE_STATIONS),
    Entry(_("Knocking"), "knocking", Right.ONBOARD_STATIONS),
    Entry(_("Anomalies"), "anomalies", Right.SEE_SECURITY),
    Entry(_("Keys"), "keys", Right.MANAGE_KEYS, TRUST),
    Entry(_("Certificates"), "certificates", Right.SEE_SECURITY, TRUST),
    Entry(_("Firmware"), "firmware", Right.SEE_SECURITY, TRUST),
    Entry(_("Security events"), "security_events", Right.SEE_SECURITY, TRUST),
    Entry(_("Time"), "time", Right.SEE_TIME, MEASURE),
    Entry(_("Station clocks"), "clocks", Right.SEE_TIME, MEASURE),
    Entry(_("Log books"), "logbooks", Right.SEE_LOGBOOKS, MEASURE),
    Entry(_("Exports"), "exports", Right.EXPORT_LOGBOOKS, MEASURE),
    Entry(_("People and roles"), "people", Right.SEE_PEOPLE, HOUSE),
    Entry(_("System"), "system", Right.SEE_CONSOLE, HOUSE),
    Entry(_("About"), "about", Right.SEE_CONSOLE, HOUSE),
    Entry(_("Components"), "design", Right.SEE_CONSOLE, HOUSE),
)


def visible_to(operator: Operator, path: str, *, entries: Iterable[Entry] = ENTRIES) -> list[Group]:
    """What this person may go to, in groups; the entry whose address begins `path` the longest is the current one."""
    open_to = [(entry, url) for entry in entries if operator.may(entry.right) and (url := address(entry.url_name))]
    here = max((url for _, url in open_to if _leads_to(url, path)), key=len, default="")
    groups: dict[str, list[Shown]] = {}
    for entry, url in open_to:
        count = entry.count(operator) if entry.count else 0
        shown = Shown(str(entry.label), url, url == here, count, entry.tone)
        groups.setdefault(str(entry.group), []).append(shown)
    return [Group(heading, rows) for heading, rows in groups.items()]


def address(url_name: str) -> str:
    """The path of a page without arguments, or nothing when this installation has no such page."""
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return ""


def _leads_to(url: str, path: str) -> bool:
    return path == url or (url != "/" and path.startswith(url.rstrip("/") + "/"))
