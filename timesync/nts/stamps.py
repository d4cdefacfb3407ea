"""NTP's 64 bit time stamps and integers of nanoseconds since 1970, never floats.

An NTP stamp counts 2^-32 seconds from 1900 and overflows every 136 years (next on 2036-02-07), so it only means a time
together with a clock that is right within 68 years. A float of Unix seconds would resolve 200 ns at best.
"""

SECOND = 1_000_000_000
UNIX_EPOCH = 2_208_988_800  # seconds from 1900-01-01 to 1970-01-01
ERA = 1 << 64
UNKNOWN = 0


def from_ns(ns: int) -> int:
    """The stamp nearest to that time; its era is lost. 0 means `unknown` on the wire, so the time of 0 becomes 1."""
    stamp = ((ns + UNIX_EPOCH * SECOND) * (1 << 32) + SECOND // 2) // SECOND % ERA
    return stamp or 1


def to_ns(stamp: int, *, near_ns: int) -> int:
    """The time that `stamp` means in the era in which it comes closest to `near_ns`."""
    near = (near_ns + UNIX_EPOCH * SECOND) * (1 << 32) // SECOND
    ahead = (stamp - near + ERA // 2) % ERA - ERA // 2
    return ((near + ahead) * SECOND + (1 << 31)) // (1 << 32) - UNIX_EPOCH * SECOND


def short_to_ns(short: int) -> int:
    """A 32 bit duration (root delay, root dispersion) of 2^-16 seconds, rounded up: it serves as a bound."""
    return -(-short * SECOND // (1 << 16))


def precision_to_ns(exponent: int) -> int:
    """2^exponent seconds, rounded up, at least 1 ns."""
    if exponent >= 0:
        return SECOND << min(exponent, 16)
    return -(-SECOND >> min(-exponent, 64))
