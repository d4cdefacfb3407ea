"""C2SP tlog-cosignature, version 1: a witness says that at a time this was the largest consistent head it had seen."""

from __future__ import annotations

from collections.abc import Callable

from security.merkle.faults import Malformed


def message(*, time: int, text: str) -> bytes:
    """The bytes that a witness signs: the whole note text of the checkpoint, under a dated header."""
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def make(*, time: int, text: str, sign: Callable[[bytes], bytes]) -> bytes:
    """The body of the signature line: the time in eight bytes, then the signature."""
    return time.to_bytes(8, "big") + sign(message(time=time, text=text))


def split(body: bytes) -> tuple[int, bytes]:
    """(POSIX time, Ed25519 signature) of a cosignature's body."""
    if len(body) != 72:
        raise Malformed("cosignature", f"{len(body)} bytes instead of 72")
    time = int.from_bytes(body[:8], "big")
    if time >= 2**63:
        raise Malformed("cosignature", "a time beyond all calendars")
    return time, body[8:]
