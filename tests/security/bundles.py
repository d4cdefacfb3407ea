"""Bundles to check: made by the real code, changed by hand."""

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from security.bundling.assembling import Seal, assemble
from security.bundling.source import Span
from security.merkle import note
from security.pki import documents, own_clock, pdf, profiles
from security.pki.authority import Authority, open_authority
from security.verifying import build
from security.verifying.examine import Trust, examine
from security.verifying.findings import Report
from tests.sim.logbook import PaperBook

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


class Bench:
    """A folder with an authority, where bundles are made and checked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority: Authority = open_authority(folder, "Stadtwerke Beispiel", at=NOW)
        self.ca = self.write("ca.pem", self.authority.pem())

    def write(self, name: str, data: bytes | str) -> Path:
        path = self.folder / name
        path.write_bytes(data.encode("utf-8") if isinstance(data, str) else data)
        return path

    def seal(self) -> Seal:
        signer = partial(self.authority.signer, at=NOW)
        return Seal(
            sign=lambda data: documents.sign_detached(data, signer(profiles.DOCUMENTS), at=NOW),
            stamp=lambda data: own_clock.stamp(data, signer(profiles.TIME_STAMPS), at=NOW),
            sign_pdf=lambda data: pdf.sign_pdf(data, signer(profiles.DOCUMENTS), reason="Export of a log book"),
        )

    def export(self, book: PaperBook, span: Span | None = None, name: str = "bundle.zip") -> Path:
        out = io.BytesIO()
        span = span or Span(0, len(book.entries) - 1)
        assemble(book, span, out, self.seal(), organisation="Stadtwerke Beispiel", at=NOW)
        return self.write(name, out.getvalue())

    def reseal(self, members: dict[str, bytes], name: str = "changed.zip") -> Path:
        """What somebody can do who has every key of the house but the log key: sums and signatures fit again."""
        from hashlib import sha256

        kept = {k: v for k, v in members.items() if not k.startswith("SHA256SUMS")}
        sums = "".join(f"{sha256(kept[k]).hexdigest()}  {k}\n" for k in sorted(kept)).encode()
        seal = self.seal()
        whole = {**kept, "SHA256SUMS": sums, "SHA256SUMS.p7s": seal.sign(sums), "SHA256SUMS.tsr": seal.stamp(sums)}
        return self.pack(whole, name)

    def pack(self, members: dict[str, bytes], name: str = "changed.zip") -> Path:
        path = self.folder / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
            for member, data in members.items():
                file.writestr(member, data)
        return path

    def check(
        self,
        path: Path,
        book: PaperBook,
        *,
        quorum: int = 2,
        ca: bool = True,
        previous: str | None = None,
        depth: str = "full",
    ) -> Report:
        trust = Trust(
            policy=book.policy(quorum=quorum).encode(),
            authorities=self.authority.pem() if ca else b"",
            previous=previous.encode() if previous else None,
        )
        return examine(str(path), trust, now=NOW, depth=depth)

    def run(self, *arguments: object, python: str = sys.executable) -> tuple[int, dict[str, object]]:
        """The stand-alone file, in a folder of its own, by the given interpreter."""
        program = self.write("verify.py", build.build())
        command = [python, "-I", str(program), *(str(argument) for argument in arguments), "--json"]
        done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", cwd=self.folder, check=False)
        assert not done.stderr or done.returncode == 2, done.stderr
        return done.returncode, json.loads(done.stdout) if done.stdout else {"stderr": done.stderr}


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}


def changed(path: Path, name: str, change: Callable[[bytes], bytes]) -> dict[str, bytes]:
    held = members(path)
    held[name] = change(held[name])
    return held


def codes(report: Report) -> set[str]:
    return {finding.code for finding in report.findings() if finding.level in ("bad", "unclear", "warning")}


def strip_signatures(raw: bytes, keep: Callable[[note.Signature], bool]) -> bytes:
    read = note.parse(raw)
    kept = [one.line() for one in read.signatures if keep(one)]
    return (read.text + "\n" + "".join(kept)).encode()
