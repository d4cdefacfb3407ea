"""A log book in memory: it is sealed, witnessed, exported, and tampered with in each way that an administrator has."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from security.bundling.source import Opened, Sealed, Span, Token
from security.merkle import cosignature, note, policy, tree
from security.merkle.checkpoint import Checkpoint
from security.merkle.note import COSIGNATURE, ED25519, Note, Signature, Vkey

START = datetime(2026, 6, 1, tzinfo=UTC)
FORM = "%Y-%m-%dT%H:%M:%S.%fZ"
CLOCK = {"boot": "b", "bound_ns": 1_842_000, "monotonic_ns": 1, "source": "kernel", "state": "synchronised"}


class Signing:
    """An Ed25519 key that signs notes under a name."""

    def __init__(self, name: str, algorithm: int = ED25519) -> None:
        self.private = Ed25519PrivateKey.generate()
        self.vkey = Vkey(name, algorithm, self.private.public_key().public_bytes_raw())

    def sign(self, text: str) -> Signature:
        return note.sign(text, self.vkey, self.private.sign)

    def cosign(self, text: str, at: datetime) -> Signature:
        body = cosignature.make(time=int(at.timestamp()), text=text, sign=self.private.sign)
        return Signature(self.vkey.name, self.vkey.id, body)


class PaperBook:
    """`security.bundling.source.Source` over a list."""

    def __init__(self, book: str = "metrological", host: str = "example.org") -> None:
        self.book, self.origin = book, f"{host}/log/{book}"
        self.entries: list[bytes] = []
        self.heads: list[Sealed] = []
        self.key = Signing(self.origin)
        self.signers = [self.key]
        self.witnesses = [Signing(f"witness{n}.example", COSIGNATURE) for n in (1, 2)]
        self.kept: list[Opened] = []
        self.stamps: list[Token] = []
        self.pems: list[tuple[str, bytes]] = []
        self.records: list[tuple[str, bytes]] = []

    def append(self, kind: str = "clock.adjusted", payload: dict[str, Any] | None = None, **members: Any) -> int:
        sequence = len(self.entries)
        entry = {
            "actor": "station:DE*ABC*E0001",
            "at": (START + timedelta(minutes=sequence)).strftime(FORM),
            "book": self.book,
            "clock": CLOCK,
            "kind": kind,
            "payload": {"delta_ns": (sequence - 5) * 700_000_000, "method": "OCPP"} if payload is None else payload,
            "sequence": sequence,
            "subject": f"station:DE*ABC*E{sequence % 3:04d}",
            **members,
        }
        line = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        self.entries.append(line.encode("utf-8"))
        return sequence

    def commit(self, name: str, value: str) -> int:
        salt = sha256(value.encode()).digest()
        made = sha256(b"\x02" + salt + name.encode() + b"\0" + value.encode()).hexdigest()
        sequence = self.append("operator.named", {name: {"commitment": made}})
        self.kept.append(Opened(sequence, name, salt, value))
        return sequence

    def grow(self, count: int) -> "PaperBook":
        for _ in range(count):
            self.append()
        return self

    def root(self) -> bytes:
        edge = tree.Edge()
        for line in self.entries:
            edge.append(tree.leaf_hash(line))
        return edge.root()

    def seal(self, *, witnessed: int = 2, at: datetime | None = None) -> Sealed:
        text = Checkpoint(self.origin, len(self.entries), self.root()).text()
        made = [signer.sign(text) for signer in self.signers]
        at = at or START + timedelta(minutes=len(self.entries))
        made += [witness.cosign(text, at) for witness in self.witnesses[:witnessed]]
        self.heads = [head for head in self.heads if head.size != len(self.entries)]
        self.heads.append(Sealed(len(self.entries), Note(text, tuple(made)).to_text()))
        return self.heads[-1]

    def policy(self, *, quorum: int = 2) -> str:
        witnesses = [(f"w{n}", one.vkey, "") for n, one in enumerate(self.witnesses)]
        return policy.write([self.key.vkey], witnesses, quorum=quorum)

    # ── Source ───────────────────────────────────────────────────────────────────────────────────────────────────

    def top(self) -> Sealed:
        return self.heads[-1]

    def earlier(self, span: Span) -> Iterator[Sealed]:
        yield from (head for head in self.heads[:-1] if head.size > span.first)

    def lines(self, span: Span) -> Iterator[tuple[int, bytes]]:
        for sequence, line in enumerate(self.entries[span.first : span.last + 1], span.first):
            if not span.subject or json.loads(line)["subject"] == span.subject:
                yield sequence, line

    def node(self, level: int, index: int) -> bytes:
        edge = tree.Edge()
        for line in self.entries[index << level : (index + 1) << level]:
            edge.append(tree.leaf_hash(line))
        return edge.root()

    def tokens(self, span: Span) -> Iterator[Token]:
        yield from self.stamps

    def chains(self) -> Iterator[tuple[str, bytes]]:
        yield from self.pems

    def openings(self, span: Span) -> Iterator[Opened]:
        yield from (one for one in self.kept if span.first <= one.sequence <= span.last)

    def originals(self, span: Span) -> Iterator[tuple[str, bytes]]:
        yield from self.records

    def keys(self) -> str:
        return f"{self.key.vkey.text()} from entry 0\n"
