"""Ask a witness to cosign a seal: the client side of C2SP tlog-witness. No row is written here."""

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from security import proofs
from security.errors import CosigningRefused, WitnessKnowsMore
from security.keys import ed25519
from security.merkle import base64text, checkpoint, cosignature, note
from security.merkle.faults import Malformed, NotProved
from security.merkle.note import Signature
from security.models import Checkpoint, LogKey, Witness
from security.outbound import Outbound, Unreachable, get, post

SIZE_KIND = "text/x.tlog.size"
LONGEST = 1 << 16
# What each refusal of the protocol means for us; `conflict` is the one that we can answer.
MEANINGS = {
    400: ("bad-request", "it says that we named a size beyond our checkpoint"),
    403: ("not-trusted", "it does not know the key that signed our checkpoint: send it the policy of this book"),
    404: ("origin-unknown", "it does not know this book: send it the policy of this book"),
    409: ("conflict", "it knows another size than we thought"),
    422: ("inconsistent", "it says that our checkpoint does not extend the one that it knows"),
}


@dataclass(frozen=True, slots=True)
class Cosigned:
    """The signature line, as bytes to keep, and the time that the witness states."""

    line: bytes
    at: datetime


def cosign(witness: Witness, seal: Checkpoint, *, known: int) -> Cosigned:
    """The witness's cosignature over this seal; `known` is the size that we believe it holds.

    Raise CosigningRefused, or WitnessKnowsMore where it holds a larger checkpoint of this book than this one.
    """
    answer = _submit(witness, seal, known)
    if answer.status == 409:
        answer = _submit(witness, seal, _size_it_knows(witness, seal, answer))
    if answer.status != 200:
        code, meaning = MEANINGS.get(answer.status, ("status", f"it answered {answer.status}"))
        raise CosigningRefused(witness.name, code, meaning)
    return _read(witness, seal, answer.body)


def _submit(witness: Witness, seal: Checkpoint, known: int) -> Outbound:
    body = proofs.extension(seal.book, min(known, seal.size), seal).to_text().encode("utf-8")
    try:
        return post(f"{witness.url.rstrip('/')}/add-checkpoint", body, kind="text/plain", limit=LONGEST)
    except Unreachable as exc:
        raise CosigningRefused(witness.name, "unreachable", str(exc)) from exc


def _size_it_knows(witness: Witness, seal: Checkpoint, answer: Outbound) -> int:
    try:
        if answer.kind.partition(";")[0].strip() != SIZE_KIND:
            raise Malformed("size", f"its answer is of the kind {answer.kind[:40]!r}")
        size = base64text.number_from_text(answer.body.decode("ascii").removesuffix("\n"), form="size")
    except ValueError as exc:
        raise CosigningRefused(witness.name, "unreadable", f"a conflict without a size: {exc}") from exc
    if size > seal.size:
        raise WitnessKnowsMore(witness.name, size, is_ours=_is_ours(witness, seal, size))
    return size


def _is_ours(witness: Witness, seal: Checkpoint, size: int) -> bool:
    """Whether the witness can show such a checkpoint, signed by a key of this book: then we did sign it once."""
    name = sha256(seal.book.origin.encode("utf-8")).hexdigest()
    keys = [note.parse_vkey(text) for text in LogKey.objects.filter(book=seal.book).values_list("vkey", flat=True)]
    try:
        shown = note.parse(get(f"{witness.url.rstrip('/')}/{name}/checkpoint", limit=LONGEST).body)
        note.verified(shown, keys, ed25519.verify)
        head = checkpoint.parse(shown.text)
    except (Unreachable, Malformed, NotProved):
        return False
    return head.origin == seal.book.origin and head.size >= size


def _read(witness: Witness, seal: Checkpoint, body: bytes) -> Cosigned:
    """The line by this witness's key among those that it sent; one that does not fit is a lie and is told."""
    vkey = note.parse_vkey(witness.vkey)
    text = proofs.published(seal).text
    try:
        lines = body.decode("utf-8").removesuffix("\n").split("\n")
        found = [one for one in map(note.parse_signature, lines) if (one.name, one.key_id) == (vkey.name, vkey.id)]
        if not found:
            raise NotProved("its answer holds no signature by its key")
        note.verified(note.Note(text, tuple(found)), [vkey], ed25519.verify)
        seconds, _ = cosignature.split(found[0].body)
        return Cosigned(_line(found[0]), datetime.fromtimestamp(seconds, UTC))
    except (ValueError, OverflowError, OSError) as exc:
        raise CosigningRefused(witness.name, "lying", f"its signature does not fit our checkpoint: {exc}") from exc


def _line(signature: Signature) -> bytes:
    return signature.line().encode("utf-8")
