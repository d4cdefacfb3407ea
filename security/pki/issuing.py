"""Make certificates: pure functions over keys, names and a time."""

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from security.pki.profiles import Profile

Key = ec.EllipticCurvePrivateKey
# A verifier's clock may be a little behind ours: a signature made in the first minute must hold there too.
EARLIER = timedelta(hours=1)


def name(organisation: str, common_name: str) -> x509.Name:
    """Organisation and common name, each cut to the 64 characters that X.520 allows."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation[:64]),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{organisation} {common_name}"[:64]),
        ]
    )


def _start(
    profile: Profile, subject: x509.Name, key: ec.EllipticCurvePublicKey, at: datetime, until: datetime
) -> x509.CertificateBuilder:
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - EARLIER)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=profile.authority, path_length=0 if profile.authority else None), True)
        .add_extension(profile.key_usage(), True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), False)
    )
    if profile.usages:
        builder = builder.add_extension(x509.ExtendedKeyUsage(profile.usages), profile.usages_critical)
    return builder


def self_sign(profile: Profile, subject: x509.Name, key: Key, *, at: datetime) -> x509.Certificate:
    builder = _start(profile, subject, key.public_key(), at, at + profile.lifetime).issuer_name(subject)
    own = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
    return builder.add_extension(own, False).sign(key, hashes.SHA256())


def issue(
    profile: Profile,
    subject: x509.Name,
    public_key: ec.EllipticCurvePublicKey,
    *,
    by: x509.Certificate,
    key: Key,
    at: datetime,
) -> x509.Certificate:
    """A certificate of the authority `by`; it never outlives its authority."""
    identifier = by.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    parent = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)
    until = min(at + profile.lifetime, by.not_valid_after_utc)
    builder = _start(profile, subject, public_key, at, until).issuer_name(by.subject).add_extension(parent, False)
    return builder.sign(key, hashes.SHA256())
