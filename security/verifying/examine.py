"""Examine a bundle: every check, in the order in which they build on each other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.util import find_spec

from security.merkle import policy
from security.merkle.faults import Malformed
from security.verifying import cms, heads, keyhistory, stamps, sums
from security.verifying.brackets import Brackets
from security.verifying.container import UNREADABLE, Bundle
from security.verifying.entries import NAME, Entries, Reading
from security.verifying.findings import Report
from security.verifying.openings import Openings

TOLERANCE = timedelta(minutes=15)


@dataclass(frozen=True)
class Trust:
    """What the examiner holds, by another way than the bundle: its policy, an authority, an earlier checkpoint."""

    policy: bytes | None = None
    authorities: bytes = b""
    previous: bytes | None = None
    tolerance: timedelta = TOLERANCE


class TrustUnreadable(ValueError):
    """What the examiner gave cannot be read: a wrong call, not a wrong bundle."""


def examine(path: str, trust: Trust, *, now: datetime, depth: str = "full", language: str = "en") -> Report:
    """Raise TrustUnreadable where the policy or the authority is malformed, FileNotFoundError without a file."""
    report = Report(language)
    able = find_spec("cryptography") is not None
    rules = _read_policy(trust.policy)
    authorities = _read_authorities(trust.authorities) if able else []
    try:
        bundle = Bundle(path, report)
    except FileNotFoundError:
        raise
    except UNREADABLE as exc:
        report.add("container-damaged", path, why=exc)
        return report
    try:
        _examine(bundle, trust, rules, authorities, able, now, depth)
    finally:
        bundle.close()
    return report


def _read_policy(raw: bytes | None) -> policy.Policy | None:
    if raw is None:
        return None
    try:
        return policy.parse(raw[3:] if raw.startswith(b"\xef\xbb\xbf") else raw)
    except Malformed as exc:
        raise TrustUnreadable(f"the policy cannot be read: {exc}") from exc


def _read_authorities(pem: bytes) -> list[object]:
    try:
        return cms.read_authorities(pem)
    except ValueError as exc:
        raise TrustUnreadable("the authority's certificate cannot be read: it is not PEM") from exc


def _examine(
    bundle: Bundle,
    trust: Trust,
    rules: policy.Policy | None,
    authorities: list[object],
    able: bool,
    now: datetime,
    depth: str,
) -> None:
    report = bundle.report
    if rules is None:
        report.add("no-policy")
    if not able:
        report.add("no-cryptography")
    listed = sums.read_sums(bundle)
    found = heads.read_heads(bundle)
    if able:
        sums.check_signature(bundle, authorities)
        stamps.check_stamps(bundle, found, authorities, now)
    known = {}
    if found is not None and NAME in bundle:
        reading = _examine_book(bundle, found, trust, rules if able else None, depth)
        known = {NAME: reading.sha256}
    sums.check_members(bundle, listed, known)


def _examine_book(bundle: Bundle, found: heads.Heads, trust: Trust, rules: policy.Policy | None, depth: str) -> Reading:
    if rules is not None:
        heads.check_witnesses(bundle, found, rules)
    previous = None if trust.previous is None else heads.read_previous(bundle, found, trust.previous)
    heads.check_consistency(bundle, found)
    openings = Openings(bundle)
    brackets = Brackets(found.times, trust.tolerance)
    reading = Entries(bundle, found, brackets, openings, depth).read()
    openings.finish()
    heads.check_joined(bundle, found)
    if previous is not None:
        agrees = reading.agrees.get(previous.size) if reading.connected or previous.size in reading.agrees else None
        heads.check_previous(bundle, found, previous, agrees)
    if rules is not None:
        keys = keyhistory.read_history(reading.key_events, rules, found.top.origin, bundle.report)
        keyhistory.check_signatures(bundle, found, keys)
    return reading
