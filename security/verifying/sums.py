"""SHA256SUMS: complete, exact, and signed."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from typing import Any

from security.verifying import cms
from security.verifying.container import Bundle
from security.verifying.der import DerError

LINE = re.compile(r"([0-9a-f]{64})  (\S+)")
UNLISTED = ("SHA256SUMS", "SHA256SUMS.p7s", "SHA256SUMS.tsr")


def read_sums(bundle: Bundle) -> dict[str, str]:
    """Name to sum; a list that is not in its one form is a finding."""
    text = bundle.read("SHA256SUMS").decode("utf-8", "replace")
    found: dict[str, str] = {}
    if text and not text.endswith("\n"):
        bundle.report.add("sums-malformed", "SHA256SUMS", why="the last line has no end")
    for number, line in enumerate(text.split("\n")[:-1], 1):
        match = LINE.fullmatch(line)
        if match is None or match[2] in found or match[2] in UNLISTED:
            bundle.report.add("sums-malformed", f"SHA256SUMS line {number}", why=f"line {number}")
        else:
            found[match[2]] = match[1]
    if list(found) != sorted(found):
        bundle.report.add("sums-malformed", "SHA256SUMS", why="the names are not in order")
    return found


def check_members(bundle: Bundle, sums: dict[str, str], known: dict[str, str]) -> None:
    """Compare every member with its sum. `known` holds sums that another pass has computed already."""
    wrong = 0
    for name in bundle.names:
        if name in UNLISTED:
            continue
        if name not in sums:
            bundle.report.add("not-listed", name, name=name)
            wrong += 1
        elif (known.get(name) or sum_of(bundle, name)) != sums[name]:
            bundle.report.add("sum-differs", name, name=name)
            wrong += 1
    for name in sums:
        if name not in bundle:
            bundle.report.add("member-missing", name, name=name)
            wrong += 1
    if sums and not wrong:
        bundle.report.add("sums-good", "SHA256SUMS", count=len(sums))


def sum_of(bundle: Bundle, name: str) -> str:
    digest = hashlib.sha256()
    for piece in bundle.chunks(name):
        digest.update(piece)
    return digest.hexdigest()


def check_signature(bundle: Bundle, authorities: list[Any]) -> None:
    """The CMS signature over SHA256SUMS: its mathematics always, its signer where an authority was given."""
    name, report = "SHA256SUMS.p7s", bundle.report
    if name not in bundle:
        return
    try:
        signed = cms.read_signed(bundle.read(name), bundle.read("SHA256SUMS"))
    except (cms.CmsError, DerError) as exc:
        report.add("signature-broken", name, name=name, why=exc)
        return
    if not authorities:
        report.add("no-authority", name)
        return
    who, at = cms.subject_of(signed.signer), signed.signing_time
    try:
        if at is None:
            raise cms.ForeignSigner("it does not say when it was made")
        cms.trust(signed, authorities, at)
    except cms.ForeignSigner as exc:
        report.add("signer-foreign", name, who=who, why=exc)
        return
    report.add("signer-good", name, who=who, at=when(at))


def when(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S UTC")
