"""NTP time stamps and integers of nanoseconds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timesync.nts import stamps

ERA_1 = 2_085_978_496 * stamps.SECOND  # 2036-02-07T06:28:16Z, the first moment of the second era
STAMPS = [
    (0, 0x83AA7E80_00000000),
    (500_000_000, 0x83AA7E80_80000000),
    (946_684_800 * stamps.SECOND, 3_155_673_600 << 32),  # 2000-01-01, RFC 5905, figure 4
    (63_072_000 * stamps.SECOND, 2_272_060_800 << 32),  # 1972-01-01, the first day of UTC
    (ERA_1 - stamps.SECOND, 0xFFFFFFFF_00000000),
    (ERA_1 + stamps.SECOND, 0x00000001_00000000),
]


@pytest.mark.parametrize(("ns", "stamp"), STAMPS)
def test_both_ways(ns, stamp):
    assert stamps.from_ns(ns) == stamp
    assert stamps.to_ns(stamp, near_ns=ns) == ns


@given(st.integers(-(10**18), 10**19), st.integers(-(2**30), 2**30))
def test_every_nanosecond_survives_in_any_era(ns, astray_s):
    stamp = stamps.from_ns(ns)
    if stamp > 1:
        assert stamps.to_ns(stamp, near_ns=ns + astray_s * stamps.SECOND) == ns


def test_unknown_is_never_written_by_accident():
    assert stamps.from_ns(ERA_1) == 1
    assert stamps.to_ns(1, near_ns=ERA_1) == ERA_1


@pytest.mark.parametrize(("short", "ns"), [(0, 0), (1, 15_259), (0x10000, stamps.SECOND), (0x8000, 500_000_000)])
def test_short_durations_are_rounded_up(short, ns):
    assert stamps.short_to_ns(short) == ns


@pytest.mark.parametrize(
    ("exponent", "ns"), [(0, stamps.SECOND), (1, 2 * stamps.SECOND), (-20, 954), (-30, 1), (-128, 1)]
)
def test_precision_is_rounded_up(exponent, ns):
    assert stamps.precision_to_ns(exponent) == ns
