"""Read the entries once, in a stream: form, order, book, times, opened fields, and the tree that they make."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from security.merkle import base64text, checkpoint, proof, tree
from security.merkle.canonical import LONGEST
from security.merkle.faults import Malformed, NotCanonical, NotProved
from security.merkle.tree import Edge
from security.verifying.brackets import Brackets, went_back
from security.verifying.container import Bundle
from security.verifying.folding import Fold, leaves_of
from security.verifying.heads import MOST_OF_A_NOTE, Heads
from security.verifying.lines import read_exact, read_json
from security.verifying.openings import Openings

NAME = "entries.jsonl"
DEPTHS = ("integrity", "json", "full")


@dataclass
class Reading:
    """What the entries turned out to be. `agrees[size]`: whether they lead to the head of that size."""

    sha256: str = ""
    count: int = 0
    first: int = 0
    last: int = -1
    connected: bool = False  # a complete run that was shown to lie in the top checkpoint
    agrees: dict[int, bool] = field(default_factory=dict)
    key_events: list[dict[str, Any]] = field(default_factory=list)


def read_edge(bundle: Bundle) -> Edge:
    """Where the run begins: the empty tree, or what edge.txt says."""
    if "edge.txt" not in bundle:
        return Edge()
    lines = bundle.read("edge.txt", MOST_OF_A_NOTE).decode("utf-8", "replace").split("\n")
    try:
        if not lines[0].startswith("size ") or lines.pop() != "":
            raise Malformed("edge", "it does not begin with its size, or its last line has no end")
        size = base64text.number_from_text(lines[0][5:], form="edge")
        return Edge(size, [base64text.hash_from_text(line, form="edge") for line in lines[1:]])
    except (Malformed, NotProved) as exc:
        bundle.report.add("edge-malformed", "edge.txt", why=exc)
        return Edge()


def blocks(bundle: Bundle, digest: Any) -> Iterator[list[bytes]]:
    """Whole lines, many at a time."""
    carry = b""
    for piece in bundle.chunks(NAME):
        digest.update(piece)
        lines = (carry + piece).split(b"\n")
        carry = lines.pop()
        if len(carry) > LONGEST:
            break
        yield lines
    if carry:
        yield [carry, b""]  # never canonical: the finding comes from there


class Entries:
    """One pass over entries.jsonl."""

    def __init__(self, bundle: Bundle, heads: Heads, brackets: Brackets, openings: Openings, depth: str) -> None:
        self.bundle, self.report, self.heads = bundle, bundle.report, heads
        self.brackets, self.openings = brackets, openings
        self.edge = read_edge(bundle)
        self.fold = Fold(self.edge)
        self.wanted = sorted(size for size in heads.roots if size >= self.edge.size)
        self.reading = Reading(first=self.edge.size, last=self.edge.size - 1)
        self.proofs = {
            int(name[len("proofs/inclusion/") : -len(".tlog-proof")]) for name in bundle.under("proofs/incl")
        }
        # Lone entries need their numbers read, so the quick way is for runs only.
        self.depth = "json" if depth == "integrity" and len(self.proofs) > 1 else depth
        self.run = True  # no gap so far
        self.gap: tuple[int, int] | None = None
        self.unproved: int | None = None
        self.last_proof: tuple[int, bytes, list[tuple[bytes, bool, bytes]]] | None = None
        self.book, self.before = "", ""
        self.agreed = self.edge.size

    def read(self) -> Reading:
        digest = hashlib.sha256()
        self._compare()
        for lines in blocks(self.bundle, digest):
            leaves = leaves_of(lines)
            if self.depth == "integrity":
                self.reading.count += len(lines)
                self.reading.last += len(lines)
                self._prove_last(lines, leaves)
            else:
                self._look_at(lines, leaves)
            if self.run:
                self._fold(leaves)
        self.reading.sha256 = digest.hexdigest()
        self._finish()
        return self.reading

    # ── each entry ───────────────────────────────────────────────────────────────────────────────────────────────

    def _look_at(self, lines: list[bytes], leaves: list[bytes]) -> None:
        read = read_exact if self.depth == "full" else read_json
        reading, exact, proofs, openings = self.reading, self.depth == "full", self.proofs, self.openings.waiting
        for place, line in enumerate(lines):
            expected = reading.last + 1
            try:
                entry = read(line)
            except NotCanonical as exc:
                self.report.add(
                    "entry-malformed", f"{NAME} line {reading.count + 1}", sequence=expected, why=exc.detail
                )
                reading.count, reading.last = reading.count + 1, expected
                continue
            sequence = entry["sequence"]
            if sequence != expected:
                self._step(expected, sequence)
            reading.count, reading.last = reading.count + 1, sequence
            if sequence in proofs:
                self._prove(sequence, leaves[place])
            elif self.unproved is None:
                self.unproved = sequence
            if exact:
                self._look_closer(entry, sequence)
            if sequence in openings:
                self.openings.check(sequence, entry["payload"])

    def _step(self, expected: int, sequence: int) -> None:
        if self.reading.count == 0:
            self.reading.first = sequence
        self.run = False
        self.gap = self.gap or (expected, sequence)
        if sequence < expected and self.reading.count:
            self.report.add("entry-gap", f"{NAME} line {self.reading.count + 1}", expected=expected, sequence=sequence)

    def _look_closer(self, entry: dict[str, Any], sequence: int) -> None:
        stated = entry["at"]
        if stated < self.before and went_back(self.before, stated):
            self.report.add("time-regressed", f"entry {sequence}", sequence=sequence, at=stated, before=self.before)
        self.before = stated
        if sequence >= self.brackets.until:
            self.brackets.move(sequence)
        if not self.brackets.low <= stated <= self.brackets.high:
            self._doubt(stated, sequence)
        if entry["book"] != self.book:
            self._look_at_book(entry["book"], sequence)
        if entry["kind"].startswith("key.") or sequence == 0:
            self.reading.key_events.append(entry)

    def _look_at_book(self, book: str, sequence: int) -> None:
        origin = self.heads.top.origin
        if not self.book and (origin == book or origin.endswith("/" + book)):
            self.book = book
        else:
            expected = self.book or origin
            self.report.add("entry-elsewhere", f"entry {sequence}", sequence=sequence, book=book, expected=expected)

    def _doubt(self, stated: str, sequence: int) -> None:
        where, limits = f"entry {sequence}", self.brackets
        if stated < limits.low:
            size = limits.covered()
            self.report.add("time-before-anchor", where, sequence=sequence, at=stated, size=size, limit=limits.low)
        else:
            self.report.add("time-after-anchor", where, sequence=sequence, at=stated, limit=limits.high)

    # ── proofs of single entries ─────────────────────────────────────────────────────────────────────────────────

    def _prove_last(self, lines: list[bytes], leaves: list[bytes]) -> None:
        if self.reading.last in self.proofs and lines:
            self._prove(self.reading.last, leaves[-1])

    def _prove(self, sequence: int, leaf: bytes) -> None:
        name = f"proofs/inclusion/{sequence}.tlog-proof"
        self.proofs.discard(sequence)
        try:
            read = proof.parse(self.bundle.read(name, MOST_OF_A_NOTE))
            head = checkpoint.parse(read.note.text)
            if read.index != sequence:
                raise NotProved(f"it is one of entry {read.index}")
            if head.origin != self.heads.top.origin or self.heads.roots.get(head.size) != head.root:
                raise NotProved("it leads to a checkpoint that is not in the bundle")
            steps = tree.inclusion_steps(leaf, sequence, head.size, read.hashes)
            if (steps[-1][2] if steps else leaf) != head.root:
                raise NotProved(f"entry {sequence} is not the one that is in the book")
            if head.size == self.heads.top.size:
                self.last_proof = (sequence, leaf, steps)
            elif head.size not in self.heads.joined:
                self.unproved = sequence if self.unproved is None else self.unproved
        except Malformed as exc:
            self.report.add("proof-malformed", name, name=name, why=exc)
        except NotProved as exc:
            self.report.add("proof-fails", name, name=name, why=exc)

    # ── the tree ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _fold(self, leaves: list[bytes]) -> None:
        while self.wanted and self.wanted[0] <= self.fold.size + len(leaves):
            cut = self.wanted[0] - self.fold.size
            self.fold.extend(leaves[:cut])
            leaves = leaves[cut:]
            self._compare()
        self.fold.extend(leaves)

    def _compare(self) -> None:
        if not self.wanted or self.wanted[0] != self.fold.size:
            return
        size = self.wanted.pop(0)
        self.reading.agrees[size] = self.fold.root() == self.heads.roots[size]
        if self.reading.agrees[size]:
            self.agreed = size
        elif size in self.heads.names:
            name, span = self.heads.names[size], f"{self.agreed}–{size - 1}"
            self.report.add("root-differs", f"entries {span}", size=size, name=name, span=span)

    # ── the end ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _finish(self) -> None:
        reading, top = self.reading, self.heads.top
        if reading.last >= top.size:
            self.report.add("beyond-head", NAME, sequence=reading.last, size=top.size)
        elif self.run:
            self._finish_run()
        elif self.unproved is not None:
            expected, sequence = self.gap or (0, 0)
            self.report.add("entry-gap", f"entry {sequence}", expected=expected, sequence=sequence)
            self.report.add("entry-unproved", f"entry {self.unproved}", sequence=self.unproved)
        else:
            self.report.add("selection-good", NAME, count=reading.count, size=top.size)
            self.report.add("selection-limits", NAME)
        for sequence in sorted(self.proofs):
            name = f"proofs/inclusion/{sequence}.tlog-proof"
            self.report.add("proof-fails", name, name=name, why="its entry is not in the bundle")
        if self.depth != "full":
            self.report.add("canonical-unchecked", NAME, depth=self.depth)

    def _finish_run(self) -> None:
        reading, size = self.reading, self.fold.size
        agrees = reading.agrees.get(size)
        if size != self.heads.top.size and not (agrees and size in self.heads.joined):
            agrees = self._ends_inside()
        if agrees:
            reading.connected = True
            self.heads.joined |= {known for known, good in reading.agrees.items() if good}
            if reading.count:
                self.report.add("range-good", NAME, count=reading.count, first=reading.first, last=reading.last)
            else:
                self.report.add("no-entries", NAME)
        elif agrees is None:
            self.report.add("end-missing", NAME, last=reading.last, size=self.heads.top.size)

    def _ends_inside(self) -> bool | None:
        """A run that ends before the top: the proof of its last entry must rest on exactly the run's own subtrees.

        The left hashes of an inclusion proof are the complete subtrees of all entries before it, which is what the
        fold held one entry ago; so this one proof ties the whole run to the checkpoint. None: there is no such proof.
        """
        if self.last_proof is None or self.last_proof[0] != self.reading.last:
            return None
        index, leaf, steps = self.last_proof
        rebuilt = Edge(index, [given for given, on_left, _ in reversed(steps) if on_left])
        rebuilt.append(leaf)
        if rebuilt.hashes == self.fold.edge().hashes:
            return True
        self.report.add("edge-fails", "edge.txt" if self.edge.size else NAME)
        return False
