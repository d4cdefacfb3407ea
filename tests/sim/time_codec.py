"""NTS-KE and NTP as the simulated server writes them. Shares nothing with the client: two codecs that were written
apart do not make the same mistake twice."""

import os
import struct
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from tests.sim import siv

KE = tuple[bool, int, bytes]  # critical, type, body
KEY_LENGTHS = {15: 32, 16: 48, 17: 64, 30: 16}
UNIX = 2_208_988_800


def read_ke(stream: bytes) -> list[KE] | None:
    """The records of a request; None until its end has come."""
    found: list[KE] = []
    while len(stream) >= 4:
        head, size = struct.unpack(">HH", stream[:4])
        if len(stream) < 4 + size:
            return None
        found.append((head > 0x7FFF, head % 0x8000, stream[4 : 4 + size]))
        stream = stream[4 + size :]
        if found[-1][1] == 0:
            return found
    return None


def write_ke(messages: Iterable[KE]) -> bytes:
    return b"".join(
        struct.pack(">HH", kind + (0x8000 if critical else 0), len(body)) + body for critical, kind, body in messages
    )


def seal(aead: int, key: bytes, associated: bytes, plaintext: bytes) -> tuple[bytes, bytes]:
    """A fresh nonce and what was sealed with it."""
    if aead == 30:
        nonce = os.urandom(12)
        return nonce, AESGCMSIV(key).encrypt(nonce, plaintext, associated)
    nonce = os.urandom(16)
    return nonce, siv.seal(key, [associated, nonce], plaintext)


def unseal(aead: int, key: bytes, associated: bytes, nonce: bytes, sealed: bytes) -> bytes:
    if aead == 30:
        return AESGCMSIV(key).decrypt(nonce, sealed, associated)
    return siv.unseal(key, [associated, nonce], sealed)


@dataclass
class Baker:
    """Makes cookies that only it can read; a new secret makes all old ones stale."""

    secret: bytes = b""

    def __post_init__(self) -> None:
        self.secret = self.secret or os.urandom(32)

    def bake(self, aead: int, c2s: bytes, s2c: bytes) -> bytes:
        salt = os.urandom(16)
        return salt + siv.seal(self.secret, [salt], bytes([0, 0, 0, aead]) + c2s + s2c)  # fields come in fours

    def read(self, cookie: bytes) -> tuple[int, bytes, bytes] | None:
        try:
            inside = siv.unseal(self.secret, [cookie[:16]], cookie[16:])
        except InvalidTag:
            return None
        half = 4 + (len(inside) - 4) // 2
        return inside[3], inside[4:half], inside[half:]


@dataclass
class Asked:
    """A request as the server sees it."""

    raw: bytes
    origin: bytes
    receive: bytes
    transmit: bytes
    identifier: bytes | None = None
    cookie: bytes | None = None
    placeholders: int = 0
    wants_signature: bool = False
    head: bytes = b""
    nonce: bytes = b""
    sealed: bytes = b""


def read_request(raw: bytes) -> Asked | None:
    if len(raw) < 48 or raw[0] & 7 != 3:
        return None
    asked = Asked(raw, raw[24:32], raw[32:40], raw[40:48])
    place = 48
    while place < len(raw):
        kind, size = struct.unpack(">HH", raw[place : place + 4])
        body = raw[place + 4 : place + size]
        if kind == 0x0104:
            asked.identifier = body
        elif kind == 0x0204:
            asked.cookie = body
        elif kind == 0x0304:
            asked.placeholders += 1
        elif kind == 0xFF00:
            asked.wants_signature = True
        elif kind == 0x0404:
            nonce, size = struct.unpack(">HH", body[:4])
            asked.head, asked.nonce = raw[:place], body[4 : 4 + nonce]
            start = 4 + nonce + -nonce % 4
            asked.sealed = body[start : start + size]
            return asked
        place += size
    return asked


def field(kind: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    return struct.pack(">HH", kind, len(body) + 4) + body


def stamp(ns: int) -> bytes:
    seconds, rest = divmod(ns, 1_000_000_000)
    return struct.pack(">II", (seconds + UNIX) % (1 << 32), (rest << 32) // 1_000_000_000)


def authenticator(aead: int, key: bytes, head: bytes, inside: bytes) -> bytes:
    nonce, sealed = seal(aead, key, head, inside)
    body = struct.pack(">HH", len(nonce), len(sealed)) + nonce + bytes(-len(nonce) % 4) + sealed
    return field(0x0404, body)
