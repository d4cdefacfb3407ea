"""Search from anywhere: a table of providers, each with its right. A new noun is one more row of `PROVIDERS`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from console import navigation
from console.access import groups_of
from console.models import Operator
from console.rights import Right
from stations.models import Station

LIMIT = 8


@dataclass(frozen=True)
class Hit:
    label: str
    url: str
    note: str = ""
    icon: str = "next"


@dataclass(frozen=True)
class Provider:
    """`find` gets the person, what they typed (never empty unless `unasked`), and how many hits to give at most."""

    heading: str | Promise
    right: Right
    find: Callable[[Operator, str, int], Sequence[Hit]]
    unasked: bool = False  # also shows something when nothing is typed yet


@dataclass(frozen=True)
class Found:
    heading: str
    hits: Sequence[Hit]


def pages(operator: Operator, text: str, limit: int) -> Sequence[Hit]:
    groups = navigation.visible_to(operator, "")
    entries = [(entry, group.heading) for group in groups for entry in group.entries]
    wanted = text.casefold()
    return [Hit(entry.label, entry.url, heading) for entry, heading in entries if wanted in entry.label.casefold()][
        :limit
    ]


def people(_operator: Operator, text: str, limit: int) -> Sequence[Hit]:
    named = Q(name__icontains=text) | Q(full_name__icontains=text) | Q(email__icontains=text)
    found = Operator.objects.filter(named).order_by("name")[:limit]
    where = navigation.address("people")
    return [Hit(str(person), f"{where}?q={person.name}", person.name, "person") for person in found] if where else []


def stations(operator: Operator, text: str, limit: int) -> Sequence[Hit]:
    rows = Station.objects.in_groups(groups_of(operator, Right.SEE_STATIONS)).search(text).order_by("folded")
    return [
        Hit(row.identity, reverse("station", args=[row.identity]), f"{row.vendor} {row.model}".strip(), "connected")
        for row in rows[:limit]
    ]


PROVIDERS = (
    Provider(_("Stations"), Right.SEE_STATIONS, stations),
    Provider(_("Pages"), Right.SEE_CONSOLE, pages, unasked=True),
    Provider(_("People"), Right.SEE_PEOPLE, people),
)


def find(
    operator: Operator, text: str, *, providers: Sequence[Provider] = PROVIDERS, limit: int = LIMIT
) -> list[Found]:
    """What this person may see of what they look for, in groups; a group without a hit is left out."""
    text = text.strip()
    asked = [provider for provider in providers if operator.may(provider.right) and (text or provider.unasked)]
    found = [Found(str(provider.heading), provider.find(operator, text, limit)) for provider in asked]
    return [group for group in found if group.hits]
