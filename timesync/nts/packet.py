"""The 48 bytes of an NTPv4 header (RFC 5905, section 7.3)."""

import struct
from dataclasses import dataclass
from enum import IntEnum

from timesync.nts.codes import Code
from timesync.nts.failures import Failure

HEADER = struct.Struct("!BBbbII4sQQQQ")
LENGTH = HEADER.size
VERSION = 4
NOT_SYNCHRONISED = 3  # the leap indicator's alarm
MAX_STRATUM = 15


class Mode(IntEnum):
    CLIENT = 3
    SERVER = 4


@dataclass(frozen=True, slots=True)
class Packet:
    """Time stamps stay as they are on the wire: what they mean depends on the era (see stamps.py)."""

    mode: int
    leap: int = 0
    version: int = VERSION
    stratum: int = 0
    poll: int = 0
    precision: int = 0
    root_delay: int = 0
    root_dispersion: int = 0
    refid: bytes = bytes(4)
    reference: int = 0
    origin: int = 0
    receive: int = 0
    transmit: int = 0

    @property
    def kiss(self) -> str | None:
        """The kiss code of a stratum 0 packet; None if this is none. (Stratum 0 with leap 3 is also how a server
        says that it is not synchronised: INIT, STEP and their like are no orders to a client.)"""
        if self.stratum != 0 or not self.refid.rstrip(b"\0").isalpha():
            return None
        return self.refid.rstrip(b"\0").decode("ascii", "replace")


def encode(packet: Packet) -> bytes:
    first = packet.leap << 6 | packet.version << 3 | packet.mode
    return HEADER.pack(
        first,
        packet.stratum,
        packet.poll,
        packet.precision,
        packet.root_delay,
        packet.root_dispersion,
        packet.refid,
        packet.reference,
        packet.origin,
        packet.receive,
        packet.transmit,
    )


def decode(data: bytes) -> Packet:
    """Read the header at the start of `data`. Raises Failure(REPLY_MALFORMED) if it is too short."""
    if len(data) < LENGTH:
        raise Failure(Code.REPLY_MALFORMED, length=len(data))
    first, *rest = HEADER.unpack_from(data)
    return Packet(first & 7, first >> 6, first >> 3 & 7, *rest)
