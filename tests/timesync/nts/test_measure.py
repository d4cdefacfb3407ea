"""Offset, delay and bound; the clock filter; how often a server is bothered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timesync.nts import filtering, measure, pacing, stamps
from timesync.nts.codes import Code
from timesync.nts.failures import Failure
from timesync.nts.measure import Limits, Sample, Trip
from timesync.nts.pacing import Attempts
from timesync.nts.packet import Packet

MS = 1_000_000
T0 = 1_773_480_413 * stamps.SECOND
GOOD = Packet(4, stratum=1, precision=-25, root_delay=0, root_dispersion=1, refid=b"PTB\0", receive=1, transmit=1)
LIMITS = Limits()


def sample(trip: Trip, header: Packet = GOOD) -> Sample:
    return measure.measure(trip, header, precision_ns=1, limits=LIMITS)


def at(age_ns: int, offset_ns: int, delay_ns: int) -> Sample:
    home = T0 - age_ns
    half = delay_ns // 2
    return sample(Trip(home - 2 * half, home - half + offset_ns, home - half + offset_ns, home))


@pytest.mark.requirement("T08")
def test_offset_and_delay_by_hand():
    trip = Trip(T0, T0 + 1_030 * MS, T0 + 1_035 * MS, T0 + 45 * MS)
    assert trip.delay_ns == 40 * MS
    assert trip.offset_ns == 1_010 * MS
    measured = sample(trip)
    assert measured.bound_ns == 20 * MS + 1 + 30 + 675 + 1
    assert measured.root_distance_ns == measured.bound_ns + 15_259


@pytest.mark.requirement("T08")
@given(
    offset=st.integers(-(10**12), 10**12),
    out=st.integers(0, 10**9),
    there=st.integers(0, 10**9),
    back=st.integers(0, 10**9),
    ppm=st.integers(-15, 15),
)
def test_the_bound_holds_the_truth_whatever_the_asymmetry(offset, out, there, back, ppm):
    """The server is `offset` ahead and runs `ppm` too fast; the truth is its offset when the reply came home."""

    def server(elapsed: int) -> int:
        return T0 + offset + elapsed + elapsed * ppm // 1_000_000

    trip = Trip(T0, server(out), server(out + there), T0 + out + there + back)
    measured = sample(trip)
    truth = server(out + there + back) - trip.home_ns
    assert abs(measured.offset_ns - truth) <= measured.bound_ns


@pytest.mark.requirement("T08")
@pytest.mark.parametrize(
    ("trip", "code"),
    [
        (Trip(T0, T0 + 5, T0 + 4, T0 + 9), Code.SERVER_STAMPS_BACKWARDS),
        (Trip(T0, T0, T0 + 300 * MS, T0 + MS), Code.NEGATIVE_DELAY),  # the half lie of chrony with a bent clock
        (Trip(T0, T0, T0 + 5_000 * MS, T0 + 5_001 * MS), Code.PROCESSING_TOO_LONG),
        (Trip(T0, T0, T0, T0 + 3_001 * MS), Code.DELAY_TOO_LARGE),
    ],
)
def test_impossible_stamps_are_refused(trip, code):
    with pytest.raises(Failure) as raised:
        sample(trip)
    assert raised.value.code == code


def test_a_hair_below_zero_is_the_stamps_precision():
    assert sample(Trip(T0, T0, T0 + 20, T0 + 10)).delay_ns == 0
    assert sample(Trip(T0, T0, T0 + 20, T0 + 10)).bound_ns >= 30


@pytest.mark.requirement("T09")
@pytest.mark.parametrize(
    ("header", "code"),
    [
        (Packet(4, 3, refid=b"RATE"), Code.KISS_RATE),
        (Packet(4, 3, refid=b"DENY"), Code.KISS_DENY),
        (Packet(4, 3, refid=b"RSTR"), Code.KISS_DENY),
        (Packet(4, 0, refid=b"XYZW"), Code.KISS_OTHER),
        (Packet(4, 3, refid=b"INIT"), Code.UNSYNCHRONISED),
        (Packet(4, 3, stratum=2, receive=1, transmit=1), Code.UNSYNCHRONISED),
        (Packet(4, 0, stratum=16, receive=1, transmit=1), Code.STRATUM_INVALID),
        (Packet(4, 0, stratum=0, receive=1, transmit=1), Code.STRATUM_INVALID),
        (Packet(4, 0, stratum=1, receive=0, transmit=1), Code.ZERO_STAMPS),
        (Packet(4, 0, stratum=1, receive=1, transmit=0), Code.ZERO_STAMPS),
        (Packet(4, 0, stratum=1, receive=1, transmit=1, root_dispersion=4 << 16), Code.ROOT_DISTANCE_TOO_LARGE),
    ],
)
def test_a_server_that_has_no_time_is_not_used(header, code):
    with pytest.raises(Failure) as raised:
        measure.check_header(header, LIMITS)
    assert raised.value.code == code


def test_a_server_that_has_the_time_is_used():
    measure.check_header(GOOD, LIMITS)


def test_the_wire_stamps_become_times_near_ours():
    sent, there = stamps.from_ns(T0 + 1_000), stamps.from_ns(T0 + 2_000)
    trip = measure.trip_of(sent_ns=T0, receive=sent, transmit=there, home_ns=T0 + 3_000)
    assert trip == Trip(T0, T0 + 1_000, T0 + 2_000, T0 + 3_000)


def test_the_filter_takes_the_surest_and_lets_age_count():
    short, long = at(0, 5, 10_000), at(0, 900, 2 * MS)
    assert filtering.best([long, short], now_ns=T0) is short
    old_short = at(3_600 * stamps.SECOND, 5, 10_000)  # by now 54 ms may have gathered
    assert filtering.best([old_short, long], now_ns=T0) is long
    assert filtering.jitter_ns([short, long, at(0, -895, 10)], short) == 897
    assert filtering.jitter_ns([short], short) == 0


def test_the_filter_remembers_eight():
    samples: tuple[Sample, ...] = ()
    for number in range(12):
        samples = filtering.remember(samples, at(0, number, 10))
    assert [one.offset_ns for one in samples] == list(range(4, 12))


@pytest.mark.requirement("T06")
def test_key_establishments_are_a_quarter_of_an_hour_apart_unless_a_person_asks():
    fresh = Attempts()
    pacing.check_establishment(fresh, now_ns=T0, by_person=False)
    done = fresh.succeeded(T0)
    with pytest.raises(Failure) as raised:
        pacing.check_establishment(done, now_ns=T0 + 100 * stamps.SECOND, by_person=False)
    assert (raised.value.code, raised.value.facts) == (Code.KE_TOO_SOON, {"wait_s": 800})
    pacing.check_establishment(done, now_ns=T0 + 100 * stamps.SECOND, by_person=True)
    pacing.check_establishment(done, now_ns=T0 + 900 * stamps.SECOND, by_person=False)
    pacing.check_establishment(done, now_ns=T0 - 1, by_person=False)  # our clock was set back


@pytest.mark.requirement("T06")
def test_failed_establishments_come_ever_more_rarely_up_to_once_a_day():
    tries, waits = Attempts(), []
    for _ in range(9):
        tries = tries.failed(T0)
        waits.append((pacing.next_establishment_ns(tries) - T0) // (60 * stamps.SECOND))
    assert waits == [15, 30, 60, 120, 240, 480, 960, 1440, 1440]
    assert pacing.next_establishment_ns(tries.succeeded(T0)) == T0 + pacing.KE_INTERVAL_NS


@given(st.integers(0, 10_000), st.integers(0, 255))
def test_a_wait_is_never_longer_than_a_day_and_a_quarter(failures, spread):
    assert 0 <= pacing.wait_ns(failures, spread=spread) <= pacing.LONGEST_WAIT_NS * 5 // 4
