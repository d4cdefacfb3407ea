"""Assemble a bundle from a source: one pass over the entries, nothing held but the heads.

`spec/bundle` in README.md names each member; the order here is the order in the zip.
"""

import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from security.bundling import readme
from security.bundling.report import Report, Row
from security.bundling.source import Sealed, Source, Span
from security.bundling.writer import BundleWriter
from security.errors import NothingToExport
from security.merkle import base64text, checkpoint, note, tree
from security.merkle.add_checkpoint import AddCheckpoint
from security.merkle.note import Note
from security.merkle.proof import TlogProof
from security.verifying import build

BEAT = 1000  # entries between two tellings of the progress
LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Seal:
    """How a bundle is signed: each takes bytes and gives bytes. `stamp` may ask an authority outside."""

    sign: Callable[[bytes], bytes]
    stamp: Callable[[bytes], bytes]
    sign_pdf: Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Bundled:
    entries: int
    first: int
    last: int


def assemble(
    source: Source,
    span: Span,
    file: BinaryIO,
    seal: Seal,
    *,
    organisation: str,
    at: datetime,
    tell: Callable[[int], None] = lambda _: None,
) -> Bundled:
    """Write the whole bundle; raise NothingToExport where a selection finds no entry."""
    top = source.top()
    head = checkpoint.parse(_read(top).text)
    if span.last >= head.size:
        raise NothingToExport(source.book, f"entry {span.last} is not under a seal yet")
    report = Report(organisation, source.book, source.origin, span, head, at)
    with closing(BundleWriter(file)) as writer:
        writer.add("README.txt", readme.text(source.book, source.origin, span, head.size).encode("utf-8"))
        bundled = _write_entries(source, span, writer, report, tell)
        _write_proofs(source, span, writer, head.size, bundled)
        _write_stamps(source, span, writer)
        writer.add("keys.txt", source.keys().encode("utf-8"))
        if span.openings:
            _write_openings(source, span, writer)
        for name, data in source.originals(span):
            writer.add(f"original/{name}", data)
        writer.add("report.pdf", seal.sign_pdf(report.pdf()))
        writer.add("verify.py", build.build())
        sums = writer.list_of_sums()
        writer.add("SHA256SUMS", sums)
        writer.add("SHA256SUMS.p7s", seal.sign(sums))
        writer.add("SHA256SUMS.tsr", seal.stamp(sums))
    return bundled


def _write_proofs(source: Source, span: Span, writer: BundleWriter, size: int, bundled: Bundled) -> None:
    top = source.top()
    earlier = _write_heads(source, span, writer, top)
    _write_consistency(source, writer, [*earlier, top])
    _write_inclusion(source, span, writer, top, size, bundled)
    if not span.subject and span.first:
        writer.add("edge.txt", _edge_text(source, span.first))


def _read(sealed: Sealed) -> Note:
    return note.parse(sealed.note.encode("utf-8"))


def _write_entries(
    source: Source, span: Span, writer: BundleWriter, report: Report, tell: Callable[[int], None]
) -> Bundled:
    count, first, last = 0, span.first, span.last
    with writer.member("entries.jsonl", large=True) as member:
        for sequence, line in source.lines(span):
            member.write(line + b"\n")
            first = sequence if not count else first
            last, count = sequence, count + 1
            if report.wants(line):
                report.take(Row.of(line))
            if count % BEAT == 0:
                tell(count)
    if span.subject and not count:
        raise NothingToExport(source.book, f"no entry on {span.subject}")
    tell(count)
    return Bundled(count, first, last)


def _write_heads(source: Source, span: Span, writer: BundleWriter, top: Sealed) -> list[Sealed]:
    writer.add("checkpoint", top.note.encode("utf-8"))
    earlier = list(source.earlier(span))
    for sealed in [*earlier, top]:
        writer.add(f"checkpoints/{sealed.size:010d}.txt", sealed.note.encode("utf-8"))
    return earlier


def _write_consistency(source: Source, writer: BundleWriter, heads: list[Sealed]) -> None:
    for old, new in itertools.pairwise(heads):
        hashes = tuple(tree.consistency_proof(old.size, new.size, source.node))
        body = AddCheckpoint(old.size, hashes, _read(new)).to_text()
        writer.add(f"proofs/consistency/{old.size}-{new.size}.txt", body.encode("utf-8"))


def _write_inclusion(
    source: Source, span: Span, writer: BundleWriter, top: Sealed, size: int, bundled: Bundled
) -> None:
    """One for each entry of a selection; for a run that ends before the top, one for its last entry."""
    signed = _read(top)
    for sequence in _proved(source, span, size, bundled):
        hashes = tuple(tree.inclusion_proof(sequence, size, source.node))
        proof = TlogProof(sequence, hashes, signed).to_text()
        writer.add(f"proofs/inclusion/{sequence}.tlog-proof", proof.encode("utf-8"))


def _proved(source: Source, span: Span, size: int, bundled: Bundled) -> Iterator[int]:
    if span.subject:
        yield from (sequence for sequence, _ in source.lines(span))
    elif bundled.entries and bundled.last + 1 < size:
        yield bundled.last


def _edge_text(source: Source, size: int) -> bytes:
    hashes = tree.edge_at(size, source.node).hashes
    return "".join([f"size {size}\n", *(f"{base64text.to_text(value)}\n" for value in hashes)]).encode("ascii")


def _write_stamps(source: Source, span: Span, writer: BundleWriter) -> None:
    """`tsa/<name of the checkpoint>.tsr`; a further authority's one has the authority's name behind it."""
    for token in source.tokens(span):
        name = f"tsa/{token.size:010d}.tsr"
        if name in writer.sums:
            name = f"tsa/{token.size:010d}.{plain(token.authority)}.tsr"
        if name not in writer.sums:
            writer.add(name, token.body)
    for authority, pem in source.chains():
        writer.add(f"tsa/{plain(authority)}.pem", pem)


def plain(name: str) -> str:
    """A name of the operator's own as a file name that every system takes."""
    kept = "".join(char if char.isascii() and (char.isalnum() or char in "-_") else "-" for char in name)
    return kept[:LONGEST_NAME].strip("-") or "authority"


def _write_openings(source: Source, span: Span, writer: BundleWriter) -> None:
    with writer.member("openings.jsonl") as member:
        for opened in source.openings(span):
            one = {
                "field": opened.field,
                "salt": opened.salt.hex(),
                "sequence": opened.sequence,
                "value": opened.value,
            }
            line = json.dumps(one, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            member.write(line.encode("utf-8") + b"\n")
