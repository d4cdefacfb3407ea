"""A small authority for tests of TLS: servers' and stations' certificates, good ones and each kind of bad one."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
DAY = timedelta(days=1)


def name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Meridian"),
        ]
    )


@dataclass
class Authority:
    folder: Path
    common_name: str = "Test Root"
    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    @cached_property
    def key(self) -> ec.EllipticCurvePrivateKey:
        return ec.generate_private_key(ec.SECP256R1())

    @cached_property
    def certificate(self) -> x509.Certificate:
        return (
            self._builder(name(self.common_name), self.key, self.now - DAY, self.now + 365 * DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
            .sign(self.key, hashes.SHA256())
        )

    @cached_property
    def file(self) -> Path:
        path = self.folder / f"{self.common_name}.pem".replace(" ", "-")
        path.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))
        return path

    def issue(
        self,
        common_name: str,
        *,
        key: Key | None = None,
        usage: x509.ObjectIdentifier = ExtendedKeyUsageOID.CLIENT_AUTH,
        starts: timedelta = -DAY,
        ends: timedelta = 30 * DAY,
        self_signed: bool = False,
    ) -> "Issued":
        key = key or ec.generate_private_key(ec.SECP256R1())
        issuer = name(common_name) if self_signed else None
        builder = self._builder(name(common_name), key, self.now + starts, self.now + ends, issuer)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(_usage(digital_signature=True, key_encipherment=True), critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        if usage == ExtendedKeyUsageOID.SERVER_AUTH:
            names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        signed = builder.sign(key if self_signed else self.key, hashes.SHA256())
        return Issued(self.folder, signed, key)

    def revocations(self, *serials: int, ends: timedelta = 30 * DAY) -> Path:
        builder = x509.CertificateRevocationListBuilder().issuer_name(name(self.common_name))
        builder = builder.last_update(self.now - 2 * DAY).next_update(self.now + ends)
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False
        ).add_extension(x509.CRLNumber(1), critical=False)
        for serial in serials:
            revoked = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(self.now - DAY).build()
            builder = builder.add_revoked_certificate(revoked)
        path = self.folder / f"{len(list(self.folder.iterdir()))}.crl"
        path.write_bytes(builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        return path

    def _builder(
        self, subject: x509.Name, key: Key, starts: datetime, ends: datetime, issuer: x509.Name | None = None
    ) -> x509.CertificateBuilder:
        signer = self.key if issuer is None else key
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer or name(self.common_name))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(starts)
            .not_valid_after(ends)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        )


@dataclass
class Issued:
    folder: Path
    certificate: x509.Certificate
    key: Key

    @cached_property
    def files(self) -> tuple[Path, Path]:
        chain, key = (self.folder / f"{self.certificate.serial_number}.{kind}" for kind in ("pem", "key"))
        chain.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))
        key.write_bytes(
            self.key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return chain, key


def _usage(**wanted: bool) -> x509.KeyUsage:
    names = [
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    ]
    return x509.KeyUsage(**{usage: wanted.get(usage, False) for usage in names})
