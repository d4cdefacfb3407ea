"""Who of the sources is right, by intersection of intervals; after Marzullo and RFC 5905, section 11.2.1.

Each source claims that the truth lies in [offset - distance, offset + distance]. If a majority of the sources tells the
truth, then the truth lies where a majority of the intervals overlaps. Two things follow, and both are kept here:

* the *bound* of the result is the hull of all places where a majority overlaps. Taking only the deepest overlap, as is
  usual, gives a prettier figure that two liars can carry off when an honest source has a wide interval;
* a source is called a *falseticker* only if its interval touches no such place. An honest one always does.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from timesync.nts.codes import Code


@dataclass(frozen=True, slots=True)
class Candidate:
    """A source's claim. All of them vote; of those that are right, the lowest `priority` and the preferred are used."""

    name: str
    offset_ns: int
    distance_ns: int
    priority: int = 0
    is_preferred: bool = False

    @property
    def low_ns(self) -> int:
        return self.offset_ns - self.distance_ns

    @property
    def high_ns(self) -> int:
        return self.offset_ns + self.distance_ns


@dataclass(frozen=True, slots=True)
class Region:
    """A stretch of time in which at least a majority agrees."""

    low_ns: int
    high_ns: int

    def touches(self, candidate: Candidate) -> bool:
        return candidate.low_ns <= self.high_ns and candidate.high_ns >= self.low_ns


@dataclass(frozen=True, slots=True)
class Verdict:
    """`offset_ns` and `bound_ns` are None, and `refused` says why, when the sources allow no decision."""

    majority: int
    regions: tuple[Region, ...]
    agreeing: tuple[str, ...]
    falsetickers: tuple[str, ...]
    used: tuple[str, ...] = ()
    offset_ns: int | None = None
    bound_ns: int | None = None
    refused: Code | None = None


def select(candidates: Sequence[Candidate], *, minimum_agreeing: int = 1) -> Verdict:
    """Decide. Never picks a side in a split vote."""
    majority = len(candidates) // 2 + 1
    regions = overlaps(candidates, depth=majority)
    if not regions:
        return Verdict(majority, (), (), (), refused=Code.NO_MAJORITY)
    agreeing = [candidate for candidate in candidates if any(region.touches(candidate) for region in regions)]
    falsetickers = tuple(candidate.name for candidate in candidates if candidate not in agreeing)
    names = tuple(candidate.name for candidate in agreeing)
    if len(agreeing) < minimum_agreeing:
        return Verdict(majority, regions, names, falsetickers, refused=Code.TOO_FEW_AGREE)
    used = _first_choice(agreeing)
    low, high = regions[0].low_ns, regions[-1].high_ns
    offset = min(max(_weighted(used), low), high)
    bound = max(high - offset, offset - low)
    return Verdict(majority, regions, names, falsetickers, tuple(one.name for one in used), offset, bound)


def overlaps(candidates: Iterable[Candidate], *, depth: int) -> tuple[Region, ...]:
    """All maximal stretches that lie in at least `depth` of the intervals, from low to high. Ends belong to them."""
    edges = sorted(
        edge for candidate in candidates for edge in ((candidate.low_ns, 0), (candidate.high_ns, 1))
    )  # at one place openings (0) come before endings (1)
    regions: list[Region] = []
    inside, start = 0, 0
    for place, is_end in edges:
        if is_end and inside == depth:
            regions.append(Region(start, place))
        inside += -1 if is_end else 1
        if not is_end and inside == depth:
            start = place
    return tuple(regions)


def _first_choice(agreeing: Sequence[Candidate]) -> Sequence[Candidate]:
    first = min(candidate.priority for candidate in agreeing)
    tier = [candidate for candidate in agreeing if candidate.priority == first]
    return [candidate for candidate in tier if candidate.is_preferred] or tier


def _weighted(used: Sequence[Candidate]) -> int:
    """The mean of the offsets, each by the inverse of its distance: exact, in integers."""
    weights = [Fraction(1, max(candidate.distance_ns, 1)) for candidate in used]
    total = sum(weight * candidate.offset_ns for weight, candidate in zip(weights, used, strict=True))
    return round(total / sum(weights))
