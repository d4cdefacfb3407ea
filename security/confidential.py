"""Values that must wait in the database but may not be read there, such as a new key on its way to a station.

Sealed with AES-256-GCM under a key derived from the installation's secret, which lives outside the database. Whoever
changes that secret loses what waits: the command then fails plainly, and its verb makes a new one.
"""

import json
import secrets
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from security.errors import CannotOpen

PURPOSE = b"meridian confidential values v1"


def seal(value: Mapping[str, Any], *, context: str) -> bytes:
    """`context` binds the value to its place: it opens nowhere else."""
    nonce = secrets.token_bytes(12)
    return nonce + AESGCM(_key()).encrypt(nonce, json.dumps(value).encode(), context.encode())


def unseal(sealed: bytes, *, context: str) -> dict[str, Any]:
    """Raise CannotOpen when the value, its place or the installation's secret is another one."""
    try:
        text = AESGCM(_key()).decrypt(sealed[:12], sealed[12:], context.encode())
    except (InvalidTag, ValueError) as exc:
        raise CannotOpen(context) from exc
    opened: dict[str, Any] = json.loads(text)
    return opened


def _key() -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=PURPOSE).derive(settings.SECRET_KEY.encode())
