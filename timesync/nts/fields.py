"""Extension fields of NTP packets (RFC 7822) and those of NTS (RFC 8915, section 5): type, length, padded body."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from timesync.nts.aead import TAG_LENGTH, Cipher
from timesync.nts.codes import Code
from timesync.nts.failures import Failure

HEADER = struct.Struct("!HH")
SHORTEST = 16  # outside; what is encrypted may hold shorter ones
SHORTEST_INSIDE = 4


class FieldType(IntEnum):
    UNIQUE_IDENTIFIER = 0x0104
    COOKIE = 0x0204
    PLACEHOLDER = 0x0304
    AUTHENTICATOR = 0x0404
    REQUEST_SIGNED = 0xFF00  # private range, see signed.py
    SIGNED_ANNOUNCED = 0xFF01
    SIGNED = 0xFF02


@dataclass(frozen=True, slots=True)
class Field:
    type: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Sealed:
    """The fields of a packet up to its authenticator. `authenticator` is None when the packet has none."""

    fields: tuple[Field, ...]
    associated: bytes  # all bytes before the authenticator: what it protects
    authenticator: Field | None
    appendix: bytes  # bytes after the authenticator: protected by nobody

    def bodies(self, kind: FieldType) -> list[bytes]:
        return [field.body for field in self.fields if field.type == kind]


def encode(field: Field) -> bytes:
    body = _padded(field.body)
    length = max(HEADER.size + len(body), SHORTEST)
    return HEADER.pack(field.type, length) + body.ljust(length - HEADER.size, b"\0")


def decode(data: bytes, *, shortest: int = SHORTEST) -> tuple[Field, ...]:
    """Raises Failure(REPLY_MALFORMED) unless the fields fill `data` exactly."""
    return tuple(field for field, _ in _walk(data, 0, shortest=shortest))


def unseal(packet: bytes, *, start: int) -> Sealed:
    """Split a packet at its first authenticator. What stands after that one is not looked at here."""
    fields: list[Field] = []
    before = start
    for field, after in _walk(packet, start):
        if field.type == FieldType.AUTHENTICATOR:
            return Sealed(tuple(fields), packet[:before], field, packet[after:])
        fields.append(field)
        before = after
    return Sealed(tuple(fields), packet, None, b"")


def _walk(data: bytes, position: int, *, shortest: int = SHORTEST) -> Iterator[tuple[Field, int]]:
    """Each field with the position after it."""
    while position < len(data):
        if position + HEADER.size > len(data):
            raise Failure(Code.REPLY_MALFORMED, at=position)
        kind, length = HEADER.unpack_from(data, position)
        if length < shortest or length % 4 or position + length > len(data):
            raise Failure(Code.REPLY_MALFORMED, at=position, field=kind, length=length)
        yield Field(kind, data[position + HEADER.size : position + length]), position + length
        position += length


def authenticator(cipher: Cipher, *, associated: bytes, nonce: bytes, plaintext: bytes = b"") -> Field:
    ciphertext = cipher.seal(plaintext, associated=associated, nonce=nonce)
    head = HEADER.pack(len(nonce), len(ciphertext))
    return Field(FieldType.AUTHENTICATOR, head + _padded(nonce) + _padded(ciphertext))


def open_authenticator(cipher: Cipher, sealed: Sealed) -> tuple[Field, ...]:
    """The fields inside. Raises AUTHENTICATION_FAILED, or REPLY_NOT_AUTHENTICATED when there is no authenticator."""
    if sealed.authenticator is None:
        raise Failure(Code.REPLY_NOT_AUTHENTICATED)
    nonce, ciphertext = _nonce_and_ciphertext(sealed.authenticator.body)
    plaintext = cipher.open(ciphertext, associated=sealed.associated, nonce=nonce)
    return decode(plaintext, shortest=SHORTEST_INSIDE)


def _nonce_and_ciphertext(body: bytes) -> tuple[bytes, bytes]:
    if len(body) < HEADER.size:
        raise Failure(Code.REPLY_MALFORMED, authenticator=len(body))
    nonce_length, ciphertext_length = HEADER.unpack_from(body)
    start = HEADER.size + _padded_length(nonce_length)
    if not nonce_length or ciphertext_length < TAG_LENGTH or start + _padded_length(ciphertext_length) > len(body):
        raise Failure(Code.REPLY_MALFORMED, authenticator=len(body), nonce=nonce_length, ciphertext=ciphertext_length)
    return body[HEADER.size : HEADER.size + nonce_length], body[start : start + ciphertext_length]


def _padded_length(length: int) -> int:
    return -length % 4 + length


def _padded(body: bytes) -> bytes:
    return body.ljust(_padded_length(len(body)), b"\0")
