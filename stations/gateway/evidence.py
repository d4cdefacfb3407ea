"""What is known about a peer when it is let in or turned away: plain values, for the operator's eyes."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from cryptography import x509
from cryptography.x509.oid import NameOID

Peer = tuple[str, int] | None  # None behind a Unix socket: the front knows the address, we do not


class Cause(Enum):
    """Why a connection ended before a station could say who it is."""

    FULL = "the listener has as many connections as it may have"
    ADDRESS_FULL = "too many connections from this address"
    DRAINING = "the gateway is stopping"
    DEADLINE = "the connection was not opened in time"
    TLS = "the TLS handshake failed"
    REQUEST = "the request was no WebSocket handshake"


@dataclass(frozen=True, slots=True)
class Certificate:
    subject: str
    issuer: str
    serial: int
    not_before: datetime
    not_after: datetime
    common_names: tuple[str, ...]
    organizations: tuple[str, ...]

    @classmethod
    def parse(cls, der: bytes) -> "Certificate":
        """Raise ValueError for bytes that are no certificate."""
        found = x509.load_der_x509_certificate(der)
        return cls(
            subject=found.subject.rfc4514_string(),
            issuer=found.issuer.rfc4514_string(),
            serial=found.serial_number,
            not_before=found.not_valid_before_utc,
            not_after=found.not_valid_after_utc,
            common_names=_named(found.subject, NameOID.COMMON_NAME),
            organizations=_named(found.subject, NameOID.ORGANIZATION_NAME),
        )


def _named(name: x509.Name, oid: x509.ObjectIdentifier) -> tuple[str, ...]:
    return tuple(str(attribute.value) for attribute in name.get_attributes_for_oid(oid))


@dataclass(frozen=True, slots=True)
class Hello:
    """What the client offered, by the numbers of the TLS registries."""

    versions: tuple[int, ...]
    suites: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TLSFacts:
    """Of a handshake that succeeded. `certificate` is the verified one; None where none was asked for."""

    version: str
    suite: str
    certificate: bytes | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """`certificate` is what was presented, not what was believed. `verify_code` is OpenSSL's number."""

    listener: str
    peer: Peer
    cause: Cause
    detail: str = ""
    status: int | None = None
    verify_code: int | None = None
    certificate: Certificate | None = None
    hello: Hello | None = None
