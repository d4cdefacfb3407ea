"""One entry of a log book: the eight members that it always has, and commitments to personal data in its payload."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from security.merkle import canonical
from security.merkle.faults import NotCanonical

MEMBERS = frozenset({"actor", "at", "book", "clock", "kind", "payload", "sequence", "subject"})
TEXTS = ("actor", "at", "book", "kind", "subject")


def read(line: bytes) -> dict[str, Any]:
    """Raise NotCanonical unless the line is a whole entry in its one spelling."""
    entry = canonical.decode(line)
    if set(entry) != MEMBERS:
        raise NotCanonical(f"members {sorted(entry)} are not those of an entry")
    if not all(isinstance(entry[name], str) for name in TEXTS):
        raise NotCanonical("actor, at, book, kind and subject are texts")
    sequence = entry["sequence"]
    if isinstance(sequence, bool) or not isinstance(sequence, int) or sequence < 0:
        raise NotCanonical("sequence is a number from 0")
    if not isinstance(entry["payload"], dict) or not isinstance(entry["clock"], dict):
        raise NotCanonical("payload and clock are objects")
    return entry


def commitment(*, salt: bytes, field: str, value: str) -> bytes:
    """What an entry holds in place of a personal value; without the salt it cannot even be guessed at."""
    if len(salt) != 32 or "\0" in field:
        raise ValueError("a commitment needs a salt of 32 bytes and a field name without NUL")
    return sha256(b"\x02" + salt + field.encode("utf-8") + b"\x00" + value.encode("utf-8")).digest()
