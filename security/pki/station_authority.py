"""The built-in authority for stations and listeners: it signs requests that were checked, and publishes who is revoked.

It is another one than the authority of the exports: who steals a key of the one can forge nothing of the other.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.conf import settings
from django.db import transaction

from security import logbook
from security.errors import CertificateRefused, CertificateUnknown
from security.models import Certificate
from security.pki import reading
from security.pki.issuing import name, self_sign
from security.pki.keyfiles import private_key, write_once
from security.pki.profiles import AUTHORITY

STATION_LIFE, EARLIER = timedelta(days=365), timedelta(hours=1)
LIST_LIFE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class StationAuthority:
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    def pem(self) -> str:
        return reading.pem(self.certificate)


def open_authority(*, at: datetime) -> StationAuthority:
    """The authority of this installation; made on first use."""
    folder = Path(settings.MERIDIAN_HOME) / "keys"
    key = private_key(folder / "stations-authority.key", curve=ec.SECP256R1())
    path = folder / "stations-authority.pem"
    if path.exists():
        data = path.read_bytes()
    else:
        made = self_sign(AUTHORITY, name(settings.ORGANISATION, "Stations"), key, at=at)
        data = write_once(path, made.public_bytes(serialization.Encoding.PEM))
    return StationAuthority(key, x509.load_pem_x509_certificate(data))


@transaction.atomic
def issue_for_station(identity: str, csr: bytes, *, by: str, at: datetime) -> Certificate:
    """Sign a request of this station: its common name is the identity. Raise CertificateRefused."""
    wanted = reading.request(csr)
    asked = reading.common_name(wanted.subject)
    if asked != identity:
        raise CertificateRefused(f"the request is for {asked!r}, not for {identity!r}: its common name is the identity")
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, settings.ORGANISATION[:64]),
            x509.NameAttribute(NameOID.COMMON_NAME, identity),
        ]
    )
    made = sign(subject, wanted.public_key(), usage=ExtendedKeyUsageOID.CLIENT_AUTH, life=STATION_LIFE, at=at)
    return keep(made, owner=f"station:{identity}", purpose=Certificate.Purpose.STATION, by=by, at=at, issued_here=True)


def sign(
    subject: x509.Name,
    public_key: object,
    *,
    usage: x509.ObjectIdentifier,
    life: timedelta,
    at: datetime,
    alternatives: list[x509.GeneralName] | None = None,
) -> x509.Certificate:
    authority = open_authority(at=at)
    key = reading.check_strength(public_key)
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(authority.certificate.subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - EARLIER)
        .not_valid_after(min(at + life, authority.certificate.not_valid_after_utc))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
        # Suites without forward secrecy, which OCPP still names, need the RSA key to encipher.
        .add_extension(_usage(encipher=not isinstance(key, ec.EllipticCurvePublicKey)), True)
        .add_extension(x509.ExtendedKeyUsage([usage]), False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), False)
        .add_extension(identifier, False)
    )
    if alternatives:
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), False)
    return builder.sign(authority.key, hashes.SHA256())


def keep(
    made: x509.Certificate, *, owner: str, purpose: Certificate.Purpose, by: str, at: datetime, issued_here: bool
) -> Certificate:
    """Remember a certificate, and enter it."""
    row, new = Certificate.objects.get_or_create(
        fingerprint=reading.fingerprint(made),
        defaults={
            "purpose": purpose,
            "owner": owner,
            "serial": reading.serial(made),
            "subject": made.subject.rfc4514_string()[:255],
            "issuer": made.issuer.rfc4514_string()[:255],
            "not_before": made.not_valid_before_utc,
            "not_after": made.not_valid_after_utc,
            "pem": reading.pem(made),
            "issued_here": issued_here,
            "made_by": by,
            "changed_at": at,
        },
    )
    if new:
        facts = {"serial": row.serial, "fingerprint": row.fingerprint, "subject": row.subject}
        kind = "certificate.issued" if issued_here else "certificate.installed"
        logbook.append("audit", kind, facts, subject=owner, actor=by, at=at)
    return row


def find(what: str) -> Certificate:
    """By serial number or fingerprint, both hexadecimal. Raise CertificateUnknown."""
    wanted = what.strip().replace(":", "").casefold()
    # A serial is a number, whose leading zeros mean nothing; of fingerprints, one in sixteen begins with a zero.
    by_serial = Certificate.objects.filter(serial=wanted.lstrip("0")).first()
    row = by_serial or Certificate.objects.filter(fingerprint=wanted).first()
    if row is None:
        raise CertificateUnknown(what)
    return row


@transaction.atomic
def revoke(row: Certificate, *, by: str, at: datetime, reason: str = "") -> Certificate:
    """Whoever uses it is cut off within a second or two. Revoking twice changes nothing."""
    if Certificate.objects.filter(pk=row.pk, revoked_at=None).update(revoked_at=at, changed_at=at, reason=reason[:200]):
        facts = {"serial": row.serial, "fingerprint": row.fingerprint, "reason": reason}
        logbook.append("audit", "certificate.revoked", facts, subject=row.owner, actor=by, at=at)
    row.refresh_from_db()
    return row


def revocation_list(*, at: datetime) -> str:
    """Everything that this authority revoked, signed now; PEM."""
    authority = open_authority(at=at)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.certificate.subject)
        .last_update(at - EARLIER)
        .next_update(at + LIST_LIFE)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), False)
        .add_extension(x509.CRLNumber(int(at.timestamp())), False)
    )
    for row in Certificate.objects.filter(issued_here=True, revoked_at__isnull=False):
        line = x509.RevokedCertificateBuilder().serial_number(int(row.serial, 16)).revocation_date(row.revoked_at or at)
        builder = builder.add_revoked_certificate(line.build())
    return builder.sign(authority.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode("ascii")


def _usage(*, encipher: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=encipher,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
