"""The life of a station as a table, both ways: what is in it happens and is entered, what is not is refused."""

from itertools import product

import pytest

from console.sentences import SENTENCES
from security.models import Entry
from stations import onboarding, registry
from stations.errors import ChangedMeanwhile, IdentityNotAllowed, MoveNotAllowed, StationExists, StationUnknown
from stations.models import Station
from tests.factories import NOW, station

S = Station.Status
MOVES = [(a, b) for a, b in product(S, S) if a != b]


@pytest.mark.django_db
@pytest.mark.parametrize(("before", "after"), MOVES)
def test_every_move_is_in_the_table_or_refused(before: S, after: S) -> None:
    one = station(status=before)
    entries = Entry.objects.count()
    if onboarding.may_move(before, after):
        onboarding.move(one, after, by="operator:ada", at=NOW, reason="because")
        stored = Station.objects.get(pk=one.pk)
        assert (stored.status, stored.status_reason) == (after, "because")
        assert Entry.objects.filter(book__name="audit").order_by("-sequence").values_list("kind", "actor")[0] == (
            f"station.{after}",
            "operator:ada",
        )
    else:
        with pytest.raises(MoveNotAllowed):
            onboarding.move(one, after, by="operator:ada", at=NOW)
        assert Station.objects.get(pk=one.pk).status == before
        assert Entry.objects.count() == entries


@pytest.mark.django_db
def test_two_people_at_once() -> None:
    mine, theirs = station(status=S.PENDING), Station.objects.get()
    onboarding.accept(mine, by="operator:ada", at=NOW)
    with pytest.raises(ChangedMeanwhile):
        onboarding.block(theirs, by="operator:bo", at=NOW)
    assert Station.objects.get().status == S.ACCEPTED


def test_every_move_has_its_sentence() -> None:
    assert {f"station.{status}" for status in S if status != S.KNOCKING} <= SENTENCES.keys()


def test_every_status_that_may_come_in_has_its_boot_answer() -> None:
    assert set(onboarding.BOOT_ANSWER) == set(S) - onboarding.SHUT_OUT


@pytest.mark.django_db
@pytest.mark.parametrize(
    "identity", ["", "a" * 129, "a/b", " a", "a ", "a\n", "a\x00b", "a\u200bb", "a\u2028b", "a\ud800"]
)
def test_identities_that_no_path_carries_or_no_page_shows(identity: str) -> None:
    with pytest.raises(IdentityNotAllowed):
        registry.add(identity, profile=1, by="cli:test", at=NOW)
    assert not Station.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("identity", ["DE*ABC*E0001", "RDAM 123", "a:b", "ß-Straße", "%41"])
def test_identities_that_stations_have(identity: str) -> None:
    registry.add(identity, profile=1, by="cli:test", at=NOW)
    assert registry.find(identity.swapcase().swapcase()).identity == identity


@pytest.mark.django_db
def test_letter_case_does_not_make_another_station() -> None:
    registry.add("De*Abc", profile=1, by="cli:test", at=NOW)
    with pytest.raises(StationExists):
        registry.add("dE*aBC", profile=1, by="cli:test", at=NOW)
    assert registry.find("DE*ABC").identity == "De*Abc"
    with pytest.raises(StationUnknown):
        registry.find("DE*ABD")
