"""C2SP tlog-proof: the proof for one entry together with the checkpoint it leads to; self-contained and offline."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from security.merkle import base64text, checkpoint, note, tree
from security.merkle.faults import Malformed
from security.merkle.note import Note, Signature, Verify, Vkey

HEADER = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True)
class TlogProof:
    """`extra` is not covered by any signature and must not be trusted; None means that the line is absent."""

    index: int
    hashes: tuple[bytes, ...]
    note: Note
    extra: bytes | None = None

    def to_text(self) -> str:
        lines = [HEADER]
        if self.extra is not None:
            lines.append(f"extra {base64text.to_text(self.extra)}")
        lines.append(f"index {self.index}")
        lines += [base64text.to_text(value) for value in self.hashes]
        return "".join(line + "\n" for line in lines) + "\n" + self.note.to_text()


def parse(raw: bytes) -> TlogProof:
    try:
        head, _, tail = raw.decode("utf-8").partition("\n\n")
    except UnicodeDecodeError as exc:
        raise Malformed("tlog-proof", "not UTF-8") from exc
    lines = head.split("\n")
    if lines.pop(0) != HEADER or not lines:
        raise Malformed("tlog-proof", "the first line is another")
    extra = None
    if lines[0].startswith("extra "):
        extra = base64text.from_text(lines.pop(0)[6:], form="tlog-proof")
    if not lines or not lines[0].startswith("index "):
        raise Malformed("tlog-proof", "no index line")
    index = base64text.number_from_text(lines.pop(0)[6:], form="tlog-proof")
    hashes = tuple(base64text.hash_from_text(line, form="tlog-proof") for line in lines)
    proof = TlogProof(index, hashes, note.parse(tail.encode("utf-8")), extra)
    if proof.to_text().encode("utf-8") != raw:
        raise Malformed("tlog-proof", "not the canonical spelling")
    return proof


def check(proof: TlogProof, entry: bytes, keys: Iterable[Vkey], verify: Verify) -> list[tuple[Vkey, Signature]]:
    """The good signatures over the checkpoint; raise NotProved unless the entry is in the tree that it heads."""
    signatures = note.verified(proof.note, keys, verify)
    head = checkpoint.parse(proof.note.text)
    tree.check_inclusion(tree.leaf_hash(entry), index=proof.index, size=head.size, proof=proof.hashes, root=head.root)
    return signatures
