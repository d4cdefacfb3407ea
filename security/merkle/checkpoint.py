"""C2SP tlog-checkpoint: the head of a log book, as the text of a signed note."""

from __future__ import annotations

from dataclasses import dataclass

from security.merkle import base64text
from security.merkle.faults import Malformed


@dataclass(frozen=True)
class Checkpoint:
    """`extensions` are further lines; we write none, because nobody can audit them, and keep those of others."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def text(self) -> str:
        lines = [self.origin, str(self.size), base64text.to_text(self.root), *self.extensions]
        return "".join(line + "\n" for line in lines)


def parse(text: str) -> Checkpoint:
    """Raise Malformed unless writing the checkpoint back gives the same text."""
    lines = text.split("\n")
    if len(lines) < 4 or lines.pop() != "" or not all(lines):
        raise Malformed("checkpoint", "fewer than three lines, an empty line, or no line end")
    size = base64text.number_from_text(lines[1], form="checkpoint")
    checkpoint = Checkpoint(lines[0], size, base64text.hash_from_text(lines[2], form="checkpoint"), tuple(lines[3:]))
    if checkpoint.text() != text:
        raise Malformed("checkpoint", "not the canonical spelling")
    return checkpoint
