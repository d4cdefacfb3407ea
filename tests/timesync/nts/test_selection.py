"""Who of the sources is right."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from timesync.nts import measure, selection
from timesync.nts.codes import Code
from timesync.nts.measure import Trip
from timesync.nts.packet import Packet
from timesync.nts.selection import Candidate, Region

MS = 1_000_000


def sources(*claims: tuple[int, int]) -> list[Candidate]:
    return [Candidate(chr(ord("A") + place), offset, distance) for place, (offset, distance) in enumerate(claims)]


VOTES = [  # claims, regions, agreeing, falsetickers, refused
    ([(0, 10)], [(-10, 10)], "A", "", None),
    ([(0, 10), (5, 10)], [(-5, 10)], "AB", "", None),
    ([(0, 10), (100, 10)], [], "", "", Code.NO_MAJORITY),  # two clocks: nobody knows which is right
    ([(0, 10), (1, 10), (500, 10)], [(-9, 10)], "AB", "C", None),
    ([(0, 10), (1, 10), (500, 10), (501, 10)], [], "", "", Code.NO_MAJORITY),
    ([(0, 10), (1, 10), (2, 10), (500, 10), (501, 10)], [(-8, 10)], "ABC", "DE", None),
    ([(0, 10), (20, 10), (40, 10)], [(10, 10), (30, 30)], "ABC", "", None),  # ends count
    ([(5, 5), (5, 5), (1, 1), (5, 1), (6, 1)], [(0, 2), (4, 7)], "ABCDE", "", None),  # see below
    ([], [], "", "", Code.NO_MAJORITY),
]


@pytest.mark.requirement("T12")
@pytest.mark.parametrize(("claims", "regions", "agreeing", "falsetickers", "refused"), VOTES)
def test_votes(claims, regions, agreeing, falsetickers, refused):
    verdict = selection.select(sources(*claims))
    assert verdict.regions == tuple(Region(*region) for region in regions)
    assert "".join(verdict.agreeing) == agreeing
    assert "".join(verdict.falsetickers) == falsetickers
    assert verdict.refused == refused
    assert (verdict.offset_ns is None) == (refused is not None)


def test_two_liars_cannot_carry_off_the_bound():
    """A, B and C are honest and the truth is 1; the deepest overlap (4 to 6) belongs to the liars D and E."""
    verdict = selection.select(sources((5, 5), (5, 5), (1, 1), (5, 1), (6, 1)))
    assert verdict.offset_ns is not None
    assert verdict.bound_ns is not None
    assert abs(verdict.offset_ns - 1) <= verdict.bound_ns


@st.composite
def rounds(draw):
    """A truth, honest sources whose intervals hold it, and fewer liars than they."""
    truth = draw(st.integers(-(10**9), 10**9))
    honest = []
    for number in range(draw(st.integers(1, 6))):
        distance = draw(st.integers(1, 50 * MS))
        honest.append(Candidate(f"honest{number}", truth + draw(st.integers(-distance, distance)), distance))
    liars = [
        Candidate(f"liar{number}", draw(st.integers(-(10**10), 10**10)), draw(st.integers(1, 50 * MS)))
        for number in range(draw(st.integers(0, len(honest) - 1)))
    ]
    return truth, draw(st.permutations(honest + liars))


@pytest.mark.requirement("T12")
@settings(max_examples=500)
@given(rounds())
def test_while_a_majority_is_honest_no_honest_one_is_outvoted_and_the_bound_holds(drawn):
    truth, candidates = drawn
    verdict = selection.select(candidates)
    assert verdict.refused is None
    assert not [name for name in verdict.falsetickers if name.startswith("honest")]
    assert verdict.offset_ns is not None
    assert verdict.bound_ns is not None
    assert abs(verdict.offset_ns - truth) <= verdict.bound_ns


@pytest.mark.requirement("T12")
@given(st.integers(1, 4), st.integers(101 * MS, 10**10))
def test_a_clear_lie_is_found_in_one_round(liars, lie):
    candidates = [Candidate(f"honest{number}", number, 50 * MS) for number in range(liars + 1)]
    candidates += [Candidate(f"liar{number}", lie + number, 50 * MS) for number in range(liars)]
    assert selection.select(candidates).falsetickers == tuple(f"liar{number}" for number in range(liars))


@pytest.mark.requirement("T12")
def test_priority_and_preference_decide_who_is_used_but_not_who_votes():
    legal = [Candidate("ptb1", 10, 100, priority=1), Candidate("ptb2", 20, 100, priority=1, is_preferred=True)]
    others = [Candidate("other", 900, 100, priority=0), Candidate("netnod", 40, 50, priority=2)]
    verdict = selection.select([*legal, *others])
    assert verdict.falsetickers == ("other",)
    assert verdict.used == ("ptb2",)
    assert verdict.offset_ns == 20


@pytest.mark.requirement("T12")
def test_too_few_that_agree_make_no_time():
    verdict = selection.select(sources((0, 10), (1, 10), (500, 10)), minimum_agreeing=3)
    assert verdict.refused == Code.TOO_FEW_AGREE
    assert verdict.offset_ns is None
    assert verdict.falsetickers == ("C",)


def played(rounds: int) -> None:
    """Four honest sources behind ways of changing length, then the same with a fifth that lies by a quarter second."""
    dice = random.Random(5905)
    for _ in range(rounds):
        honest = [heard(f"honest{number}", 0, dice) for number in range(4)]
        verdict = selection.select(honest)
        assert verdict.falsetickers == ()
        assert verdict.offset_ns is not None
        assert verdict.bound_ns is not None
        assert abs(verdict.offset_ns) <= verdict.bound_ns
        assert selection.select([*honest, heard("liar", 250 * MS, dice)]).falsetickers == ("liar",)


def heard(name: str, lie_ns: int, dice: random.Random) -> Candidate:
    out, back = (int(dice.expovariate(1 / (5 * MS))) % (100 * MS) for _ in range(2))
    trip = Trip(0, out + lie_ns, out + lie_ns + 10_000, out + 10_000 + back)
    header = Packet(4, stratum=1, precision=-23)
    sample = measure.measure(trip, header, precision_ns=200, limits=measure.Limits())
    return Candidate(name, sample.offset_ns, sample.root_distance_ns)


@pytest.mark.requirement("T12")
def test_no_honest_source_is_outvoted_and_each_liar_is_found_at_once():
    played(1_000)


@pytest.mark.soak
@pytest.mark.requirement("T12")
def test_ten_thousand_rounds_without_a_false_alarm():
    played(10_000)
