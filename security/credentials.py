"""Keys of stations at rest: salted scrypt hashes, never the key itself.

A key is bytes. Stations send a 20-byte key raw or spelled as 40 hexadecimal digits, so both spellings of one key have
one hash: whatever reads as 40 digits is hashed as the 20 bytes that it spells.
"""

import base64
import hashlib
import hmac
import re
import secrets

HEX_KEY = re.compile(rb"[0-9A-Fa-f]{40}")
COST = {"n": 2**14, "r": 8, "p": 1}  # 16 MiB and some 40 ms a guess; the gateway pays once per connection storm


def canonical(key: bytes) -> bytes:
    return bytes.fromhex(key.decode("ascii")) if HEX_KEY.fullmatch(key) else key


def hash_key(key: bytes) -> str:
    salt = secrets.token_bytes(16)
    digest = hashlib.scrypt(canonical(key), salt=salt, dklen=32, **COST)
    return f"scrypt${COST['n']}${COST['r']}${COST['p']}${_text(salt)}${_text(digest)}"


def matches(key: bytes, hashed: str) -> bool:
    """In constant time once the hash is computed. False, too, for a hash that cannot be read."""
    try:
        scheme, n, r, p, salt, digest = hashed.split("$")
        expected = base64.b64decode(digest, validate=True)
        found = hashlib.scrypt(
            canonical(key), salt=base64.b64decode(salt, validate=True), dklen=32, n=int(n), r=int(r), p=int(p)
        )
    except ValueError:
        return False
    return scheme == "scrypt" and hmac.compare_digest(found, expected)


def new_key() -> bytes:
    """160 random bits: the longest that Basic authentication of OCPP 1.6 has room for."""
    return secrets.token_bytes(20)


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")
