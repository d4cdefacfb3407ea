"""Responses that are signed as well (an extension of Vanaheimr's Norn; off by default, switched on per source).

NTS proves a time to the two who share the keys, and to nobody else: the client could have made the reply itself. A
signature over the whole reply can be checked by anybody later, so both datagrams are kept as evidence. The reply comes
at once, as ever, and the signed one after it (or, in direct mode, the signature stands in the reply itself): signing
takes longer than the round trip and must not stretch it.
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

from timesync.nts.codes import Code
from timesync.nts.failures import Failure
from timesync.nts.fields import Field, FieldType
from timesync.nts.fields import encode as encode_field
from timesync.nts.records import Record, RecordType

HEAD = struct.Struct("!HH")  # key id, length of what follows
REQUEST_LENGTH = 16
SECOND_DATAGRAM_FOLLOWS = 0x80


@dataclass(frozen=True, slots=True)
class PublicKey:
    id: int
    key: bytes  # a point of secp256r1, or its SubjectPublicKeyInfo

    @property
    def fingerprint(self) -> str:
        return sha256(self.key).hexdigest()


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature that was checked: only `verify` makes one."""

    key_id: int
    fingerprint: str
    signed_part: bytes
    signature: bytes


def public_keys(answer: Iterable[Record]) -> tuple[PublicKey, ...]:
    return tuple(_public_key(record.body) for record in answer if record.type == RecordType.PUBLIC_KEY)


def _public_key(body: bytes) -> PublicKey:
    if len(body) >= HEAD.size:
        key_id, length = HEAD.unpack_from(body)
        if length == len(body) - HEAD.size:
            return PublicKey(key_id, body[HEAD.size :])
    raise Failure(Code.KE_MALFORMED_RECORD, record=int(RecordType.PUBLIC_KEY), length=len(body))


def request_field(key_id: int) -> Field:
    """Ask for a signed response; stands before the authenticator, so that nobody on the way can strike it out."""
    return Field(FieldType.REQUEST_SIGNED, key_id.to_bytes(2, "big").ljust(REQUEST_LENGTH, b"\0"))


def is_announced(fields: Iterable[Field]) -> bool:
    """Whether the server says that a second, signed datagram follows."""
    return any(
        field.type == FieldType.SIGNED_ANNOUNCED and field.body[:1] == bytes([SECOND_DATAGRAM_FOLLOWS])
        for field in fields
    )


def verify(datagram: bytes, appendix: bytes, keys: Iterable[PublicKey]) -> Signature:
    """Check that `datagram`, followed by the field `appendix`, was signed by one of `keys`.

    Raises Failure with SIGNATURE_MISSING, SIGNATURE_KEY_UNKNOWN or SIGNATURE_INVALID.
    """
    key_id, signature = _signature(appendix)
    key = next((key for key in keys if key.id == key_id), None)
    if key is None:
        raise Failure(Code.SIGNATURE_KEY_UNKNOWN, key_id=key_id)
    try:
        _load(key.key).verify(signature, datagram, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError) as error:
        raise Failure(Code.SIGNATURE_INVALID, key_id=key_id) from error
    return Signature(key_id, key.fingerprint, datagram, signature)


def _signature(appendix: bytes) -> tuple[int, bytes]:
    if len(appendix) < 8 or int.from_bytes(appendix[:2], "big") != FieldType.SIGNED:
        raise Failure(Code.SIGNATURE_MISSING)
    key_id, length = HEAD.unpack_from(appendix, 4)
    body = appendix[8 : 8 + length]
    canonical = encode_field(Field(FieldType.SIGNED, HEAD.pack(key_id, length) + body))
    if len(body) != length or canonical != appendix:
        raise Failure(Code.SIGNATURE_INVALID, key_id=key_id)
    return key_id, body


def _load(key: bytes) -> ec.EllipticCurvePublicKey:
    if key[:1] in (b"\x02", b"\x03", b"\x04"):
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), key)
    loaded = load_der_public_key(key)
    if not isinstance(loaded, ec.EllipticCurvePublicKey) or not isinstance(loaded.curve, ec.SECP256R1):
        raise ValueError("not a key of secp256r1")
    return loaded
