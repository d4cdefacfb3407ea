"""The list of stations as its address says it: filters, order, page size; and back, as chips and links."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpRequest, QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from console import vocabulary
from stations import listing
from stations.listing import NO_GROUP, Filter, Wanted

NOT = "not"  # names the filters that are turned round
SIZE_COOKIE = "stations_size"
LABELS: Mapping[str, str | Promise] = {
    "state": _("status"),
    "group": _("group"),
    "profile": _("profile"),
    "protocol": _("protocol"),
    "vendor": _("vendor"),
    "model": _("model"),
    "firmware": _("firmware"),
    "simulated": _("simulated"),
}
ORDERS: Mapping[str, str | Promise] = {
    "identity": _("by identity"),
    "state": _("by status"),
    "group": _("by group"),
    "profile": _("by profile"),
    "protocol": _("by protocol"),
    "model": _("by model"),
    "firmware": _("by firmware"),
    "seen": _("by last sign of life"),
}


@dataclass(frozen=True)
class Chip:
    """One filter as people see it; `without` and `turned` are the address without it, and with it turned round."""

    label: str
    negated: bool
    value: str
    without: str
    turned: str


def read(query: QueryDict) -> Wanted:
    turned = set(query.getlist(NOT))
    filters = tuple(
        Filter(name, values, name in turned)
        for name in listing.FILTERS
        if (values := tuple(value for value in query.getlist(name) if value))
    )
    sort = query.get("sort", "")
    known = sort.removeprefix("-") in listing.SORTS
    return Wanted(query.get("q", "")[:200], filters, sort if known else "identity")


def written(wanted: Wanted) -> str:
    """The shortest query that reads the same, by which two addresses can be compared and a view be kept."""
    query = QueryDict(mutable=True)
    if wanted.text:
        query["q"] = wanted.text
    for one in wanted.filters:
        query.setlist(one.name, list(one.values))
    query.setlist(NOT, [one.name for one in wanted.filters if one.negated])
    if wanted.sort != "identity":
        query["sort"] = wanted.sort
    return query.urlencode()


def canonical(query: str) -> str:
    return written(read(QueryDict(query)))


def chips(wanted: Wanted) -> list[Chip]:
    return [_chip(wanted, one) for one in wanted.filters]


def word(name: str, value: str) -> str:
    if name == "state":
        return str(vocabulary.state(value).word)
    if name == "group" and value == NO_GROUP:
        return gettext("none")
    if name == "simulated":
        return gettext("yes") if value == "yes" else gettext("no")
    return value


def order_of(wanted: Wanted) -> str:
    return str(ORDERS[wanted.sort.removeprefix("-")])


def size_of(request: HttpRequest) -> int:
    """From the address, else as it was chosen last in this browser."""
    for said in (request.GET.get("size", ""), request.COOKIES.get(SIZE_COOKIE, "")):
        if said.isdecimal() and int(said) in listing.SIZES:
            return int(said)
    return listing.SIZES[1]


def _chip(wanted: Wanted, one: Filter) -> Chip:
    others = [other for other in wanted.filters if other != one]
    turned = [Filter(f.name, f.values, not f.negated) if f == one else f for f in wanted.filters]
    value = gettext(" or ").join(word(one.name, value) for value in one.values)
    return Chip(str(LABELS[one.name]), one.negated, value, _address(wanted, others), _address(wanted, turned))


def _address(wanted: Wanted, filters: Sequence[Filter]) -> str:
    return f"?{written(Wanted(wanted.text, tuple(filters), wanted.sort))}"
