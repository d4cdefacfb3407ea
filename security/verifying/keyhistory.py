"""Which log key may have signed which checkpoint: the policy's, and what the key entries of the book add and end."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from security.merkle import note
from security.merkle.faults import NotProved
from security.merkle.note import ED25519, Vkey
from security.merkle.policy import Policy
from security.verifying.brackets import FORM
from security.verifying.container import Bundle
from security.verifying.ed25519 import verify_ed25519
from security.verifying.findings import NOTE, Report
from security.verifying.heads import Heads, head_names, read_note


@dataclass
class Ending:
    """`after` is None for a retirement; for a revocation the time from which its signatures count no more."""

    sequence: int
    after: datetime | None = None


@dataclass
class Keys:
    """`known` grows with the entries; `ended` says from which entry on a key has no business signing."""

    known: list[Vkey]
    introduced: list[tuple[int, Vkey]] = field(default_factory=list)
    ended: dict[str, Ending] = field(default_factory=dict)
    recovery: Vkey | None = None


def read_history(events: list[dict[str, Any]], policy: Policy, origin: str, report: Report) -> Keys:
    keys = Keys(policy.keys_for(origin))
    for entry in events:
        try:
            _READERS.get(entry["kind"], _pass)(entry, keys, report)
        except (KeyError, TypeError, ValueError) as exc:
            where = f"entry {entry['sequence']}"
            report.add(
                "entry-malformed", where, sequence=entry["sequence"], why=f"a key entry that cannot be read: {exc}"
            )
    return keys


def _pass(entry: dict[str, Any], keys: Keys, report: Report) -> None:
    """Another kind about keys: not ours to judge."""


def _introduced(entry: dict[str, Any], keys: Keys, report: Report) -> None:
    payload, sequence = entry["payload"], entry["sequence"]
    vkey = note.parse_vkey(payload["vkey"])
    if vkey.algorithm != ED25519:
        return
    if not verify_ed25519(vkey.key, bytes.fromhex(payload["proof"]), introduction(vkey)):
        report.add("key-unproved", f"entry {sequence}", sequence=sequence)
        return
    report.add("key-introduced", f"entry {sequence}", sequence=sequence, key=vkey.text())
    keys.introduced.append((sequence, vkey))


def _retired(entry: dict[str, Any], keys: Keys, _: Report) -> None:
    vkey = note.parse_vkey(entry["payload"]["vkey"])
    keys.ended.setdefault(vkey.text(), Ending(entry["sequence"]))


def _revoked(entry: dict[str, Any], keys: Keys, report: Report) -> None:
    payload, sequence = entry["payload"], entry["sequence"]
    vkey, until = note.parse_vkey(payload["vkey"]), payload["not_after"]
    statement = f"meridian key revoked v1\n{vkey.name}\n{vkey.text()}\n{until}\n".encode("utf-8")
    if keys.recovery and not verify_ed25519(keys.recovery.key, bytes.fromhex(payload["signature"]), statement):
        report.add("revocation-unproved", f"entry {sequence}", sequence=sequence)
        return
    after = datetime.strptime(until, FORM).replace(tzinfo=timezone.utc)
    keys.ended[vkey.text()] = Ending(sequence, after)


def _opened(entry: dict[str, Any], keys: Keys, _: Report) -> None:
    """Entry 0 names the recovery key, the only one that may revoke another."""
    if entry["sequence"] == 0 and "recovery" in entry["payload"]:
        keys.recovery = note.parse_vkey(entry["payload"]["recovery"])


_READERS = {
    "book.opened": _opened,
    "key.introduced": _introduced,
    "key.retired": _retired,
    "key.revoked": _revoked,
}


def introduction(vkey: Vkey) -> bytes:
    """What a new key signs to show that somebody holds it."""
    return f"meridian key introduced v1\n{vkey.name}\n{vkey.text()}\n".encode("utf-8")


# ── the checkpoints under it ─────────────────────────────────────────────────────────────────────────────────────


def check_signatures(bundle: Bundle, heads: Heads, keys: Keys) -> None:
    """Walk from small to large; a key that an entry introduced counts once a trusted key has sealed that entry."""
    if not keys.known:
        bundle.report.add("origin-unknown", "checkpoint", origin=heads.top.origin)
        return
    waiting, good = sorted(keys.introduced, key=lambda one: one[0]), 0
    for name in head_names(bundle):
        read = read_note(bundle, name)
        if read is None:
            continue
        size = read[1].size
        try:
            signers = _signers(read[0], keys.known)
        except NotProved as exc:
            bundle.report.add("head-signature-bad", name, name=name, why=exc)
            continue
        if not signers:
            bundle.report.add("head-unsigned", name, _weight(heads, size), name=name)
        elif _allowed(bundle, heads, keys, signers, name, size):
            good += name == heads.names.get(size)
            while waiting and waiting[0][0] < size:
                keys.known.append(waiting.pop(0)[1])
    if good:
        bundle.report.add("heads-good", "checkpoint", count=good, size=heads.top.size)


def _signers(read: note.Note, known: list[Vkey]) -> list[Vkey]:
    names = {(key.name, key.id) for key in known}
    if not any((one.name, one.key_id) in names for one in read.signatures):
        return []
    return [key for key, _ in note.verified(read, known, verify_ed25519)]


def _allowed(bundle: Bundle, heads: Heads, keys: Keys, signers: list[Vkey], name: str, size: int) -> bool:
    """Whether one of the signers was in service. The first checkpoint over the end of a key may still carry it."""
    endings = [keys.ended.get(key.text()) for key in signers]
    sealed = [known for known in sorted(heads.roots) if known in heads.names]
    for ending in endings:
        if ending is None or size <= ending.sequence:
            return True
        if ending.after is None and size == min(known for known in sealed if known > ending.sequence):
            return True
        limit = ending.after
        if limit is not None and any(at <= limit for known, at in heads.times if known >= size):
            return True
    last = next(ending for ending in endings if ending is not None)
    if last.after is None:
        bundle.report.add("key-retired", name, name=name, sequence=last.sequence)
    else:
        bundle.report.add("key-revoked", name, _weight(heads, size), name=name, sequence=last.sequence)
    return False


def _weight(heads: Heads, size: int) -> str:
    """An older head that the top one is shown to extend needs no signature of its own: the top one's covers it."""
    return NOTE if size != heads.top.size and size in heads.joined else ""
