"""Open a bundle, as a zip or unpacked in a folder, without believing what it says about itself.

Nothing is ever unpacked onto the disk, so a name cannot escape; members are read as streams against a limit, so a
small file cannot become an endless one. Tools that turn line ends into CR LF are undone for text members, and said.
"""

from __future__ import annotations

import io
import os
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO, Union, cast

from security.verifying.findings import Report

FIXED = {
    "README.txt", "SHA256SUMS", "SHA256SUMS.p7s", "SHA256SUMS.tsr", "checkpoint", "edge.txt", "entries.jsonl",
    "keys.txt", "openings.jsonl", "report.pdf", "verify.py",
}  # fmt: skip
ROOMS = re.compile(
    r"checkpoints/[0-9]{10,19}\.txt|proofs/consistency/[0-9]+-[0-9]+\.txt|proofs/inclusion/[0-9]+\.tlog-proof"
    r"|tsa/[A-Za-z0-9_-][A-Za-z0-9._-]*\.(tsr|pem)|original/[A-Za-z0-9_-][A-Za-z0-9._-]*"
)
NEEDED = ("README.txt", "SHA256SUMS", "SHA256SUMS.p7s", "SHA256SUMS.tsr", "checkpoint", "entries.jsonl", "verify.py")
BINARY = re.compile(r".*\.(p7s|tsr|pdf)|original/.*")
CHUNK = 1 << 20
SMALL = 64 << 20  # any member that is read whole
UNREADABLE = (OSError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError)


class Undone(io.RawIOBase):
    """A stream whose CR LF line ends are read as LF."""

    def __init__(self, inner: BinaryIO) -> None:
        self._inner, self._held = inner, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Union[bytearray, memoryview]) -> int:  # type: ignore[override]
        while True:
            data = self._held + self._inner.read(max(1, len(buffer) - len(self._held)))
            ended = len(data) == len(self._held)
            self._held = b""
            if data.endswith(b"\r") and not ended:
                data, self._held = data[:-1], b"\r"
            data = data.replace(b"\r\n", b"\n")
            if data or ended:
                buffer[: len(data)] = data
                return len(data)

    def close(self) -> None:
        self._inner.close()
        super().close()


class Bundle:
    """The members of a bundle. Names that are unsafe, unknown or double are findings, and are not offered."""

    def __init__(self, path: str, report: Report) -> None:
        self.report = report
        self._zip = None if os.path.isdir(path) else zipfile.ZipFile(path)
        self._path = path
        self._converted: dict[str, bool] = {}
        self._sizes: dict[str, int] = {}
        seen: set[str] = set()
        for name, size in self._listed():
            if name.lower() in seen:
                report.add("member-twice", name, name=name)
            elif name not in FIXED and not ROOMS.fullmatch(name):
                report.add("name-unsafe", name, name=name)
            else:
                self._sizes[name] = size
            seen.add(name.lower())
        self.names = sorted(self._sizes)
        for name in NEEDED:
            if name not in self._sizes:
                report.add("member-missing", name, name=name)

    def _listed(self) -> Iterator[tuple[str, int]]:
        if self._zip is not None:
            yield from ((info.orig_filename, info.file_size) for info in self._zip.infolist())
            return
        for folder, _, files in os.walk(self._path):
            for name in sorted(files):
                whole = os.path.join(folder, name)
                yield os.path.relpath(whole, self._path).replace(os.sep, "/"), os.path.getsize(whole)

    def close(self) -> None:
        if self._zip is not None:
            self._zip.close()

    def __contains__(self, name: str) -> bool:
        return name in self._sizes

    def under(self, room: str) -> list[str]:
        return [name for name in self.names if name.startswith(room)]

    def _raw(self, name: str) -> BinaryIO:
        if self._zip is not None:
            return cast(BinaryIO, self._zip.open(name))
        return open(os.path.join(self._path, *name.split("/")), "rb")

    def open(self, name: str) -> BinaryIO:
        if not BINARY.fullmatch(name) and name not in self._converted:
            with self._raw(name) as stream:
                self._converted[name] = b"\r\n" in stream.read(1 << 16)
            if self._converted[name]:
                self.report.add("line-ends", name, name=name)
        stream = self._raw(name)
        return io.BufferedReader(Undone(stream), CHUNK) if self._converted.get(name) else stream

    def read(self, name: str, limit: int = SMALL) -> bytes:
        """A small member, whole; b"" with a finding where it cannot be read."""
        if name not in self._sizes:
            return b""
        try:
            with self.open(name) as stream:
                data = stream.read(limit + 1)
        except UNREADABLE as exc:
            self.report.add("member-damaged", name, name=name, why=exc)
            return b""
        if len(data) > limit:
            self.report.add("member-too-large", name, name=name)
            return b""
        return data

    def chunks(self, name: str) -> Iterator[bytes]:
        """A member of any size, in pieces; more than the bundle's own list says is refused by the zip reader."""
        try:
            with self.open(name) as stream:
                while piece := stream.read(CHUNK):
                    yield piece
        except UNREADABLE as exc:
            self.report.add("member-damaged", name, name=name, why=exc)
