"""The certificates that our listeners show: one RSA and one of an elliptic curve each, as the four suites of OCPP need.

They lie as files beside each other, `keys/listener-<profile>-<rsa|ec>.pem|.key`; a gateway sees a change of them within
a second or two and uses the new ones for the next handshake, while open connections go on.
"""

import ipaddress
import os
import secrets
import socket
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.conf import settings
from django.db import transaction

from security.errors import CertificateRefused
from security.models import Certificate
from security.pki import reading, station_authority

PROFILES = (2, 3)
LIFE, RENEW_BEFORE = timedelta(days=90), timedelta(days=30)
BY = "system:authority"


def files(profile: int) -> list[tuple[Path, Path]]:
    """Chain and key of each kind that is there; RSA first, so that a client that takes anything gets the curve last."""
    found = [(_path(profile, kind, "pem"), _path(profile, kind, "key")) for kind in ("rsa", "ec")]
    return [(chain, key) for chain, key in found if chain.exists() and key.exists()]


@transaction.atomic
def install(chain: bytes, key: bytes, *, profiles: tuple[int, ...], by: str, at: datetime) -> Certificate:
    """Use a certificate that somebody else issued. Raise CertificateRefused before anything is touched."""
    leaf = reading.certificates(chain)[0]
    private = reading.private_key(key)
    if private.public_key() != leaf.public_key():
        raise CertificateRefused("the private key is not the one of the first certificate in the file")
    reading.check_strength(leaf.public_key())
    reading.check_dates(leaf, at=at)
    row = station_authority.keep(
        leaf, owner="listener", purpose=Certificate.Purpose.SERVER, by=by, at=at, issued_here=False
    )
    for profile in profiles:
        _store(profile, chain, key)
    return row


def ensure(*, at: datetime) -> None:
    """Each TLS listener has a certificate of each kind that is good for a while; those made here are renewed here."""
    for profile in PROFILES:
        for kind in ("rsa", "ec"):
            path = _path(profile, kind, "pem")
            if not path.exists() or _ends_soon(path, at):
                _make(profile, kind, at)


def _ends_soon(path: Path, at: datetime) -> bool:
    leaf = reading.certificates(path.read_bytes())[0]
    ours = leaf.issuer == station_authority.open_authority(at=at).certificate.subject
    return ours and leaf.not_valid_after_utc - at < RENEW_BEFORE


def _make(profile: int, kind: str, at: datetime) -> None:
    key: reading.PrivateKey
    key = rsa.generate_private_key(65537, 2048) if kind == "rsa" else ec.generate_private_key(ec.SECP256R1())
    host = urlsplit(settings.CONSOLE_URL).hostname or "localhost"
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, settings.ORGANISATION[:64]),
            x509.NameAttribute(NameOID.COMMON_NAME, host[:64]),
        ]
    )
    usage = ExtendedKeyUsageOID.SERVER_AUTH
    made = station_authority.sign(subject, key.public_key(), usage=usage, life=LIFE, at=at, alternatives=_names(host))
    with transaction.atomic():
        station_authority.keep(
            made, owner="listener", purpose=Certificate.Purpose.SERVER, by=BY, at=at, issued_here=True
        )
        text = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        _store(profile, reading.pem(made).encode(), text)


def _names(host: str) -> list[x509.GeneralName]:
    hosts = dict.fromkeys([host, "localhost", socket.gethostname(), "127.0.0.1", "::1", settings.BIND])
    return [_name(one) for one in hosts if one not in ("0.0.0.0", "::")]  # noqa: S104


def _name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _store(profile: int, chain: bytes, key: bytes) -> None:
    """Each file is replaced whole. A gateway that reads between the two finds a pair that does not fit, keeps the old
    one, and looks again a second later."""
    kind = "rsa" if isinstance(reading.private_key(key), rsa.RSAPrivateKey) else "ec"
    for path, data in ((_path(profile, kind, "key"), key), (_path(profile, kind, "pem"), chain)):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)


def _path(profile: int, kind: str, suffix: str) -> Path:
    return Path(settings.MERIDIAN_HOME) / "keys" / f"listener-{profile}-{kind}.{suffix}"
