"""Keys: hashed at rest, rotated so that no crash shuts a station out. Each path of the rotation, step by step."""

from itertools import product

import pytest

from security import credentials as hashing
from security.models import Entry
from stations import credentials
from stations.errors import ChangedMeanwhile, KeyNotAllowed, RotationUnderWay
from stations.models import Station, StationKey
from tests.factories import NOW, station

K = StationKey.State
OLD, NEW = b"the-old-key-of-it", bytes(range(20))
BY = "operator:ada"


@pytest.fixture
def one(db: None) -> Station:
    made = station()
    credentials.give(made, OLD, by=BY, at=NOW)
    return made


def opens(one: Station, key: bytes) -> bool:
    return credentials.matching(one, key) is not None


@pytest.mark.requirement("J19")
def test_the_key_is_nowhere_in_its_hash_and_two_hashes_of_it_differ() -> None:
    first, second = hashing.hash_key(NEW), hashing.hash_key(NEW)
    assert first != second
    assert hashing.matches(NEW, first)
    assert hashing.matches(NEW, second)
    assert NEW.hex() not in first
    assert not hashing.matches(NEW[:-1] + b"x", first)
    assert not hashing.matches(NEW, "scrypt$broken")


@pytest.mark.requirement("J15")
@pytest.mark.parametrize("given", [NEW, NEW.hex().encode(), NEW.hex().upper().encode()])
@pytest.mark.parametrize("presented", [NEW, NEW.hex().encode(), NEW.hex().upper().encode()])
def test_a_key_is_the_same_raw_and_as_forty_digits(given: bytes, presented: bytes) -> None:
    assert hashing.matches(presented, hashing.hash_key(given))


@pytest.mark.requirement("J16")
def test_accepted_the_old_key_is_refused_from_then_on(one: Station) -> None:
    key = credentials.propose(one, NEW, by=BY, at=NOW)
    assert (opens(one, OLD), opens(one, NEW)) == (True, True)
    credentials.told(key, at=NOW)
    credentials.confirmed(key, by=BY, at=NOW)
    assert (opens(one, OLD), opens(one, NEW)) == (False, True)
    credentials.used(StationKey.objects.get(pk=key.pk), at=NOW)
    assert StationKey.objects.get(pk=key.pk).state == K.SETTLED


@pytest.mark.requirement("J16")
def test_rejected_the_old_key_stays(one: Station) -> None:
    key = credentials.propose(one, NEW, by=BY, at=NOW)
    credentials.told(key, at=NOW)
    credentials.refused(key, "NotSupported", by=BY, at=NOW)
    assert (opens(one, OLD), opens(one, NEW)) == (True, False)


@pytest.mark.parametrize(("shown", "other", "state"), [(NEW, OLD, K.SETTLED), (OLD, NEW, K.FAILED)])
def test_in_doubt_until_the_station_shows_which_key_it_has(
    one: Station, shown: bytes, other: bytes, state: StationKey.State
) -> None:
    key = credentials.propose(one, NEW, by=BY, at=NOW)
    credentials.told(key, at=NOW)
    credentials.in_doubt(key, by=BY, at=NOW)
    assert opens(one, OLD)
    assert opens(one, NEW)
    used = credentials.matching(one, shown)
    assert used is not None
    credentials.used(used, at=NOW)
    assert opens(one, shown)
    assert not opens(one, other)
    assert StationKey.objects.get(pk=key.pk).state == state


def test_a_crash_before_the_station_heard_leaves_the_old_key_open(one: Station) -> None:
    credentials.propose(one, NEW, by=BY, at=NOW)
    assert opens(one, OLD)
    with pytest.raises(RotationUnderWay):
        credentials.propose(one, b"another", by=BY, at=NOW)


MOVES = [(a, b) for a, b in product(K, K) if b not in credentials.NEXT.get(a, frozenset())]


@pytest.mark.parametrize(("before", "after"), MOVES)
def test_what_is_not_in_the_table_cannot_happen(
    one: Station, before: StationKey.State, after: StationKey.State
) -> None:
    StationKey.objects.all().delete()
    key = StationKey.objects.create(station=one, hashed="x", state=before, made_by=BY, made_at=NOW, changed_at=NOW)
    with pytest.raises(ChangedMeanwhile):
        credentials._move(key, after, at=NOW)
    assert StationKey.objects.get(pk=key.pk).state == before


@pytest.mark.requirement("C01")
def test_no_key_in_any_entry_or_row(one: Station) -> None:
    key = credentials.propose(one, NEW, by=BY, at=NOW)
    credentials.told(key, at=NOW)
    credentials.confirmed(key, by=BY, at=NOW)
    stored = b"".join(bytes(line) for line in Entry.objects.values_list("line", flat=True))
    stored += repr(list(StationKey.objects.values())).encode()
    for form in (NEW, NEW.hex().encode(), OLD):
        assert form not in stored
    assert {"key.given", "key.proposed", "key.confirmed"} <= set(Entry.objects.values_list("kind", flat=True))


@pytest.mark.parametrize("text", ["hex:0", "hex:xy", "hex:", "", "x" * 65])
def test_keys_that_cannot_be_read(text: str) -> None:
    with pytest.raises(KeyNotAllowed):
        credentials.read(text)


def test_keys_are_random_and_unlike() -> None:
    assert len({credentials.new_key() for _ in range(100)}) == 100
    assert {len(credentials.new_key()), len(credentials.new_password())} == {20, 36}
