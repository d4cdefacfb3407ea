"""One question for the time and its answer: what is sent, and which datagram is accepted as the reply.

The request gives nothing away: its transmit stamp is 64 random bits, our own time stays here (RFC 8915, section 5.7).
Interleaved mode (RFC 9769) asks for the moment at which the *previous* reply really left the server.
"""

from dataclasses import dataclass, field

from timesync.nts import fields, packet, signed
from timesync.nts.aead import Cipher
from timesync.nts.codes import Code
from timesync.nts.establishment import COOKIE_LENGTHS
from timesync.nts.failures import Failure
from timesync.nts.fields import Field, FieldType, Sealed
from timesync.nts.packet import Mode, Packet

CLIENT_PRECISION = 32  # says nothing about us, like the rest of the header
IDENTIFIER_LENGTH = 32
MAX_REQUEST = 1232  # fits the smallest IPv6 packet; larger NTP packets get lost on some networks
OVERHEAD = packet.LENGTH + 36 + 40 + 20  # identifier, authenticator, request for a signed response
NAK = "NTSN"


@dataclass(frozen=True, slots=True)
class Entropy:
    """The random bits of one query."""

    transmit: int
    receive: int
    identifier: bytes
    nonce: bytes

    LENGTH = 8 + 8 + IDENTIFIER_LENGTH + 16

    @classmethod
    def of(cls, random: bytes) -> "Entropy":
        return cls(
            int.from_bytes(random[:8], "big") or 1,
            int.from_bytes(random[8:16], "big") or 2,
            random[16 : 16 + IDENTIFIER_LENGTH],
            random[16 + IDENTIFIER_LENGTH :],
        )


@dataclass(frozen=True, slots=True)
class Query:
    """What must be remembered of a request. `identifier` is None for plain NTP, `interleaved` for basic mode."""

    request: bytes
    transmit: int
    interleaved: int | None
    identifier: bytes | None
    placeholders: int = 0
    wants_signature: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    packet: Packet
    is_interleaved: bool
    is_authenticated: bool
    cookies: tuple[bytes, ...] = field(default=(), repr=False)
    signature_follows: bool = False
    body: bytes = b""  # what a signature covers: the datagram without its appendix
    appendix: bytes = b""


def plain(entropy: Entropy, *, previous_receive: int | None = None) -> Query:
    header = _header(entropy, previous_receive)
    interleaved = entropy.receive if previous_receive else None
    return Query(header, entropy.transmit, interleaved, None)


def protected(
    entropy: Entropy,
    *,
    cookie: bytes,
    cipher: Cipher,
    placeholders: int = 0,
    previous_receive: int | None = None,
    signed_with: int | None = None,
) -> Query:
    """A request under NTS. `signed_with` names the server's key for a signed response; None asks for none."""
    outer = [
        Field(FieldType.UNIQUE_IDENTIFIER, entropy.identifier),
        Field(FieldType.COOKIE, cookie),
        *[Field(FieldType.PLACEHOLDER, bytes(len(cookie)))] * placeholders,
    ]
    if signed_with is not None:
        outer.append(signed.request_field(signed_with))
    associated = _header(entropy, previous_receive) + b"".join(map(fields.encode, outer))
    nonce = entropy.nonce[: cipher.algorithm.nonce_length]
    seal = fields.authenticator(cipher, associated=associated, nonce=nonce)
    return Query(
        associated + fields.encode(seal),
        entropy.transmit,
        entropy.receive if previous_receive else None,
        entropy.identifier,
        placeholders,
        signed_with is not None,
    )


def room_for_placeholders(cookie: bytes) -> int:
    """How many placeholders a request can hold beside this cookie."""
    return max((MAX_REQUEST - OVERHEAD) // (fields.HEADER.size + len(cookie)) - 1, 0)


def _header(entropy: Entropy, previous_receive: int | None) -> bytes:
    asked = Packet(Mode.CLIENT, precision=CLIENT_PRECISION, transmit=entropy.transmit)
    if previous_receive:
        asked = Packet(
            Mode.CLIENT,
            precision=CLIENT_PRECISION,
            origin=previous_receive,
            receive=entropy.receive,
            transmit=entropy.transmit,
        )
    return packet.encode(asked)


def read(query: Query, datagram: bytes, cipher: Cipher | None) -> Reply:
    """Accept `datagram` as the reply to `query`, or raise Failure. Nothing in it is trusted before this returns.

    `cipher` is None for plain NTP; then the reply says so itself (`is_authenticated`).
    """
    header = packet.decode(datagram)
    if header.version != packet.VERSION or header.mode != Mode.SERVER:
        raise Failure(Code.REPLY_WRONG_MODE, version=header.version, mode=header.mode)
    is_interleaved = _is_interleaved(query, header)
    if cipher is None:
        return Reply(header, is_interleaved, is_authenticated=False, body=datagram)
    return _authenticated(query, datagram, cipher, header, is_interleaved)


def _is_interleaved(query: Query, header: Packet) -> bool:
    if header.origin == query.transmit:
        return False
    if query.interleaved is None or header.origin != query.interleaved:
        raise Failure(Code.REPLY_WRONG_ORIGIN)
    return True


def _authenticated(query: Query, datagram: bytes, cipher: Cipher, header: Packet, is_interleaved: bool) -> Reply:
    sealed = fields.unseal(datagram, start=packet.LENGTH)
    if sealed.bodies(FieldType.UNIQUE_IDENTIFIER) != [query.identifier]:
        raise Failure(Code.REPLY_WRONG_IDENTIFIER)
    if sealed.authenticator is None:
        raise _unauthenticated(header)
    inside = fields.open_authenticator(cipher, sealed)
    body = datagram[: len(datagram) - len(sealed.appendix)]
    if len(body) > len(query.request):
        raise Failure(Code.REPLY_TOO_LARGE, request=len(query.request), reply=len(body))
    return Reply(
        header,
        is_interleaved,
        is_authenticated=True,
        cookies=_cookies(query, inside),
        signature_follows=query.wants_signature and _announced(sealed, inside),
        body=body,
        appendix=sealed.appendix,
    )


def _unauthenticated(header: Packet) -> Failure:
    """Anybody could have sent this, so a NAK is no more than a hint and another kiss is noise."""
    if header.kiss == NAK:
        return Failure(Code.NTS_NAK)
    if header.kiss is not None and header.leap == packet.NOT_SYNCHRONISED:
        return Failure(Code.KISS_FORGED, kiss=header.kiss)
    return Failure(Code.REPLY_NOT_AUTHENTICATED)


def _cookies(query: Query, inside: tuple[Field, ...]) -> tuple[bytes, ...]:
    """Only cookies that came encrypted count, and never more than were asked for."""
    bodies = dict.fromkeys(field.body for field in inside if field.type == FieldType.COOKIE)
    return tuple(body for body in bodies if len(body) in COOKIE_LENGTHS)[: 1 + query.placeholders]


def _announced(sealed: Sealed, inside: tuple[Field, ...]) -> bool:
    return signed.is_announced(sealed.fields) or signed.is_announced(inside)
