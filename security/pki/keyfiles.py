"""Private keys and their certificates as files of the installation: mode 0600, written whole, never overwritten."""

import contextlib
import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from security.pki.errors import KeyFileUnusable


def write_once(path: Path, data: bytes) -> bytes:
    """Store `data` unless the file is there already; answer what the file holds then.

    Two processes may start at once. Each writes a draft and links it: one link wins, both read the winner.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
    return path.read_bytes()


def private_key(path: Path, *, curve: ec.EllipticCurve) -> ec.EllipticCurvePrivateKey:
    """The key of this file; a new one where there is none. Raises KeyFileUnusable."""
    try:
        data = path.read_bytes() if path.exists() else write_once(path, _new(curve))
        if os.name == "posix" and path.stat().st_mode & 0o077:
            raise KeyFileUnusable(path, "other users of this machine may read it: chmod 600")
        key = serialization.load_pem_private_key(data, None)
    except (OSError, ValueError) as exc:
        raise KeyFileUnusable(path, str(exc)) from exc
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise KeyFileUnusable(path, "it is not an elliptic-curve key")
    return key


def _new(curve: ec.EllipticCurve) -> bytes:
    return ec.generate_private_key(curve).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
