"""The two keys of an association, where they came from, and a name for them that gives nothing away."""

from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256

from timesync.nts.aead import Cipher, cipher

EXPORTER_LABEL = b"EXPORTER-network-time-security"
NTPV4 = 0
CLIENT_TO_SERVER = 0
SERVER_TO_CLIENT = 1


class Provenance(StrEnum):
    """Who made the keys. Only the first is secret between server and client alone."""

    EXPORTED = "exported"  # both ends drew them from one TLS session
    HANDED_OVER = "handed-over"  # a server made them and a third party carried them here


@dataclass(frozen=True, slots=True)
class Keys:
    aead: int
    c2s: bytes = field(repr=False)
    s2c: bytes = field(repr=False)
    provenance: Provenance = Provenance.EXPORTED

    @property
    def id(self) -> str:
        """Names the pair in evidence. The keys are at least 128 random bits each, so a hash tells nothing of them."""
        return sha256(b"nts key pair\0" + self.c2s + self.s2c).hexdigest()[:16]

    def ciphers(self) -> tuple[Cipher, Cipher]:
        """Ready for client to server and for server to client; raises Failure(KEYS_UNUSABLE)."""
        return cipher(self.aead, self.c2s), cipher(self.aead, self.s2c)


def exporter_context(aead: int, direction: int) -> bytes:
    """The context of the TLS exporter (RFC 8915, section 5.1)."""
    return NTPV4.to_bytes(2, "big") + aead.to_bytes(2, "big") + direction.to_bytes(1, "big")
