"""Write the zip: fixed order, fixed times, no folders; the same members give the same bytes."""

import hashlib
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

MOMENT = (1980, 1, 1, 0, 0, 0)  # the first that a zip can state
LEVEL = 6


class _Member:
    """An open member that sums what passes through it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self.digest, self.size = stream, hashlib.sha256(), 0

    def write(self, data: bytes) -> None:
        self.digest.update(data)
        self.size += len(data)
        self._stream.write(data)


class BundleWriter:
    def __init__(self, file: BinaryIO) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, allowZip64=True, compresslevel=LEVEL)
        self.sums: dict[str, str] = {}

    @contextmanager
    def member(self, name: str, *, large: bool = False) -> Iterator[_Member]:
        info = zipfile.ZipInfo(name, MOMENT)
        info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, 3, 0o100644 << 16
        with self._zip.open(info, "w", force_zip64=large) as stream:
            member = _Member(stream)  # type: ignore[arg-type]
            yield member
        self.sums[name] = member.digest.hexdigest()

    def add(self, name: str, data: bytes) -> None:
        with self.member(name) as member:
            member.write(data)

    def list_of_sums(self) -> bytes:
        return "".join(f"{self.sums[name]}  {name}\n" for name in sorted(self.sums)).encode("utf-8")

    def close(self) -> None:
        self._zip.close()
