"""Which authorities are believed, and for what: a root for stations says nothing about firmware."""

from datetime import datetime

from django.db import transaction

from security import logbook
from security.errors import CertificateRefused
from security.models import TrustAnchor
from security.pki import reading


@transaction.atomic
def trust(
    data: bytes, *, purpose: TrustAnchor.Purpose, by: str, at: datetime, group: str = "", crl: bytes = b""
) -> list[TrustAnchor]:
    """Believe every authority in the file, from now on. Raise CertificateRefused."""
    listed = reading.revocation_list(crl) if crl else None
    added = []
    for certificate in reading.certificates(data):
        if not reading.is_authority(certificate):
            subject = certificate.subject.rfc4514_string()
            raise CertificateRefused(f"{subject} is no authority (basicConstraints CA): trust the one that issued it")
        reading.check_strength(certificate.public_key())
        reading.check_dates(certificate, at=at)
        mine = listed is not None and listed.issuer == certificate.subject
        row, _ = TrustAnchor.objects.update_or_create(
            purpose=purpose,
            group=group,
            fingerprint=reading.fingerprint(certificate),
            defaults={
                "subject": certificate.subject.rfc4514_string()[:255],
                "not_after": certificate.not_valid_after_utc,
                "pem": reading.pem(certificate),
                "crl": crl.decode("ascii") if mine else "",
                "added_by": by,
                "changed_at": at,
            },
        )
        facts = {"purpose": str(purpose), "group": group, "fingerprint": row.fingerprint, "subject": row.subject}
        logbook.append("audit", "trust.added", facts, subject=f"trust:{purpose}", actor=by, at=at)
        added.append(row)
    if listed is not None and not any(row.crl for row in added):
        raise CertificateRefused("the revocation list was issued by none of the authorities in the file")
    return added


def of(purpose: TrustAnchor.Purpose, *, group: str = "") -> list[TrustAnchor]:
    return list(TrustAnchor.objects.filter(purpose=purpose, group=group).order_by("pk"))
