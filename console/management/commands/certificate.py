"""`manage.py certificate …`: whom to believe, what to show, what was issued, what is revoked."""

from pathlib import Path
from typing import Any

from console.management.nouns import Answer, Call, Noun, Refused, Verb, arg
from security.models import Certificate, TrustAnchor
from security.pki import anchors, listeners, reading, station_authority
from stations import registry


def trust(call: Call, *, file: str, purpose: str, group: str, crl: str | None) -> Answer:
    rows = anchors.trust(
        _bytes(file),
        purpose=TrustAnchor.Purpose(purpose),
        group=group,
        crl=_bytes(crl) if crl else b"",
        by=call.actor,
        at=call.at,
    )
    return Answer({"added": [row.fingerprint for row in rows]}, "\n".join(f"Believed: {row.subject}" for row in rows))


def server(call: Call, *, cert: str, key: str, profile: int | None) -> Answer:
    profiles = (profile,) if profile else listeners.PROFILES
    row = listeners.install(_bytes(cert), _bytes(key), profiles=profiles, by=call.actor, at=call.at)
    return Answer(
        {"fingerprint": row.fingerprint, "not_after": row.not_after}, f"{row.subject}, until {row.not_after:%Y-%m-%d}"
    )


def issue(call: Call, *, what: str, identity: str, csr: str) -> Answer:  # noqa: ARG001 - the word `station`
    station = registry.find(identity)
    row = station_authority.issue_for_station(station.identity, _bytes(csr), by=call.actor, at=call.at)
    data = _described(row) | {"pem": row.pem, "chain": station_authority.open_authority(at=call.at).pem()}
    return Answer(data, row.pem)


def list_all(_: Call) -> Answer:
    rows = [_described(row) for row in Certificate.objects.all()]
    lines = [f"{row['serial']:40} {row['state']:8} {row['not_after']:%Y-%m-%d} {row['subject']}" for row in rows]
    return Answer(rows, "\n".join(lines) or "No certificate yet.")


def revoke(call: Call, *, what: str, reason: str) -> Answer:
    path = Path(what)
    wanted = reading.fingerprint(reading.certificates(path.read_bytes())[0]) if path.is_file() else what
    row = station_authority.revoke(station_authority.find(wanted), by=call.actor, at=call.at, reason=reason)
    return Answer(_described(row), f"Revoked: {row.subject} ({row.serial})")


def _described(row: Certificate) -> dict[str, Any]:
    return {
        "serial": row.serial,
        "fingerprint": row.fingerprint,
        "subject": row.subject,
        "issuer": row.issuer,
        "purpose": row.purpose,
        "owner": row.owner,
        "not_before": row.not_before,
        "not_after": row.not_after,
        "state": "revoked" if row.revoked_at else "valid",
        "revoked_at": row.revoked_at,
        "reason": row.reason,
    }


def _bytes(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as exc:
        raise Refused("file-unreadable", f"{path} cannot be read: {exc.strerror}") from exc


class Command(Noun):
    help = "Certificates: authorities that are believed, what listeners show, what stations were given."
    verbs = (
        Verb(
            "trust",
            trust,
            "believe the authorities of a file",
            arg("file", metavar="FILE"),
            arg("--for", dest="purpose", choices=TrustAnchor.Purpose.values, required=True),
            arg("--group", default="", metavar="G"),
            arg("--crl", metavar="FILE", help="the revocation list of the authority"),
        ),
        Verb(
            "server",
            server,
            "show this certificate to stations, at once",
            arg("--cert", required=True, metavar="FILE", help="PEM, the listener's certificate first, then its chain"),
            arg("--key", required=True, metavar="FILE", help="PEM, without a passphrase"),
            arg("--profile", type=int, choices=(2, 3), help="only for this listener"),
        ),
        Verb(
            "issue",
            issue,
            "sign a station's request",
            arg("what", choices=("station",), metavar="station"),
            arg("identity", metavar="ID"),
            arg("--csr", required=True, metavar="FILE"),
        ),
        Verb("list", list_all, "all certificates that were issued or installed here"),
        Verb(
            "revoke",
            revoke,
            "cut off whoever uses it",
            arg("what", metavar="FILE|SERIAL"),
            arg("--reason", default="", metavar="R"),
        ),
    )
