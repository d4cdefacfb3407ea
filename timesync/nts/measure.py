"""From four time stamps to an offset and a bound that the truth does not leave (RFC 5905, section 8)."""

from dataclasses import dataclass

from timesync.nts import stamps
from timesync.nts.codes import Code
from timesync.nts.failures import Failure
from timesync.nts.packet import MAX_STRATUM, NOT_SYNCHRONISED, Packet

PARTS_PER_MILLION = 1_000_000
DRIFT_PPM = 15  # what two healthy clocks may drift apart, by RFC 5905
KISSES = {"RATE": Code.KISS_RATE, "DENY": Code.KISS_DENY, "RSTR": Code.KISS_DENY}


@dataclass(frozen=True, slots=True)
class Limits:
    """Beyond these a sample is of no use. The defaults are those of RFC 5905 and chrony."""

    delay_ns: int = 3 * stamps.SECOND
    processing_ns: int = 4 * stamps.SECOND
    root_distance_ns: int = 3 * stamps.SECOND


@dataclass(frozen=True, slots=True)
class Trip:
    """The four stamps of one exchange: out and home by our clock, there by the server's, all in ns since 1970."""

    sent_ns: int
    received_ns: int
    replied_ns: int
    home_ns: int

    @property
    def delay_ns(self) -> int:
        return (self.home_ns - self.sent_ns) - (self.replied_ns - self.received_ns)

    @property
    def offset_ns(self) -> int:
        """Server minus us, rounded down."""
        return ((self.received_ns - self.sent_ns) + (self.replied_ns - self.home_ns)) // 2


@dataclass(frozen=True, slots=True)
class Sample:
    """One measurement. `bound_ns` is against the server's clock, `root_distance_ns` against its reference."""

    trip: Trip
    offset_ns: int
    delay_ns: int
    bound_ns: int
    root_distance_ns: int
    stratum: int
    leap: int
    refid: bytes
    is_interleaved: bool = False


def check_header(header: Packet, limits: Limits) -> None:
    """Raise Failure unless the server claims to have the time."""
    if header.stratum == 0 and header.kiss in KISSES:
        raise Failure(KISSES[header.kiss], kiss=header.kiss)
    if header.leap == NOT_SYNCHRONISED:
        raise Failure(Code.UNSYNCHRONISED, stratum=header.stratum, refid=header.refid.hex())
    if header.kiss is not None:
        raise Failure(Code.KISS_OTHER, kiss=header.kiss)
    if not 0 < header.stratum <= MAX_STRATUM:
        raise Failure(Code.STRATUM_INVALID, stratum=header.stratum)
    if stamps.UNKNOWN in (header.receive, header.transmit):
        raise Failure(Code.ZERO_STAMPS)
    if _root_ns(header) > limits.root_distance_ns:
        raise Failure(Code.ROOT_DISTANCE_TOO_LARGE, root_ns=_root_ns(header))


def trip_of(*, sent_ns: int, receive: int, transmit: int, home_ns: int) -> Trip:
    """`receive` and `transmit` are the server's stamps from the wire."""
    return Trip(sent_ns, stamps.to_ns(receive, near_ns=home_ns), stamps.to_ns(transmit, near_ns=home_ns), home_ns)


def measure(trip: Trip, header: Packet, *, precision_ns: int, limits: Limits, is_interleaved: bool = False) -> Sample:
    """Raise Failure for stamps that no honest pair of clocks can give.

    `header` is checked already; `precision_ns` is that of our own stamps. A server with contradicting stamps gets a
    delay below zero, and with it a bound below the truth, so it must not pass.
    """
    slack_ns = precision_ns + stamps.precision_to_ns(header.precision) + drift_ns(trip.home_ns - trip.sent_ns) + 1
    processing_ns = trip.replied_ns - trip.received_ns
    if processing_ns < 0:
        raise Failure(Code.SERVER_STAMPS_BACKWARDS, processing_ns=processing_ns)
    if trip.delay_ns < -slack_ns:
        raise Failure(Code.NEGATIVE_DELAY, delay_ns=trip.delay_ns)
    if processing_ns > limits.processing_ns:
        raise Failure(Code.PROCESSING_TOO_LONG, processing_ns=processing_ns)
    if trip.delay_ns > limits.delay_ns:
        raise Failure(Code.DELAY_TOO_LARGE, delay_ns=trip.delay_ns)
    delay_ns = max(trip.delay_ns, 0)
    bound_ns = -(-delay_ns // 2) + slack_ns
    return Sample(
        trip=trip,
        offset_ns=trip.offset_ns,
        delay_ns=delay_ns,
        bound_ns=bound_ns,
        root_distance_ns=bound_ns + _root_ns(header),
        stratum=header.stratum,
        leap=header.leap,
        refid=header.refid,
        is_interleaved=is_interleaved,
    )


def drift_ns(elapsed_ns: int, *, ppm: int = DRIFT_PPM) -> int:
    """How far two clocks may have drifted apart meanwhile, rounded up."""
    return -(-abs(elapsed_ns) * ppm // PARTS_PER_MILLION)


def _root_ns(header: Packet) -> int:
    return -(-stamps.short_to_ns(header.root_delay) // 2) + stamps.short_to_ns(header.root_dispersion)
