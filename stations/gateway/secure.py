"""The TLS settings of a listener as they stand in this moment, and whether they have changed since it last looked."""

import logging
import ssl
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.models import Max

from security.models import Certificate, TrustAnchor
from security.pki import listeners, reading, station_authority
from stations.gateway.tls import TLSSettings

log = logging.getLogger(__name__)
Sign = tuple[object, ...]


class Source:
    """One a listener. `mutual` asks stations for a certificate."""

    def __init__(self, profile: int, *, mutual: bool) -> None:
        self.profile, self.mutual = profile, mutual
        self._seen: Sign = ()
        self._revoked: frozenset[int] = frozenset()

    def context(self) -> ssl.SSLContext:
        """Raise OSError for files that are missing or broken."""
        sign = self._sign()
        anchors = TrustAnchor.objects.filter(purpose=TrustAnchor.Purpose.STATIONS)
        made = TLSSettings(listeners.files(self.profile), *(self._believed(list(anchors)) if self.mutual else ()))
        context = made.context()
        self._seen = sign
        return context

    def changed(self) -> ssl.SSLContext | None:
        """A new context where something changed; None where nothing did, or where what is there cannot be used."""
        try:
            return None if self._sign() == self._seen else self.context()
        except OSError as exc:
            log.warning("the new certificates of profile %d cannot be used, the old ones stay: %s", self.profile, exc)
            return None
        finally:
            connection.close_if_unusable_or_obsolete()

    def revoked(self) -> frozenset[int]:
        """The numbers of all certificates that were revoked, here or by the list of a believed authority."""
        return self._revoked if self.mutual else frozenset()

    def _believed(self, anchors: list[TrustAnchor]) -> tuple[Path, Path | None]:
        """Files for OpenSSL. Its own check of revocation needs the list of every authority, so it is only switched on
        where each has one; the numbers that are revoked are looked at in any case, by `revoked`."""
        now = datetime.now(UTC)
        folder = Path(settings.MERIDIAN_HOME) / "run"
        own = station_authority.open_authority(at=now).pem()
        lists = [station_authority.revocation_list(at=now), *(anchor.crl for anchor in anchors)]
        self._revoked = _numbers(lists)
        authorities = _write(folder / f"clients-{self.profile}.pem", [own, *(anchor.pem for anchor in anchors)])
        if not all(lists):
            return authorities, None
        return authorities, _write(folder / f"clients-{self.profile}.crl", lists)

    def _sign(self) -> Sign:
        """Differs when anything changed that the context is made of."""
        stamps = tuple(path.stat().st_mtime_ns for pair in listeners.files(self.profile) for path in pair)
        if not self.mutual:
            return stamps
        anchors = TrustAnchor.objects.aggregate(Max("changed_at"), Max("pk"))
        revoked = Certificate.objects.filter(revoked_at__isnull=False).aggregate(Max("changed_at"), Max("pk"))
        return (*stamps, *anchors.values(), TrustAnchor.objects.count(), *revoked.values())


def _numbers(lists: list[str]) -> frozenset[int]:
    listed = {line.serial_number for pem in lists if pem for line in reading.revocation_list(pem.encode())}
    rows = Certificate.objects.filter(revoked_at__isnull=False).values_list("serial", flat=True)
    return frozenset(listed | {int(serial, 16) for serial in rows})


def _write(path: Path, parts: list[str]) -> Path:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_text("\n".join(parts), encoding="ascii")
    return path
