"""Standard base64 with padding, in its one canonical spelling; and decimal numbers likewise."""

from __future__ import annotations

import base64
import binascii

from security.merkle.faults import Malformed

LARGEST = 2**63 - 1


def to_text(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def from_text(text: str, *, form: str) -> bytes:
    """Raise Malformed unless writing the bytes back gives the same text (no loose trailing bits, no white space)."""
    try:
        value = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error) as exc:
        raise Malformed(form, f"not base64: {text[:60]!r}") from exc
    if to_text(value) != text:
        raise Malformed(form, f"base64 in an unusual spelling: {text[:60]!r}")
    return value


def hash_from_text(text: str, *, form: str) -> bytes:
    value = from_text(text, form=form)
    if len(value) != 32:
        raise Malformed(form, f"a hash of {len(value)} bytes instead of 32")
    return value


def number_from_text(text: str, *, form: str) -> int:
    """ASCII decimal without sign, spaces or leading zeros, up to 2^63 - 1."""
    if not (text.isascii() and text.isdigit() and len(text) <= 19):
        raise Malformed(form, f"not a number: {text[:60]!r}")
    value = int(text)
    if str(value) != text or value > LARGEST:
        raise Malformed(form, f"number in an unusual spelling: {text[:60]!r}")
    return value
