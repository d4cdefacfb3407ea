"""C2SP signed-note: a text, an empty line, and one line for each signature; and the text form of public keys (vkey).

Verification takes `verify(public_key, signature, message) -> bool`, so that this file needs no cryptography of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256

from security.merkle import base64text, cosignature
from security.merkle.faults import Malformed, NotProved

ED25519, COSIGNATURE = 0x01, 0x04
MOST_SIGNATURES = 64
Verify = Callable[[bytes, bytes, bytes], bool]


def check_name(name: str) -> None:
    if not name or "+" in name or any(char.isspace() or ord(char) < 0x20 for char in name):
        raise Malformed("key name", repr(name[:80]))


def key_id(name: str, algorithm: int, key: bytes) -> bytes:
    return sha256(name.encode("utf-8") + b"\n" + bytes([algorithm]) + key).digest()[:4]


@dataclass(frozen=True)
class Vkey:
    """A public key with the name it signs under."""

    name: str
    algorithm: int
    key: bytes

    @property
    def id(self) -> bytes:
        return key_id(self.name, self.algorithm, self.key)

    def text(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64text.to_text(bytes([self.algorithm]) + self.key)}"


def parse_vkey(text: str) -> Vkey:
    """Raise Malformed unless the text is a vkey whose key id fits its name and key."""
    parts = text.split("+", 2)
    if len(parts) != 3:
        raise Malformed("vkey", "not name+id+key")
    check_name(parts[0])
    raw = base64text.from_text(parts[2], form="vkey")
    if len(raw) < 2 or (raw[0] in (ED25519, COSIGNATURE) and len(raw) != 33):
        raise Malformed("vkey", f"a key of {len(raw)} bytes")
    vkey = Vkey(parts[0], raw[0], raw[1:])
    if vkey.text() != text:
        raise Malformed("vkey", "the key id does not belong to this name and key")
    return vkey


@dataclass(frozen=True)
class Signature:
    """One signature line. It says who claims to have signed; only `verified` says who has."""

    name: str
    key_id: bytes
    body: bytes

    def line(self) -> str:
        return f"— {self.name} {base64text.to_text(self.key_id + self.body)}\n"


def parse_signature(line: str) -> Signature:
    """Read one line without its line end."""
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "—":
        raise Malformed("signature", repr(line[:80]))
    check_name(parts[1])
    raw = base64text.from_text(parts[2], form="signature")
    if len(raw) < 5:
        raise Malformed("signature", "shorter than a key id and one byte")
    return Signature(parts[1], raw[:4], raw[4:])


@dataclass(frozen=True)
class Note:
    text: str
    signatures: tuple[Signature, ...]

    def to_text(self) -> str:
        return self.text + "\n" + "".join(signature.line() for signature in self.signatures)

    def with_signatures(self, more: Iterable[Signature]) -> Note:
        """The same note with signatures added, each key once."""
        kept = {(one.name, one.key_id): one for one in (*self.signatures, *more)}
        return Note(self.text, tuple(kept.values()))


def check_text(text: str) -> None:
    if not text.endswith("\n") or any(ord(char) < 0x20 and char != "\n" for char in text):
        raise Malformed("note", "the text does not end its last line, or holds control characters")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as exc:
        raise Malformed("note", "half of a surrogate pair is not text") from exc


def parse(raw: bytes) -> Note:
    """Raise Malformed unless the bytes are exactly a note with at least one signature line."""
    try:
        whole = raw.decode("utf-8")
    except UnicodeDecodeError as exc:
        raise Malformed("note", "not UTF-8") from exc
    cut = whole.rfind("\n\n")
    if cut < 0:
        raise Malformed("note", "no empty line between text and signatures")
    text, tail = whole[: cut + 1], whole[cut + 2 :]
    check_text(text)
    if not tail.endswith("\n"):
        raise Malformed("note", "no signature, or the last line has no end")
    lines = tail[:-1].split("\n")
    if len(lines) > MOST_SIGNATURES:
        raise Malformed("note", f"{len(lines)} signatures are more than {MOST_SIGNATURES}")
    note = Note(text, tuple(parse_signature(line) for line in lines))
    if note.to_text().encode("utf-8") != raw:
        raise Malformed("note", "not the canonical spelling")
    return note


def sign(text: str, vkey: Vkey, signer: Callable[[bytes], bytes]) -> Signature:
    check_text(text)
    return Signature(vkey.name, vkey.id, signer(text.encode("utf-8")))


def signed_bytes(algorithm: int, text: str, body: bytes) -> tuple[bytes, bytes]:
    """(message, signature) for a body of a known algorithm."""
    if algorithm == ED25519:
        return text.encode("utf-8"), body
    if algorithm == COSIGNATURE:
        time, signature = cosignature.split(body)
        return cosignature.message(time=time, text=text), signature
    raise Malformed("vkey", f"algorithm {algorithm:#04x} is not one we can check")


def verified(note: Note, keys: Iterable[Vkey], verify: Verify) -> list[tuple[Vkey, Signature]]:
    """The signatures by known keys. Unknown keys are passed over; a known key's bad signature spoils the whole note.

    Raise NotProved where a known key's signature fails, or where no key is known.
    """
    known = {(key.name, key.id): key for key in keys}
    good: dict[tuple[str, bytes], tuple[Vkey, Signature]] = {}
    for signature in note.signatures:
        key = known.get((signature.name, signature.key_id))
        if key is None:
            continue
        try:
            message, raw = signed_bytes(key.algorithm, note.text, signature.body)
        except Malformed as exc:
            raise NotProved(f"the signature by {signature.name} is unreadable: {exc}") from exc
        if not verify(key.key, raw, message):
            raise NotProved(f"the signature by {signature.name} does not fit this text")
        good.setdefault((signature.name, signature.key_id), (key, signature))
    if not good:
        raise NotProved("no signature by a known key")
    return list(good.values())
