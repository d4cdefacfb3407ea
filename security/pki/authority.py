"""The built-in authority of an installation: one root, and the certificates that it needs for itself.

`keys/authority.key|.pem` is the root that auditors are given once (`logbook policy --ca`). Under it stand working keys,
each `keys/<purpose>-<n>.key|.pem`: a new number when the last certificate comes near its end, so that an old
signature keeps its own certificate and a key is never used under two.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from security.pki.issuing import issue, name, self_sign
from security.pki.keyfiles import private_key, write_once
from security.pki.profiles import AUTHORITY, Profile

RENEW_BEFORE = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key with the certificate that says whose it is."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    authority: x509.Certificate


@dataclass(frozen=True, slots=True)
class Authority:
    folder: Path
    organisation: str
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def signer(self, profile: Profile, *, at: datetime) -> Signer:
        """The working key for this purpose; a new one when there is none or the last one ends soon."""
        number = len(list(self.folder.glob(f"{profile.name}-*.pem")))
        if number:
            signer = self._load(profile, number, at)
            if at < signer.certificate.not_valid_after_utc - RENEW_BEFORE:
                return signer
        return self._load(profile, number + 1, at)

    def _load(self, profile: Profile, number: int, at: datetime) -> Signer:
        key = private_key(self.folder / f"{profile.name}-{number}.key", curve=ec.SECP256R1())
        path = self.folder / f"{profile.name}-{number}.pem"
        if path.exists():
            data = path.read_bytes()
        else:
            subject = name(self.organisation, profile.common_name)
            made = issue(profile, subject, key.public_key(), by=self.certificate, key=self.key, at=at)
            data = write_once(path, made.public_bytes(serialization.Encoding.PEM))
        return Signer(key, x509.load_pem_x509_certificate(data), self.certificate)


def open_authority(home: Path, organisation: str, *, at: datetime) -> Authority:
    """The authority of this data folder; made on first use."""
    folder = home / "keys"
    key = private_key(folder / "authority.key", curve=ec.SECP384R1())
    path = folder / "authority.pem"
    if path.exists():
        data = path.read_bytes()
    else:
        made = self_sign(AUTHORITY, name(organisation, AUTHORITY.common_name), key, at=at)
        data = write_once(path, made.public_bytes(serialization.Encoding.PEM))
    return Authority(folder, organisation, key, x509.load_pem_x509_certificate(data))
