"""What a simulated time server is told to do. Everything is honest until a test says otherwise."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.sim.time_codec import KE


def nothing(_: bytes) -> list[bytes]:
    return []


def as_it_is(datagram: bytes) -> bytes:
    return datagram


def keep(records: list[KE]) -> list[KE]:
    return records


@dataclass
class Behaviour:
    # What it says about time
    offset_ns: int = 0
    half_lie_ns: int = 0  # bends the transmit stamp only
    drift_ppm: int = 0
    is_frozen: bool = False
    zero_stamps: bool = False
    leap: int = 0
    stratum: int = 1
    refid: bytes = b"SIM\0"
    precision: int = -23
    root_delay: int = 0
    root_dispersion: int = 1
    # How it replies
    wait_in_s: float = 0.0  # as if the request were long on its way
    wait_s: float = 0.0  # busy between its two stamps
    wait_back_s: float = 0.0  # as if the reply were long on its way
    drops: Callable[[int], bool] = lambda _: False  # by number of the request, from 1
    drops_larger_than: int = 65_536
    naks: bool = False
    kiss: bytes | None = None
    kiss_is_authenticated: bool = True
    authenticates: bool = True
    cookies: int | None = None  # None: as many as were asked for
    bend: Callable[[bytes], bytes] = as_it_is
    before: Callable[[bytes], list[bytes]] = nothing  # datagrams sent ahead of the reply
    after: Callable[[bytes], list[bytes]] = nothing
    interleaves: bool = True
    signs: str = ""  # "direct", "scheduled" or not at all
    # How it establishes keys
    aeads: tuple[int, ...] = (15, 16, 17, 30)
    knows_1024: bool = True
    ntp_host: str | None = None
    ntp_port: int | None = None
    records: Callable[[list[KE]], list[KE]] = keep
    answer: bytes | None = None  # instead of any records
    answers_only: int | None = None  # so many bytes, then it closes
    answers_after_s: float = 0.0
    speaks_alpn: bool = True
    speaks_tls_1_3: bool = True
    shakes_hands: bool = True  # False: accepts the connection and says nothing
