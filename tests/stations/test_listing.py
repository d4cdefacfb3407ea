"""Where stations stand, and pages of them: one word each, filters, every order, forwards and backwards."""

from datetime import timedelta
from itertools import pairwise

import pytest

from stations import listing, presence, standing
from stations.listing import Filter, Wanted
from stations.models import LEASE, Station
from stations.presence import Link
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def fleet() -> dict[str, Station]:
    """One of every standing, by its code."""
    found = {code: factories.station(status=code) for code in Station.Status.values if code != "accepted"}
    gateway = presence.start("gw", at=NOW)
    for code, seen in {"connected": 10, "silent": 3600}.items():
        found[code] = factories.station(protocol="ocpp1.6")
        link = Link(code, "192.0.2.1", 1, "ocpp1.6", {})
        presence.arrived(found[code], link, gateway=gateway, at=NOW)
        Station.objects.filter(pk=found[code].pk).update(last_seen=NOW - timedelta(seconds=seen))
    found["offline"] = factories.station()
    return found


def rows(*filters: Filter, text: str = "", sort: str = "identity") -> list[int]:
    page = listing.page(Station.objects.all(), Wanted(text, filters, sort), after="", before="", size=200, now=NOW)
    return [station.pk for station in page.rows]


def test_every_standing_is_told_alike_by_row_and_by_query(fleet: dict[str, Station]) -> None:
    assert set(fleet) == {str(code) for code in standing.CODES}
    for code, station in fleet.items():
        fresh = Station.objects.select_related("presence__gateway").get(pk=station.pk)
        assert standing.of(fresh, now=NOW) == code
        assert rows(Filter("state", (code,))) == [station.pk]
        assert station.pk not in rows(Filter("state", (code,), negated=True))
        assert len(rows(Filter("state", (code,), negated=True))) == len(fleet) - 1
    counts = standing.counts(Station.objects.all(), now=NOW)
    assert counts == {"all": len(fleet)} | {str(code): 1 for code in standing.CODES}


def test_a_dead_gateway_takes_its_stations_along(fleet: dict[str, Station]) -> None:
    later = NOW + LEASE + timedelta(seconds=1)
    counts = standing.counts(Station.objects.all(), now=later)
    assert (counts["connected"], counts["silent"], counts["offline"]) == (0, 0, 3)


def test_a_station_with_a_quick_heartbeat_is_silent_sooner(fleet: dict[str, Station]) -> None:
    Station.objects.filter(pk=fleet["connected"].pk).update(heartbeat_s=3)
    fresh = Station.objects.get(pk=fleet["connected"].pk)
    assert standing.of(fresh, now=NOW) == "silent"
    assert set(rows(Filter("state", ("silent",)))) == {fleet["connected"].pk, fleet["silent"].pk}


@pytest.mark.parametrize("sort", [f"{sign}{name}" for name in listing.SORTS for sign in ("", "-")])
def test_pages_join_without_gap_or_overlap(fleet: dict[str, Station], sort: str) -> None:
    whole, seen, marks, after = rows(sort=sort), [], [], ""
    while True:
        page = listing.page(Station.objects.all(), Wanted(sort=sort), after=after, before="", size=3, now=NOW)
        seen += [station.pk for station in page.rows]
        marks.append(page)
        if not page.later:
            break
        after = page.later
    assert seen == whole
    for earlier, later in pairwise(marks):
        back = listing.page(Station.objects.all(), Wanted(sort=sort), after="", before=later.earlier, size=3, now=NOW)
        assert [station.pk for station in back.rows] == [station.pk for station in earlier.rows]
    assert not marks[0].earlier


@pytest.mark.parametrize("mark", ["x", "", "bm9wZQ", "WzEsMiwzXQ", "%00", "é"])
def test_a_mark_that_nobody_gave_is_no_mark(fleet: dict[str, Station], mark: str) -> None:
    page = listing.page(Station.objects.all(), Wanted(), after=mark, before="", size=200, now=NOW)
    assert page.shown == len(fleet)


def test_filters_take_several_values_none_and_their_opposite() -> None:
    here, there = factories.group("Here"), factories.group("There")
    a, b, c = factories.station(group=here), factories.station(group=there, profile=2), factories.station(profile=3)
    assert rows(Filter("group", ("Here", "There"))) == [a.pk, b.pk]
    assert rows(Filter("group", (listing.NO_GROUP,))) == [c.pk]
    assert rows(Filter("group", ("Here",), negated=True)) == [b.pk, c.pk]
    assert rows(Filter("profile", ("2", "3", "nine"))) == [b.pk, c.pk]
    assert rows(text=a.identity.lower()) == [a.pk]
