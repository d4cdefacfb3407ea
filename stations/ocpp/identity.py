"""Whom a connection says it is: the last, percent-encoded segment of its path (OCPP-J 1.6, section 3.1.1)."""

import re
import unicodedata

MAX_IDENTITY = 128
ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})?")


class BadPath(ValueError):
    """The path names no identity. The message says why, in words that may be shown."""


def identity_from(raw_path: bytes, *, endpoint: bytes = b"/ocpp") -> str:
    """Decode once, after cutting at the slashes: `%2F` is a letter of the identity, not a border.

    One trailing slash is forgiven. The letters stay as they were sent; comparing them is the registry's matter.
    """
    if not raw_path.startswith(endpoint + b"/"):
        raise BadPath("path is not below the endpoint")
    segment = raw_path[len(endpoint) + 1 :].removesuffix(b"/")
    if not segment or b"/" in segment:
        raise BadPath("path does not end in one identity")
    try:
        identity = ESCAPE.sub(_byte, segment).decode()
    except UnicodeDecodeError:
        raise BadPath("identity is not UTF-8") from None
    if len(identity) > MAX_IDENTITY:
        raise BadPath(f"identity is longer than {MAX_IDENTITY} characters")
    if any(unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") for letter in identity):
        raise BadPath("identity has characters that cannot be shown")
    return identity


def _byte(escape: re.Match[bytes]) -> bytes:
    if escape[1] is None:
        raise BadPath("broken percent-encoding")
    return bytes([int(escape[1], 16)])
