"""The checkpoints of a bundle: one form, one book, signed by the right key, each extending the one before."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timezone

from security.merkle import add_checkpoint, checkpoint, cosignature, note, tree
from security.merkle.checkpoint import Checkpoint
from security.merkle.faults import Malformed, NotProved
from security.merkle.note import COSIGNATURE, Note, Vkey
from security.merkle.policy import Policy
from security.verifying.container import Bundle
from security.verifying.ed25519 import verify_ed25519
from security.verifying.sums import when

MOST_OF_A_NOTE = 1 << 20


@dataclass
class Heads:
    """What the checkpoints say. `times` are attested by others: (size, time), witnesses and time stamps alike."""

    top: Checkpoint
    roots: dict[int, bytes]  # every head that is known, by size
    names: dict[int, str]
    joined: set[int] = field(default_factory=set)  # sizes shown to be beginnings of `top`
    times: list[tuple[int, datetime]] = field(default_factory=list)


def read_note(bundle: Bundle, name: str) -> tuple[Note, Checkpoint] | None:
    raw = bundle.read(name, MOST_OF_A_NOTE)
    try:
        read = note.parse(raw)
        return read, checkpoint.parse(read.text)
    except Malformed as exc:
        bundle.report.add("head-malformed", name, name=name, why=exc)
        return None


def head_names(bundle: Bundle) -> list[str]:
    return [name for name in [*bundle.under("checkpoints/"), "checkpoint"] if name in bundle]


def read_heads(bundle: Bundle) -> Heads | None:
    """All checkpoints, checked for form and against each other; None when there is none to stand on."""
    found = read_note(bundle, "checkpoint") if "checkpoint" in bundle else None
    if found is None:
        return None
    top = found[1]
    heads = Heads(top, {top.size: top.root}, {top.size: "checkpoint"}, {top.size})
    for name in bundle.under("checkpoints/"):
        read = read_note(bundle, name)
        if read is None:
            continue
        head = read[1]
        if name != f"checkpoints/{head.size:010d}.txt":
            bundle.report.add("head-misnamed", name, name=name, size=head.size)
        elif head.origin != top.origin:
            bundle.report.add("head-elsewhere", name, name=name, origin=head.origin)
        elif head.size > top.size:
            bundle.report.add("head-beyond", name, name=name)
        elif heads.roots.setdefault(head.size, head.root) != head.root:
            bundle.report.add("two-roots", name, size=head.size)
        else:
            heads.names.setdefault(head.size, name)
    return heads


def check_consistency(bundle: Bundle, heads: Heads) -> None:
    """Check every consistency proof, and note which heads they join with the top one."""
    joins: dict[int, set[int]] = {}
    for name in bundle.under("proofs/consistency/"):
        try:
            body = add_checkpoint.parse(bundle.read(name, MOST_OF_A_NOTE))
            new = checkpoint.parse(body.note.text)
            if name != f"proofs/consistency/{body.old}-{new.size}.txt":
                raise NotProved("its name says other sizes")
            if heads.roots.get(new.size) != new.root or new.origin != heads.top.origin:
                raise NotProved("it leads to a checkpoint that is not in the bundle")
            old_root = tree.EMPTY_ROOT if body.old == 0 else heads.roots.get(body.old)
            if old_root is None:
                raise NotProved("it begins at a checkpoint that is not in the bundle")
            tree.check_consistency(old=body.old, old_root=old_root, new=new.size, new_root=new.root, proof=body.hashes)
            joins.setdefault(new.size, set()).add(body.old)
        except Malformed as exc:
            bundle.report.add("proof-malformed", name, name=name, why=exc)
        except NotProved as exc:
            bundle.report.add("proof-fails", name, name=name, why=exc)
    waiting = [heads.top.size]
    while waiting:
        reached = joins.pop(waiting.pop(), set()) - heads.joined
        heads.joined |= reached
        waiting += reached


def check_joined(bundle: Bundle, heads: Heads) -> None:
    """After the entries were read: is every head shown to be a beginning of the top one?"""
    for size in sorted(set(heads.names) - heads.joined):
        bundle.report.add("proof-missing", heads.names[size], size=size, head=heads.top.size)


# ── witnesses ────────────────────────────────────────────────────────────────────────────────────────────────────


def good_cosignatures(read: Note, witnesses: list[Vkey]) -> list[tuple[Vkey, datetime]]:
    """Raise NotProved where a known witness's signature does not fit."""
    known = {(key.name, key.id) for key in witnesses}
    if not any((one.name, one.key_id) in known for one in read.signatures):
        return []
    found = []
    for key, signature in note.verified(read, witnesses, verify_ed25519):
        seconds = cosignature.split(signature.body)[0]
        found.append((key, datetime.fromtimestamp(min(seconds, 253402300799), timezone.utc)))
    return found


def check_witnesses(bundle: Bundle, heads: Heads, policy: Policy) -> None:
    witnesses = [key for key in policy.witnesses.values() if key.algorithm == COSIGNATURE]
    for name in head_names(bundle):
        read = read_note(bundle, name)
        if read is None:
            continue
        try:
            good = good_cosignatures(read[0], witnesses)
        except NotProved as exc:
            bundle.report.add("head-signature-bad", name, name=name, why=exc)
            continue
        heads.times += [(read[1].size, at) for _, at in good]
        if name == "checkpoint":
            for key, at in good:
                bundle.report.add("witness-good", name, who=key.name, at=when(at))
            if policy.quorum == "none":
                bundle.report.add("no-witness", name)
            elif not policy.quorum_reached([key for key, _ in good]):
                bundle.report.add("quorum-missed", name)


# ── an earlier checkpoint that the auditor holds ─────────────────────────────────────────────────────────────────


def read_previous(bundle: Bundle, heads: Heads, raw: bytes) -> Checkpoint | None:
    """Take the auditor's own earlier checkpoint into account; what it says weighs more than the bundle."""
    try:
        previous = checkpoint.parse(note.parse(raw.replace(b"\r\n", b"\n")).text)
    except Malformed as exc:
        bundle.report.add("previous-malformed", "", why=exc)
        return None
    if previous.origin != heads.top.origin:
        bundle.report.add("previous-malformed", "", why=f"it is one of the book {previous.origin}")
        return None
    if previous.size > heads.top.size:
        bundle.report.add("previous-longer", "checkpoint", old=previous.size, new=heads.top.size)
        return None
    if heads.roots.setdefault(previous.size, previous.root) != previous.root:
        bundle.report.add("previous-differs", "checkpoint", old=previous.size)
        return None
    return previous


def check_previous(bundle: Bundle, heads: Heads, previous: Checkpoint, agrees: bool | None) -> None:
    """`agrees`: what the entries themselves said about its root; None when they could not say."""
    if agrees is False:
        bundle.report.add("previous-differs", "entries.jsonl", old=previous.size)
    elif agrees or previous.size in heads.joined:
        bundle.report.add("previous-good", "checkpoint", old=previous.size)
    else:
        bundle.report.add("previous-unproved", "checkpoint", old=previous.size)
