"""What a witness answers to `add-checkpoint` (C2SP tlog-witness), as a function of what it knows. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from security.merkle import add_checkpoint, checkpoint, note, tree
from security.merkle.checkpoint import Checkpoint
from security.merkle.faults import Malformed, NotProved
from security.merkle.note import Note, Verify, Vkey

SIZE = "text/x.tlog.size"
TEXT = "text/plain; charset=utf-8"


class Refusal(Exception):
    def __init__(self, status: int, body: str, kind: str = TEXT) -> None:
        super().__init__(body)
        self.status, self.body, self.kind = status, body, kind


@dataclass(frozen=True)
class Submitted:
    old: int
    hashes: tuple[bytes, ...]
    note: Note
    head: Checkpoint


def read(raw: bytes) -> Submitted:
    try:
        body = add_checkpoint.parse(raw)
        return Submitted(body.old, body.hashes, body.note, checkpoint.parse(body.note.text))
    except Malformed as exc:
        raise Refusal(400, f"{exc}\n") from exc


def check_signed(given: Submitted, keys: list[Vkey], verify: Verify) -> None:
    """404 where no key is trusted for this origin, 403 where none of them signed."""
    if not keys:
        raise Refusal(404, "unknown origin\n")
    try:
        note.verified(given.note, keys, verify)
    except NotProved as exc:
        raise Refusal(403, f"{exc}\n") from exc


def check_extends(given: Submitted, known: Checkpoint | None) -> None:
    """Raise Refusal unless the submitted head extends what we know. Call it under the lock of the origin.

    What we know first: a wrong old size is answered with the right one before the proof is looked at.
    """
    if given.old > given.head.size:
        raise Refusal(400, "the old size is beyond the checkpoint\n")
    size = known.size if known else 0
    if given.old != size:
        raise Refusal(409, f"{size}\n", SIZE)
    old_root = known.root if known else tree.EMPTY_ROOT
    if given.head.size == 0 and given.head.root != tree.EMPTY_ROOT:
        raise Refusal(422, "size 0 with the root of another tree\n")
    try:
        tree.check_consistency(
            old=size, old_root=old_root, new=given.head.size, new_root=given.head.root, proof=given.hashes
        )
    except NotProved as exc:
        raise Refusal(422, f"{exc}\n") from exc
