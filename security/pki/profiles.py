"""What each kind of certificate may be used for. One row a purpose; the issuing code has no ifs about purposes."""

from dataclasses import dataclass
from datetime import timedelta

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

# RFC 9336: signing of documents that people read. Mail is named beside it because `openssl cms -verify` asks for it.
DOCUMENT_SIGNING = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")


@dataclass(frozen=True, slots=True)
class Profile:
    name: str
    common_name: str
    days: int
    usages: tuple[x509.ObjectIdentifier, ...] = ()
    usages_critical: bool = False
    content_commitment: bool = False
    authority: bool = False

    @property
    def lifetime(self) -> timedelta:
        return timedelta(days=self.days)

    def key_usage(self) -> x509.KeyUsage:
        return x509.KeyUsage(
            digital_signature=not self.authority,
            content_commitment=self.content_commitment,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=self.authority,
            crl_sign=self.authority,
            encipher_only=False,
            decipher_only=False,
        )


AUTHORITY = Profile("authority", "Authority", days=20 * 365, authority=True)
DOCUMENTS = Profile(
    "documents",
    "Log book exports",
    days=3 * 365,
    usages=(DOCUMENT_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION),
    content_commitment=True,
)
# RFC 3161 section 2.3: this usage alone, and critical.
TIME_STAMPS = Profile(
    "time-stamps",
    "Time stamps by the console's own clock",
    days=5 * 365,
    usages=(ExtendedKeyUsageOID.TIME_STAMPING,),
    usages_critical=True,
    content_commitment=True,
)
