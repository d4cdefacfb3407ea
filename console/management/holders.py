"""The verbs of `manage.py logbook` for those who hold the seals as well: witnesses and time-stamp authorities."""

from pathlib import Path
from urllib.parse import urlsplit

from django.db import IntegrityError

from console.management.nouns import Answer, Call, Refused, Verb, arg
from security import anchoring
from security.merkle.faults import Malformed
from security.models import TimestampAuthority, Witness


def add_witness(call: Call, *, name: str, vkey: str, url: str) -> Answer:
    _check_url(url)
    try:
        witness = anchoring.add_witness(name, vkey, url, actor=call.actor, at=call.at)
    except Malformed as exc:
        raise Refused("vkey-unreadable", f"--vkey is not a key in the form name+id+key: {exc}") from exc
    except IntegrityError as exc:
        raise Refused("holder-exists", f"there is a witness {name!r} already") from exc
    return Answer({"name": name, "vkey": witness.vkey, "url": url}, f"{name} is asked to sign every seal from now on.")


def add_timestamps(call: Call, *, name: str, url: str, ca: str, interval: int) -> Answer:
    _check_url(url)
    try:
        chain = Path(ca).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as exc:
        raise Refused("file-unreadable", f"{ca} cannot be read as PEM: {exc}") from exc
    try:
        anchoring.add_authority(name, url, chain, interval_s=interval, actor=call.actor, at=call.at)
    except IntegrityError as exc:
        raise Refused("holder-exists", f"there is an authority {name!r} already") from exc
    data = {"name": name, "url": url, "interval_s": interval}
    return Answer(data, f"{name} is asked for a time stamp every {interval} s when there is a new seal.")


def holders(_: Call) -> Answer:
    rows: list[dict[str, object]] = [
        {"kind": "witness", "name": row.name, "vkey": row.vkey, "url": row.url}
        for row in Witness.objects.order_by("pk")
    ]
    rows += [
        {"kind": "timestamps", "name": row.name, "url": row.url, "interval_s": row.interval_s}
        for row in TimestampAuthority.objects.order_by("pk")
    ]
    return Answer(rows, "\n".join(f"{row['kind']:11} {row['name']:24} {row['url']}" for row in rows) or "Nobody yet.")


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Refused("address-unreadable", f"{url!r} is no address: give one such as https://witness.example.org/log")


NAME = arg("name", metavar="NAME")
ADD_WITNESS = Verb(
    "add-witness",
    add_witness,
    "have somebody else sign every seal (C2SP tlog-witness)",
    NAME,
    arg("--vkey", required=True, help="the witness's public key, as it prints it"),
    arg("--url", required=True, help="its submission prefix"),
)
ADD_TIMESTAMPS = Verb(
    "add-timestamps",
    add_timestamps,
    "have an authority stamp the seals (RFC 3161)",
    NAME,
    arg("--url", required=True),
    arg("--ca", required=True, metavar="FILE", help="the certificates that its stamps are checked against, PEM"),
    arg("--interval", type=int, default=3600, metavar="S", help="at most one stamp in so many seconds"),
)
HOLDERS = Verb("holders", holders, "who else holds the seals")
