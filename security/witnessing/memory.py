"""What a witness remembers: its key, and the latest checkpoint of each book. Files, written whole before an answer."""

from __future__ import annotations

import os
import secrets
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from security.merkle import checkpoint, note
from security.merkle.checkpoint import Checkpoint
from security.merkle.note import COSIGNATURE, Note, Vkey

try:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
except ImportError:  # pragma: no cover
    sys.exit("a witness needs the package 'cryptography': python -m pip install cryptography")

KEY = "witness.key"


class Memory:
    def __init__(self, folder: Path, name: str) -> None:
        note.check_name(name)
        self.folder, self.name = folder, name
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._inside = threading.Lock()
        self.private = self._key()
        self.vkey = Vkey(name, COSIGNATURE, self._public())

    def _key(self) -> Ed25519PrivateKey:
        path = self.folder / KEY
        if not path.exists():
            pem = Ed25519PrivateKey.generate().private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            _write(path, pem)
        key = serialization.load_pem_private_key(path.read_bytes(), None)
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError(f"{path} does not hold an Ed25519 key")
        return key

    def _public(self) -> bytes:
        return self.private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)

    def latest(self, origin: str) -> tuple[Checkpoint, Note] | None:
        try:
            read = note.parse(self._path(origin).read_bytes())
        except FileNotFoundError:
            return None
        return checkpoint.parse(read.text), read

    def raw(self, digest: str) -> bytes | None:
        """The latest checkpoint by the hash of its origin, as the monitoring address names it."""
        path = self.folder / f"{digest}.checkpoint"
        return path.read_bytes() if len(digest) == 64 and digest.isalnum() and path.exists() else None

    def keep(self, origin: str, signed: Note) -> None:
        _write(self._path(origin), signed.to_text().encode("utf-8"))

    def _path(self, origin: str) -> Path:
        return self.folder / f"{sha256(origin.encode('utf-8')).hexdigest()}.checkpoint"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One decision at a time, among the threads of this process and the processes of this machine."""
        with self._inside, open(self.folder / "lock", "a+b") as file:
            _lock(file.fileno())
            yield


def _lock(descriptor: int) -> None:
    """Released by the system when the file is closed, also when the process is killed."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX)


def _write(path: Path, data: bytes) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(str(draft), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, path)
    if sys.platform != "win32":
        folder = os.open(str(path.parent), os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
