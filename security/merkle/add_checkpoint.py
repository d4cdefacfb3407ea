"""The body of tlog-witness `add-checkpoint`: the size that the witness knows, a proof from there, the checkpoint."""

from __future__ import annotations

from dataclasses import dataclass

from security.merkle import base64text, note
from security.merkle.faults import Malformed
from security.merkle.note import Note

MOST_HASHES = 63


@dataclass(frozen=True)
class AddCheckpoint:
    old: int
    hashes: tuple[bytes, ...]
    note: Note

    def to_text(self) -> str:
        lines = [f"old {self.old}", *(base64text.to_text(value) for value in self.hashes)]
        return "".join(line + "\n" for line in lines) + "\n" + self.note.to_text()


def parse(raw: bytes) -> AddCheckpoint:
    try:
        head, _, tail = raw.decode("utf-8").partition("\n\n")
    except UnicodeDecodeError as exc:
        raise Malformed("add-checkpoint", "not UTF-8") from exc
    lines = head.split("\n")
    if not lines[0].startswith("old ") or len(lines) > MOST_HASHES + 1:
        raise Malformed("add-checkpoint", "no old size, or too many hashes")
    old = base64text.number_from_text(lines[0][4:], form="add-checkpoint")
    hashes = tuple(base64text.hash_from_text(line, form="add-checkpoint") for line in lines[1:])
    body = AddCheckpoint(old, hashes, note.parse(tail.encode("utf-8")))
    if body.to_text().encode("utf-8") != raw:
        raise Malformed("add-checkpoint", "not the canonical spelling")
    return body
