"""Check a CMS signature (RFC 5652) and a time stamp (RFC 3161) against a trusted authority.

Strict on purpose: one signer, signed attributes, certificates of the chain and nothing else. Certificates are judged at
the time of the signature, not now: evidence must not expire with the certificate that made it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from security.verifying.der import OCTETS, SEQUENCE, SET, Der, DerError, read

try:
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
except ImportError:  # pragma: no cover - the stand-alone file says so and exits 3
    pass

DATA, SIGNED_DATA, TST_INFO = "1.2.840.113549.1.7.1", "1.2.840.113549.1.7.2", "1.2.840.113549.1.9.16.1.4"
CONTENT_TYPE, MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
SIGNING_TIME = "1.2.840.113549.1.9.5"
SIGNING_CERTIFICATES = {"1.2.840.113549.1.9.16.2.12": "sha1", "1.2.840.113549.1.9.16.2.47": "sha256"}
DIGESTS = {
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
NOTHING = b"\x05\x00"
# signature algorithm → digest it fixes; None where the digest algorithm beside it decides
SIGNATURES = {
    "1.2.840.10045.4.3.2": "sha256",
    "1.2.840.10045.4.3.3": "sha384",
    "1.2.840.10045.4.3.4": "sha512",
    "1.2.840.113549.1.1.11": "sha256",
    "1.2.840.113549.1.1.12": "sha384",
    "1.2.840.113549.1.1.13": "sha512",
    "1.2.840.113549.1.1.1": None,
}


class CmsError(ValueError):
    """The signature is not one over these bytes."""


class ForeignSigner(ValueError):
    """A sound signature, but by somebody whom the given authority does not vouch for."""


@dataclass(frozen=True)
class Signed:
    """A CMS signature whose mathematics is right; who signed is not yet judged."""

    content_type: str
    content: bytes | None
    signer: Any
    certificates: tuple[Any, ...]
    signing_time: datetime | None


@dataclass(frozen=True)
class Stamp:
    """What a time-stamp authority states: these bytes existed at `at`."""

    at: datetime
    digest_name: str
    digest: bytes
    policy: str
    serial: int
    nonce: int | None
    signed: Signed


def _method(algorithm: Der) -> str:
    parts = algorithm.expect(SEQUENCE).children()
    if len(parts) > 1 and (len(parts) > 2 or parts[1].raw != NOTHING):
        raise CmsError("it uses a method with parameters that this program does not know")
    return parts[0].oid()


def _digest_name(algorithm: Der) -> str:
    name = DIGESTS.get(_method(algorithm))
    if name is None:
        raise CmsError("it uses a digest that is not SHA-256, SHA-384 or SHA-512")
    return name


def _attributes(block: Der) -> dict[str, Der]:
    found: dict[str, Der] = {}
    for attribute in block.children():
        kind, values = attribute.expect(SEQUENCE).children()
        if kind.oid() in found or len(values.expect(SET).children()) != 1:
            raise CmsError("a signed attribute is there twice")
        found[kind.oid()] = values.children()[0]
    return found


def _check_value(public_key: Any, signature: bytes, signed: bytes, algorithm: str, digest: str) -> None:
    if algorithm not in SIGNATURES:
        raise CmsError("it uses a signature method that this program does not know")
    chosen = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}[
        SIGNATURES[algorithm] or digest
    ]
    try:
        if isinstance(public_key, ec.EllipticCurvePublicKey):
            public_key.verify(signature, signed, ec.ECDSA(chosen))
        elif isinstance(public_key, rsa.RSAPublicKey):
            public_key.verify(signature, signed, padding.PKCS1v15(), chosen)
        else:
            raise CmsError("it uses a key that this program does not know")
    except InvalidSignature:
        raise CmsError("the signature does not fit") from None


def _certificates(block: Der) -> tuple[Any, ...]:
    return tuple(_certificate(child.expect(SEQUENCE)) for child in block.children())


def _certificate(outer: Der) -> Any:
    statement, method, signature = outer.children()
    if method.raw not in {part.raw for part in statement.children()} or signature.body[:1] != b"\0":
        raise CmsError("a certificate in it is not in its one form")
    return x509.load_der_x509_certificate(outer.raw)


def _signer_of(identifier: Der, certificates: tuple[Any, ...]) -> Any:
    issuer, serial = identifier.expect(SEQUENCE).children()
    for certificate in certificates:
        if certificate.issuer.public_bytes() == issuer.raw and certificate.serial_number == serial.integer():
            return certificate
    raise CmsError("the certificate of the signer is not in it")


def _check_signer(info: Der, certificates: tuple[Any, ...], content: bytes, content_type: str, named: set[str]) -> Any:
    parts = info.expect(SEQUENCE).children()
    if len(parts) != 6 or parts[0].integer() != 1 or parts[3].tag != 0xA0:
        raise CmsError("it lacks signed attributes or carries unsigned ones")
    signer, digest = _signer_of(parts[1], certificates), _digest_name(parts[2])
    attributes = _attributes(parts[3])
    if digest not in named or CONTENT_TYPE not in attributes or attributes[CONTENT_TYPE].oid() != content_type:
        raise CmsError("it signs another kind of content")
    if MESSAGE_DIGEST not in attributes or attributes[MESSAGE_DIGEST].expect(OCTETS).body != _hash(digest, content):
        raise CmsError("it was made over other bytes")
    _check_named_certificate(attributes, signer)
    signed = b"\x31" + parts[3].raw[1:]
    _check_value(signer.public_key(), parts[5].expect(OCTETS).body, signed, _method(parts[4]), digest)
    return signer, attributes[SIGNING_TIME].time() if SIGNING_TIME in attributes else None


def _check_named_certificate(attributes: dict[str, Der], signer: Any) -> None:
    """ESSCertID: where the signature names its certificate, it must be this one (RFC 5816)."""
    for oid, digest in SIGNING_CERTIFICATES.items():
        if oid in attributes:
            first = attributes[oid].children()[0].expect(SEQUENCE).children()[0].expect(SEQUENCE).children()
            if first[0].tag == SEQUENCE:
                digest, first = _digest_name(first[0]), first[1:]
            if first[0].body != _hash(digest, signer.public_bytes(serialization.Encoding.DER)):
                raise CmsError("it names another certificate than the one it carries")


def _hash(name: str, data: bytes) -> bytes:
    return hashlib.new(name, data).digest()


def read_signed(data: bytes, detached: bytes | None = None) -> Signed:
    """Check a SignedData over `detached`, or over the content that it carries; raise CmsError, DerError."""
    try:
        return _read_signed(read(data), detached)
    except (CmsError, DerError):
        raise
    except Exception as exc:  # a damaged certificate makes `cryptography` raise many kinds, not all of one family
        raise CmsError("it is damaged") from exc


def _read_signed(outer: Der, detached: bytes | None) -> Signed:
    kind, wrapped = outer.expect(SEQUENCE).children()
    if kind.oid() != SIGNED_DATA or len(wrapped.expect(0xA0).children()) != 1:
        raise CmsError("it is not a CMS signature")
    parts = wrapped.children()[0].expect(SEQUENCE).children()
    if len(parts) != 5 or parts[3].tag != 0xA0 or parts[0].integer() not in (1, 3):
        raise CmsError("it carries no certificate, or more than this program knows")
    inner = parts[2].expect(SEQUENCE).children()
    content_type, content = inner[0].oid(), detached
    if len(inner) == 2:
        content = inner[1].expect(0xA0).children()[0].expect(OCTETS).body
    if content is None or (detached is not None and len(inner) != 1):
        raise CmsError("it is not a detached signature")
    if parts[0].integer() != (1 if content_type == DATA else 3):
        raise CmsError("its version does not fit its content")
    certificates = _certificates(parts[3])
    signers = parts[4].expect(SET).children()
    if len(signers) != 1:
        raise CmsError("it has not exactly one signer")
    named = {_digest_name(algorithm) for algorithm in parts[1].expect(SET).children()}
    signer, signing_time = _check_signer(signers[0], certificates, content, content_type, named)
    return Signed(content_type, content if detached is None else None, signer, certificates, signing_time)


def read_stamp(data: bytes) -> Stamp:
    """Read a time-stamp response or a bare token; its signature is checked, its signer not yet."""
    try:
        outer = read(data).expect(SEQUENCE)
        parts = outer.children()
        if parts[0].tag == SEQUENCE:
            status = parts[0].children()
            if len(parts) != 2 or status[0].integer() != 0:
                raise CmsError("the authority refused to stamp")
            outer = parts[1]
        signed = read_signed(outer.raw)
        if signed.content_type != TST_INFO or signed.content is None:
            raise CmsError("it is not a time stamp")
        return _read_statement(read(signed.content).expect(SEQUENCE).children(), signed)
    except (IndexError, OverflowError, UnicodeDecodeError) as exc:
        raise CmsError("it is damaged") from exc


def _read_statement(fields: list[Der], signed: Signed) -> Stamp:
    imprint = fields[2].expect(SEQUENCE).children()
    nonce = [field for field in fields[5:] if field.tag == 0x02]
    return Stamp(
        at=fields[4].time(),
        digest_name=_digest_name(imprint[0]),
        digest=imprint[1].expect(OCTETS).body,
        policy=fields[1].oid(),
        serial=fields[3].integer(),
        nonce=nonce[0].integer() if nonce else None,
        signed=signed,
    )


def stamps(stamp: Stamp, data: bytes) -> bool:
    """Whether the stamp is one over exactly these bytes."""
    return stamp.digest == _hash(stamp.digest_name, data)


# ── who signed ───────────────────────────────────────────────────────────────────────────────────────────────────


def read_authorities(pem: bytes) -> list[Any]:
    return list(x509.load_pem_x509_certificates(pem)) if pem.strip() else []


def _valid(certificate: Any, at: datetime) -> bool:
    start, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return bool(start <= at <= end)


def _may_issue(certificate: Any) -> bool:
    try:
        return bool(certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca)
    except x509.ExtensionNotFound:
        return False


def _issued(child: Any, parent: Any) -> bool:
    try:
        child.verify_directly_issued_by(parent)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def trust(signed: Signed, authorities: list[Any], at: datetime, *, purpose: str | None = None, more: Any = ()) -> None:
    """Raise ForeignSigner unless a chain leads from the signer to one of `authorities`, all of it valid at `at`."""
    try:
        _trust(signed, authorities, at, purpose, more)
    except ForeignSigner:
        raise
    except Exception as exc:  # as above: a certificate whose extensions cannot be read vouches for nothing
        raise ForeignSigner("a certificate of the chain cannot be read") from exc


def _trust(signed: Signed, authorities: list[Any], at: datetime, purpose: str | None, more: Any) -> None:
    _check_purpose(signed.signer, purpose)
    known = {certificate.fingerprint(hashes.SHA256()) for certificate in authorities}
    pool = [c for c in [*authorities, *signed.certificates, *more] if _may_issue(c)]
    current = signed.signer
    for _ in range(8):
        if not _valid(current, at):
            raise ForeignSigner(f"a certificate of the chain was not valid at {at:%Y-%m-%d %H:%M:%S} UTC")
        if current.fingerprint(hashes.SHA256()) in known:
            return
        parents = [c for c in pool if c.subject == current.issuer and c is not current and _issued(current, c)]
        parents.sort(key=lambda c: c.fingerprint(hashes.SHA256()) not in known)
        if not parents:
            break
        current = parents[0]
    raise ForeignSigner("no chain leads from the signer to the authority that was given")


def _check_purpose(certificate: Any, purpose: str | None) -> None:
    if purpose is None:
        return
    try:
        extension = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        raise ForeignSigner("the signer's certificate is not one for time stamps") from None
    if not extension.critical or [usage.dotted_string for usage in extension.value] != [purpose]:
        raise ForeignSigner("the signer's certificate is not one for time stamps")


TIME_STAMPING = "1.3.6.1.5.5.7.3.8"


def subject_of(certificate: Any) -> str:
    return str(certificate.subject.rfc4514_string())
