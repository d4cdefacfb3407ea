"""Pages of stations: what is wanted, in which order, from where on. Keyset paging: page 100 costs what page 1 does."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db.models import CharField, DateTimeField, F, Q, Value
from django.db.models.functions import Coalesce

from stations import standing
from stations.models import Station, StationQuerySet

SIZES = (25, 50, 100, 200)
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
NO_GROUP = "-"


@dataclass(frozen=True)
class Filter:
    """One condition: any of the values, or none of them."""

    name: str
    values: tuple[str, ...]
    negated: bool = False


@dataclass(frozen=True)
class Wanted:
    """What a reader looks for. `sort` is a key of SORTS, with a minus before it for descending."""

    text: str = ""
    filters: tuple[Filter, ...] = ()
    sort: str = "identity"


@dataclass(frozen=True)
class Page:
    rows: Sequence[Station] = field(default_factory=list)
    earlier: str = ""
    later: str = ""
    count: int = 0  # of all that match

    @property
    def shown(self) -> int:
        return len(self.rows)

    @property
    def about(self) -> int:
        """Of how many this is a part; nothing to say where it is all of them."""
        return self.count if self.count > self.shown else 0


COLUMNS = {"profile": "profile", "protocol": "protocol", "vendor": "vendor", "model": "model", "firmware": "firmware"}
FILTERS = ("state", "group", *COLUMNS, "simulated")
SORTS: dict[str, Any] = {
    "identity": F("folded"),
    "state": None,  # depends on the present moment
    "group": Coalesce(F("group__name"), Value(""), output_field=CharField()),
    "profile": F("profile"),
    "protocol": F("protocol"),
    "model": F("model"),
    "firmware": F("firmware"),
    "seen": Coalesce(F("last_seen"), Value(NEVER), output_field=DateTimeField()),
}


def matching(stations: StationQuerySet, wanted: Wanted, *, now: datetime) -> StationQuerySet:
    if wanted.text.strip():
        stations = stations.search(wanted.text.strip())
    for one in wanted.filters:
        found = _condition(one, now=now)
        stations = stations.filter(~found if one.negated else found)
    return stations


def page(stations: StationQuerySet, wanted: Wanted, *, after: str, before: str, size: int, now: datetime) -> Page:
    """The rows behind `after` or in front of `before`, which an earlier page gave; a mark nobody gave is no mark."""
    found = matching(stations, wanted, now=now)
    name, down = wanted.sort.removeprefix("-"), wanted.sort.startswith("-")
    key = standing.place(standing.silence(now=now), now=now) if name == "state" else SORTS.get(name, F("folded"))
    keyed = found.annotate(sort_key=key).select_related("group", "presence__gateway")
    mark, backwards = _read(after or before, of_time=name == "seen"), bool(before and not after)
    descending = down is not backwards
    if mark is not None:
        side = "lt" if descending else "gt"
        beyond = Q(**{f"sort_key__{side}": mark[0]}) | Q(sort_key=mark[0], **{f"pk__{side}": mark[1]})
        keyed = keyed.filter(beyond)
    order = ("-sort_key", "-pk") if descending else ("sort_key", "pk")
    rows = list(keyed.order_by(*order)[: size + 1])
    more, rows = len(rows) > size, rows[:size]
    if backwards:
        rows.reverse()
    has_earlier, has_later = (more, True) if backwards else (mark is not None, more)
    return Page(
        rows,
        _mark(rows[0]) if rows and has_earlier else "",
        _mark(rows[-1]) if rows and has_later else "",
        found.count(),
    )


def choices(stations: StationQuerySet, column: str, *, most: int = 100) -> list[str]:
    """The values that occur, for somebody to choose from."""
    rows = stations.order_by(column).exclude(**{column: ""}).values_list(column, flat=True).distinct()
    return list(rows[:most])


def _condition(one: Filter, *, now: datetime) -> Q:
    if one.name == "state":
        quiet = standing.silence(now=now)
        found = Q(pk=None)
        for code in one.values:
            found |= standing.condition(code, quiet, now=now)
        # Through a query of its own: turned round over a join it would forget stations without a connection.
        return Q(pk__in=Station.objects.filter(found).order_by().values("pk"))
    if one.name == "group":
        named = Q(pk__in=Station.objects.filter(group__name__in=one.values).order_by().values("pk"))
        return named | Q(group=None) if NO_GROUP in one.values else named
    if one.name == "simulated":
        return Q(simulated__in=[value == "yes" for value in one.values])
    if one.name == "profile":
        return Q(profile__in=[int(value) for value in one.values if value in {"1", "2", "3"}])
    return Q(**{f"{COLUMNS[one.name]}__in": one.values})


def _mark(station: Station) -> str:
    key = station.sort_key  # type: ignore[attr-defined]
    text = json.dumps([key.isoformat() if isinstance(key, datetime) else key, station.pk])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(mark: str, *, of_time: bool) -> tuple[Any, int] | None:
    if not mark:
        return None
    try:
        key, number = json.loads(base64.urlsafe_b64decode(mark + "=" * (-len(mark) % 4)))
        return (datetime.fromisoformat(key) if of_time else key), int(number)
    except (binascii.Error, ValueError, TypeError):
        return None
