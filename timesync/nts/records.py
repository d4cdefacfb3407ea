"""NTS-KE records (RFC 8915, section 4): a type, a critical bit, a body; a message ends with End of Message."""

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from timesync.nts.codes import Code
from timesync.nts.failures import Failure

CRITICAL_BIT = 0x8000
HEADER = struct.Struct("!HH")
MAX_MESSAGE = 16384  # far above any honest answer; a hostile server cannot make us keep more


class RecordType(IntEnum):
    END_OF_MESSAGE = 0
    NEXT_PROTOCOL = 1
    ERROR = 2
    WARNING = 3
    AEAD = 4
    NEW_COOKIE = 5
    SERVER = 6
    PORT = 7
    COMPLIANT_EXPORTER = 1024  # IANA: "Compliant AES-128-GCM-SIV Exporter Context"
    REQUEST_PUBLIC_KEY = 16384  # private range, see signed.py
    PUBLIC_KEY = 16385


@dataclass(frozen=True, slots=True)
class Record:
    type: int
    body: bytes = b""
    critical: bool = False


END = Record(RecordType.END_OF_MESSAGE, critical=True)


def encode(records: Iterable[Record]) -> bytes:
    return b"".join(
        HEADER.pack(record.type | CRITICAL_BIT * record.critical, len(record.body)) + record.body for record in records
    )


def message_length(received: bytes) -> int | None:
    """How long the message at the start of `received` is; None while its End of Message has not come."""
    position = 0
    kind: int
    length: int
    while position + HEADER.size <= len(received):
        kind, length = HEADER.unpack_from(received, position)
        position += HEADER.size + length
        if position > MAX_MESSAGE:
            break
        if kind & ~CRITICAL_BIT == RecordType.END_OF_MESSAGE and position <= len(received):
            return position
    if max(position, len(received)) > MAX_MESSAGE:
        raise Failure(Code.KE_OVERSIZE, limit=MAX_MESSAGE)
    return None


def decode(message: bytes) -> tuple[Record, ...]:
    """Read one whole message. Raises Failure(KE_TRUNCATED) unless End of Message is exactly its last record."""
    length = message_length(message)
    if length is None:
        raise Failure(Code.KE_TRUNCATED, received=len(message))
    if length != len(message):
        raise Failure(Code.KE_TRAILING_DATA, surplus=len(message) - length)
    return tuple(_walk(message))


def _walk(message: bytes) -> Iterable[Record]:
    position = 0
    while position < len(message):
        kind, length = HEADER.unpack_from(message, position)
        position += HEADER.size
        yield Record(kind & ~CRITICAL_BIT, message[position : position + length], critical=bool(kind & CRITICAL_BIT))
        position += length


def words(body: bytes, *, record: int) -> tuple[int, ...]:
    """The body as 16 bit numbers; most KE records are lists of them."""
    if len(body) % 2:
        raise Failure(Code.KE_MALFORMED_RECORD, record=record, length=len(body))
    return struct.unpack(f"!{len(body) // 2}H", body)


def of_words(kind: RecordType, *values: int, critical: bool = False) -> Record:
    return Record(kind, struct.pack(f"!{len(values)}H", *values), critical=critical)
