"""Simulated stations of this installation: registered like any other, with keys and certificates of their own.

What a real station keeps in its flash, these keep in the data folder, `simulated/<identity>.json|.key|.pem`, so that
they still know their keys after a restart.
"""

import json
import os
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.conf import settings

from security.pki import station_authority
from stations import credentials, registry
from stations.errors import StationExists
from stations.models import Station
from stations.simulator.station import Papers, SimulatedStation

BY = "system:simulator"
PROTOCOLS = ("ocpp1.6", "ocpp2.0.1", "ocpp2.1")
KINDS = ((1, "ocpp1.6"), (2, "ocpp1.6"), (2, "ocpp2.0.1"), (3, "ocpp2.0.1"), (3, "ocpp2.1"))


@dataclass(frozen=True)
class Kind:
    profile: int
    protocol: str

    def identity(self, number: int) -> str:
        return f"SIM-{self.protocol.removeprefix('ocpp')}-P{self.profile}-{number:04}"


def kinds(*, profile: int | None, protocol: str | None) -> list[Kind]:
    """Those that a wish leaves open, one after the other."""
    wanted = [Kind(p, v) for p, v in KINDS if profile in (None, p) and protocol in (None, v)]
    return wanted or [Kind(profile or 1, protocol or PROTOCOLS[0])]


def enlist(kind: Kind, number: int, *, url: str | None, at: datetime, say: Callable[[str], None]) -> SimulatedStation:
    """Register it if that was not done before, and give it what it needs to connect."""
    flash = _Flash(kind.identity(number))
    if kind.profile != 3 and flash.key() is None:
        flash.write_key(credentials.new_key())  # before it is registered: a crash in between only repeats that
    try:
        station = registry.add(
            flash.identity, profile=kind.profile, by=BY, at=at, key=flash.key(), simulated=True, from_manufacturer=True
        ).station
    except StationExists:
        station = registry.find(flash.identity)
    tls = _tls(kind, flash, station, at)
    papers = Papers(flash.identity, url or _url(kind.profile), kind.protocol, flash.key(), tls)
    return SimulatedStation(papers, keep_key=flash.write_key, say=say)


def _url(profile: int) -> str:
    scheme = "ws" if profile == 1 else "wss"
    return f"{scheme}://127.0.0.1:{settings.OCPP_PORTS[profile]}/ocpp"


def _tls(kind: Kind, flash: "_Flash", station: Station, at: datetime) -> ssl.SSLContext | None:
    if kind.profile == 1:
        return None
    context = ssl.create_default_context(cadata=station_authority.open_authority(at=at).pem())
    if kind.profile == 3:
        context.load_cert_chain(*flash.certificate(station, at))
    return context


class _Flash:
    def __init__(self, identity: str) -> None:
        self.identity = identity
        self._folder = Path(settings.MERIDIAN_HOME) / "simulated"
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def key(self) -> bytes | None:
        path = self._folder / f"{self.identity}.json"
        return bytes.fromhex(json.loads(path.read_text())["key"]) if path.exists() else None

    def write_key(self, key: bytes) -> None:
        self._write("json", json.dumps({"key": key.hex()}).encode())

    def certificate(self, station: Station, at: datetime) -> tuple[Path, Path]:
        chain, key = self._folder / f"{self.identity}.pem", self._folder / f"{self.identity}.key"
        if not chain.exists():
            private = ec.generate_private_key(ec.SECP256R1())
            subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self.identity)])
            request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(private, hashes.SHA256())
            pem = request.public_bytes(serialization.Encoding.PEM)
            made = station_authority.issue_for_station(station.identity, pem, by=BY, at=at)
            text = private.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            self._write("key", text)
            self._write("pem", made.pem.encode())
        return chain, key

    def _write(self, suffix: str, data: bytes) -> None:
        path = self._folder / f"{self.identity}.{suffix}"
        draft = path.with_name(f".{path.name}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
