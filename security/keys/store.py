"""Where the private keys of the log books live: in files beside the installation, mode 0600, never in the database.

A restored copy of the database, or somebody who administers only the database, can therefore sign nothing. Another
place (a token, a remote signer) is another class with these verbs, named by the setting LOGBOOK_KEY_STORE.
"""

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from django.conf import settings
from django.utils.module_loading import import_string

from security.errors import KeyMissing, KeyRefused
from security.merkle.note import ED25519, Vkey

PRIVATE_MODE = 0o600


class KeyStore(Protocol):
    def create(self, name: str) -> Vkey:
        """Make a key pair that signs under `name`; the private part stays inside."""
        ...

    def signer(self, vkey: Vkey) -> Callable[[bytes], bytes]:
        """The signing function of a key of ours; raise KeyMissing where its private part is not here."""
        ...


class FileStore:
    """One PEM file per key, named by the key's id."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def create(self, name: str) -> Vkey:
        private = Ed25519PrivateKey.generate()
        vkey = Vkey(name, ED25519, private.public_key().public_bytes_raw())
        write_private(self._path(vkey), to_pem(private))
        return vkey

    def signer(self, vkey: Vkey) -> Callable[[bytes], bytes]:
        path = self._path(vkey)
        try:
            private = from_pem(path.read_bytes())
        except FileNotFoundError as exc:
            raise KeyMissing(vkey.name, str(path)) from exc
        if path.stat().st_mode & 0o077:
            raise KeyRefused(f"{path} can be read by others: set its mode to 0600")
        if private.public_key().public_bytes_raw() != vkey.key:
            raise KeyRefused(f"{path} holds another key than {vkey.text()}")
        return private.sign

    def _path(self, vkey: Vkey) -> Path:
        return self.folder / f"{vkey.id.hex()}.pem"


def store() -> KeyStore:
    maker = getattr(settings, "LOGBOOK_KEY_STORE", "")
    if maker:
        return cast(KeyStore, import_string(maker)())
    return FileStore(folder())


def folder() -> Path:
    """Where the key files, the memory of the last seals and the recovery key's public part lie."""
    path = Path(settings.MERIDIAN_HOME) / "keys" / "logbook"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def to_pem(private: Ed25519PrivateKey) -> bytes:
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def from_pem(raw: bytes) -> Ed25519PrivateKey:
    try:
        private = load_pem_private_key(raw, password=None)
    except (ValueError, TypeError) as exc:
        raise KeyRefused("not an unencrypted private key in PEM") from exc
    if not isinstance(private, Ed25519PrivateKey):
        raise KeyRefused("not an Ed25519 key")
    return private


def write_private(path: Path, content: bytes, *, replace: bool = False) -> None:
    """Write a file whole or not at all, readable by us alone, and on the disk when this returns.

    It is written under another name first, so a crash leaves either the old file or the new one. Without `replace`,
    FileExistsError where there is one already.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_MODE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            draft.replace(path)
        else:
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    _flush_folder(path.parent)


def _flush_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
