"""HTTP Basic as stations use it (OCPP-J 1.6, section 6.2.2): user name = identity, password = a 20-byte key.

Everything is bytes. The key may hold any byte, and the identity may hold a colon, so the border between them is found
by the identity that the path named, not by the first colon.
"""

import binascii
import re
from base64 import b64decode
from dataclasses import dataclass, field
from enum import Enum

HEX_KEY = re.compile(rb"[0-9A-Fa-f]{40}")


class BadCredentials(Enum):
    MISSING = "no Authorization header"
    NOT_BASIC = "Authorization is not Basic"
    NOT_BASE64 = "Authorization is not base64"
    OTHER_USER = "user name is not the identity of the path"
    NO_KEY = "password is empty"


@dataclass(frozen=True, slots=True)
class Presented:
    """`user` is what may be shown; the key never appears in a repr."""

    user: str
    key: bytes = field(repr=False)

    def keys(self) -> tuple[bytes, ...]:
        """The keys that this password may stand for: itself, and what it spells if it is 40 hexadecimal digits."""
        return (self.key, binascii.unhexlify(self.key)) if HEX_KEY.fullmatch(self.key) else (self.key,)


def parse(header: bytes | None, *, identity: str, any_user: bool = False) -> Presented | BadCredentials:
    """`any_user` is for a station that cannot send its identity: what follows the first colon is the key."""
    if header is None:
        return BadCredentials.MISSING
    scheme, _, encoded = header.strip().partition(b" ")
    if scheme.lower() != b"basic":
        return BadCredentials.NOT_BASIC
    try:
        pair = b64decode(encoded.strip(), validate=True)
    except binascii.Error:
        return BadCredentials.NOT_BASE64
    user = identity.encode()
    if pair.startswith(user + b":"):
        key = pair[len(user) + 1 :]
    elif any_user:
        user, _, key = pair.partition(b":")
    else:
        return BadCredentials.OTHER_USER
    return Presented(user.decode(errors="replace"), key) if key else BadCredentials.NO_KEY
