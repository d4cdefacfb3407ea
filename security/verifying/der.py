"""Read DER, strictly and no further than our signatures need.

Only what the standard library and `cryptography` leave open: the outer shapes of CMS and RFC 3161. Every length must be
the shortest one and every value must end where its parent says, so that no byte of a signature file is without meaning.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone

SEQUENCE, SET, OCTETS, INTEGER, OBJECT = 0x30, 0x31, 0x04, 0x02, 0x06
GENERALIZED_TIME, UTC_TIME = 0x18, 0x17


class DerError(ValueError):
    """These bytes are not the DER that belongs here."""


@dataclass(frozen=True)
class Der:
    tag: int
    body: bytes
    raw: bytes

    def children(self) -> list[Der]:
        found, rest = [], self.body
        while rest:
            child, rest = take(rest)
            found.append(child)
        return found

    def expect(self, tag: int) -> Der:
        if self.tag != tag:
            raise DerError(f"tag {self.tag:#04x} where {tag:#04x} belongs")
        return self

    def integer(self) -> int:
        self.expect(INTEGER)
        if not self.body or (len(self.body) > 1 and self.body[0] == 0 and self.body[1] < 0x80):
            raise DerError("an integer that is not in its shortest form")
        return int.from_bytes(self.body, "big", signed=True)

    def time(self) -> datetime:
        text = self.body.decode("ascii")
        if self.tag == UTC_TIME:
            text = ("19" if text[:2] >= "50" else "20") + text
        elif self.tag != GENERALIZED_TIME:
            raise DerError("a time was expected")
        if not text.endswith("Z"):
            raise DerError("a time that is not in UTC")
        whole, _, fraction = text[:-1].partition(".")
        stated = datetime.strptime(whole, "%Y%m%d%H%M%S").replace(tzinfo=timezone.utc)
        return stated.replace(microsecond=int((fraction + "000000")[:6]) if fraction else 0)

    def oid(self) -> str:
        self.expect(OBJECT)
        if not self.body or self.body[-1] & 0x80:
            raise DerError("an object identifier that does not end")
        numbers, value = [], 0
        for octet in self.body:
            value = value << 7 | octet & 0x7F
            if not octet & 0x80:
                numbers.append(value)
                value = 0
        first = min(numbers[0] // 40, 2)
        return ".".join(str(n) for n in [first, numbers[0] - 40 * first, *numbers[1:]])


def take(data: bytes) -> tuple[Der, bytes]:
    """One value and what comes after it."""
    if len(data) < 2:
        raise DerError("it ends too early")
    length, start = data[1], 2
    if length >= 0x80:
        count = length & 0x7F
        length, start = int.from_bytes(data[2 : 2 + count], "big"), 2 + count
        if not 1 <= count <= 4 or len(data) < start or length < 0x80 or data[2] == 0:
            raise DerError("a length that is not in its shortest form")
    if data[0] & 0x1F == 0x1F or start + length > len(data):
        raise DerError("it ends too early")
    end = start + length
    return Der(data[0], data[start:end], data[:end]), data[end:]


def read(data: bytes) -> Der:
    """The one value that these bytes are."""
    value, rest = take(data)
    if rest:
        raise DerError("there is more after its end")
    return value
