"""The recovery key: named in entry 0 of every book, kept offline, and the only one that may revoke a stolen key.

It is made at the first start. Its private part is written once, into a file that says in its name what to do with it.
"""

from contextlib import suppress
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from security.keys.store import folder, from_pem, to_pem, write_private
from security.merkle.note import ED25519, Vkey, parse_vkey

NAME = "recovery"
PRIVATE_FILE = "recovery-key-MOVE-ME-TO-A-SAFE.pem"
PUBLIC_FILE = "recovery-key.public.txt"


def public_key() -> Vkey:
    """The public part; the pair is made where there is none.

    Two processes may make it at once, and one may die between the two files: the private file that is there decides.
    """
    path = folder() / PUBLIC_FILE
    if not path.exists():
        with suppress(FileExistsError):
            write_private(folder() / PRIVATE_FILE, to_pem(Ed25519PrivateKey.generate()))
        private = from_pem((folder() / PRIVATE_FILE).read_bytes())
        vkey = Vkey(NAME, ED25519, private.public_key().public_bytes_raw())
        with suppress(FileExistsError):
            write_private(path, f"{vkey.text()}\n".encode())
    return parse_vkey(path.read_text(encoding="utf-8").strip())


def private_part_is_here() -> bool:
    """Whether nobody has moved the private part away yet."""
    return private_path().exists()


def private_path() -> Path:
    return folder() / PRIVATE_FILE
