"""TLS settings of a listener, and what a handshake shows of the peer.

The context is built anew for each change (revocation lists cannot be taken out of a store) and assigned to the
listener: connections that are open go on, the next handshake uses the new one. A broken file raises here, and the old
context stays.
"""

import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stations.gateway.evidence import Certificate, Hello

# The four suites that OCPP asks a central system for; forward secrecy first. TLS 1.3 brings its own, all fit.
SUITES = (
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "AES256-GCM-SHA384",
    "AES128-GCM-SHA256",
)
CLIENT_HELLO, CERTIFICATE = 1, 11
SUPPORTED_VERSIONS = 43


@dataclass(frozen=True, slots=True)
class TLSSettings:
    """`certificates` are (chain, key) files, usually one RSA-2048 and one P-256: the suites above need both.

    With `client_ca` a station must show a certificate of its own; `crl` holds the lists of every authority in its
    chain, the root's too, and an expired list refuses everybody.
    """

    certificates: Sequence[tuple[Path, Path]]
    client_ca: Path | None = None
    crl: Path | None = None

    def context(self) -> ssl.SSLContext:
        """Raise OSError (ssl.SSLError is one) for a file that is missing or broken."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(":".join(SUITES) + ":@SECLEVEL=2")
        context.options |= (
            ssl.OP_CIPHER_SERVER_PREFERENCE
            | ssl.OP_NO_COMPRESSION
            | ssl.OP_NO_RENEGOTIATION
            # A resumed session would skip the look into the revocation list.
            | ssl.OP_NO_TICKET
        )
        context.num_tickets = 0
        for chain, key in self.certificates:
            context.load_cert_chain(chain, key)
        if self.client_ca is not None:
            self._ask_for_certificates(context, self.client_ca)
        context._msg_callback = _note  # type: ignore[attr-defined]
        return context

    def _ask_for_certificates(self, context: ssl.SSLContext, client_ca: Path) -> None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        context.load_verify_locations(client_ca)
        if self.crl is not None:
            context.load_verify_locations(self.crl)
            context.verify_flags |= ssl.VERIFY_CRL_CHECK_CHAIN


class Noted:
    """Handshake messages of the peer, kept until the handshake is over. They are the only trace of a refused
    certificate: after a failure the library gives none."""

    __slots__ = ("certificates", "hello")

    def __init__(self) -> None:
        self.hello: bytes | None = None
        self.certificates: bytes | None = None


def _note(tls: Any, direction: str, _version: int, _content: int, kind: int, data: bytes) -> None:
    if direction == "read" and kind in (CLIENT_HELLO, CERTIFICATE):
        noted: Noted | None = getattr(tls, "noted", None)
        if noted is None:
            return
        if kind == CLIENT_HELLO and data[:1] == b"\x01":
            noted.hello = data
        elif kind == CERTIFICATE and data[:1] == b"\x0b":
            noted.certificates = data


def presented_certificate(message: bytes | None) -> Certificate | None:
    """The first certificate of a Certificate message, of TLS 1.2 or 1.3; None where there is none to read."""
    if message is None:
        return None
    try:
        # 1.2: the list's length comes at once and fills the message. 1.3: a context of some bytes comes before it.
        start = 4 if _number(message, 4, 3) == len(message) - 7 else 5 + message[4]
        length = _number(message, start + 3, 3)
        return Certificate.parse(message[start + 6 : start + 6 + length])
    except (ValueError, IndexError):
        return None


def read_hello(message: bytes | None) -> Hello | None:
    """Versions and suites of a ClientHello; None where it is cut or strange."""
    if message is None:
        return None
    try:
        at = 38 + 1 + message[38]  # header 4, version 2, random 32, session id
        length = _number(message, at, 2)
        suites = tuple(_number(message, here, 2) for here in range(at + 2, at + 2 + length, 2))
        at += 2 + length
        at += 1 + message[at]  # compression methods
        return Hello(_versions(message, at) or (_number(message, 4, 2),), suites)
    except (ValueError, IndexError):
        return None


def _versions(message: bytes, at: int) -> tuple[int, ...]:
    at += 2
    while at + 4 <= len(message):
        kind, length = _number(message, at, 2), _number(message, at + 2, 2)
        if kind == SUPPORTED_VERSIONS:
            return tuple(_number(message, here, 2) for here in range(at + 5, at + 4 + length, 2))
        at += 4 + length
    return ()


def _number(data: bytes, at: int, size: int) -> int:
    found = data[at : at + size]
    if len(found) != size:
        raise ValueError("cut short")
    return int.from_bytes(found)
