"""RFC 3161 time stamps in the bundle: over what, when, and by whom."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from security.verifying import cms
from security.verifying.container import Bundle
from security.verifying.der import DerError
from security.verifying.heads import Heads, head_names, read_note
from security.verifying.sums import when

MOST_OF_A_TOKEN = 1 << 20
AHEAD = timedelta(minutes=10)


def check_stamps(bundle: Bundle, heads: Heads | None, authorities: list[Any], now: datetime) -> None:
    """Check each token; those by a trusted authority over a checkpoint are attested times of the book."""
    more = list(_chains(bundle))
    for name in [*bundle.under("tsa/"), "SHA256SUMS.tsr"]:
        if not name.endswith(".tsr") or name not in bundle:
            continue
        try:
            stamp = cms.read_stamp(bundle.read(name, MOST_OF_A_TOKEN))
        except (cms.CmsError, DerError, ValueError) as exc:
            bundle.report.add("stamp-broken", name, name=name, why=exc)
            continue
        thing, size = _stamped(bundle, name, stamp)
        if not thing:
            bundle.report.add("stamp-elsewhere", name, name=name)
        elif _trusted(bundle, name, stamp, authorities, more, now):
            who, at = cms.subject_of(stamp.signed.signer), when(stamp.at)
            bundle.report.add("stamp-good", name, thing=thing, at=at, who=who)
            if heads is not None and size is not None:
                heads.times.append((size, stamp.at))


def _chains(bundle: Bundle) -> Iterator[Any]:
    """Certificates that travel along: they may link, never found, a chain."""
    for name in bundle.under("tsa/"):
        if name.endswith(".pem"):
            try:
                yield from cms.read_authorities(bundle.read(name, MOST_OF_A_TOKEN))
            except Exception as exc:  # many kinds from `cryptography`; the file is listed in SHA256SUMS and may be read
                bundle.report.add("stamp-broken", name, name=name, why=exc)


def _stamped(bundle: Bundle, name: str, stamp: cms.Stamp) -> tuple[str, int | None]:
    """The thing whose bytes were stamped, and its size where it is a checkpoint; ("", None) when it is not here."""
    if name == "SHA256SUMS.tsr":
        return ("SHA256SUMS", None) if cms.stamps(stamp, bundle.read("SHA256SUMS")) else ("", None)
    stem = name[len("tsa/") :]
    near = [head for head in head_names(bundle) if stem.startswith(head.split("/")[-1].split(".")[0])]
    for head in [*near, *(other for other in head_names(bundle) if other not in near)]:
        whole = bundle.read(head, MOST_OF_A_TOKEN)
        text = whole[: whole.rfind(b"\n\n") + 1]
        if stamp.digest in (hashlib.new(stamp.digest_name, part).digest() for part in (text, whole)):
            read = read_note(bundle, head)
            return head, read[1].size if read else None
    return "", None


def _trusted(
    bundle: Bundle, name: str, stamp: cms.Stamp, authorities: list[Any], more: list[Any], now: datetime
) -> bool:
    who = cms.subject_of(stamp.signed.signer)
    if stamp.at > now + AHEAD:
        bundle.report.add("stamp-future", name, name=name, at=when(stamp.at))
        return False
    try:
        if not authorities:
            raise cms.ForeignSigner("no authority was given (--ca)")
        cms.trust(stamp.signed, authorities, stamp.at, purpose=cms.TIME_STAMPING, more=more)
    except cms.ForeignSigner as exc:
        bundle.report.add("stamp-foreign", name, name=name, who=who, why=exc)
        return False
    return True
