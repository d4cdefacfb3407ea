"""The clock filter (RFC 5905, section 10): of the last few samples the one with the least to be unsure of."""

from collections.abc import Sequence
from math import isqrt

from timesync.nts.measure import Sample, drift_ns

SIZE = 8


def remember(samples: Sequence[Sample], new: Sample) -> tuple[Sample, ...]:
    return (*samples, new)[-SIZE:]


def bound_now_ns(sample: Sample, *, now_ns: int) -> int:
    """Its bound, grown by what our clock may have drifted since."""
    return sample.bound_ns + drift_ns(now_ns - sample.trip.home_ns)


def best(samples: Sequence[Sample], *, now_ns: int) -> Sample:
    """RFC 5905 takes the least delay; we take the least bound, which also counts age and the stamps' precision."""
    return min(samples, key=lambda sample: bound_now_ns(sample, now_ns=now_ns))


def jitter_ns(samples: Sequence[Sample], chosen: Sample) -> int:
    """Root mean square of how far the others lie from the chosen one; 0 if there is no other."""
    distances = [sample.offset_ns - chosen.offset_ns for sample in samples if sample is not chosen]
    return isqrt(sum(distance * distance for distance in distances) // len(distances)) if distances else 0
