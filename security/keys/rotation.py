"""The life of a book's signing keys, told by entries of the book itself: introduced, retired, revoked.

A new key proves itself by signing its own introduction. The first seal after a rotation carries both signatures, so
whoever knows only the old key can follow. A stolen key is revoked by the offline recovery key named in entry 0; from
then on its seals count only if a witness or a time stamp dates them before the theft.
"""

from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import transaction

from security import entering
from security.entering import NewEntry
from security.errors import KeyRefused
from security.keys import ed25519
from security.keys.store import from_pem, store
from security.merkle import canonical, note
from security.models import Book, Entry, LogKey


def rotate(book: Book, *, actor: str, at: datetime) -> LogKey:
    """Let a new key sign from now on; the old one signs the next seal once more and is then retired."""
    with transaction.atomic():
        old = LogKey.objects.get(book=book, state=LogKey.State.CURRENT)
        vkey = store().create(book.origin)
        proof = store().signer(vkey)(introduction(book.origin, vkey.text()))
        introduced, retired = entering.enter(
            book.name,
            [
                NewEntry("key.introduced", {"vkey": vkey.text(), "proof": proof.hex()}, f"book:{book.name}", actor, at),
                NewEntry("key.retired", {"vkey": old.vkey, "successor": vkey.text()}, f"book:{book.name}", actor, at),
            ],
        )[:2]
        LogKey.objects.filter(pk=old.pk).update(state=LogKey.State.RETIRING, ended_at=at, ended_in=retired.sequence)
        return LogKey.objects.create(
            book=book,
            vkey=vkey.text(),
            state=LogKey.State.CURRENT,
            introduced_at=at,
            introduced_in=introduced.sequence,
        )


def revoke(book: Book, vkey: str, *, not_after: datetime, signature: bytes, actor: str, at: datetime) -> LogKey:
    """Revoke a key with a statement signed by the recovery key; a key that still signs is replaced in the same act."""
    key = LogKey.objects.filter(book=book, vkey=vkey).first()
    if key is None or key.state == LogKey.State.REVOKED:
        raise KeyRefused("the book has no such key, or it is revoked already")
    recovery = named_recovery_key(book)
    if not ed25519.verify(recovery.key, signature, revocation(book.origin, vkey, not_after)):
        raise KeyRefused("the statement is not signed by the recovery key that entry 0 names")
    with transaction.atomic():
        if key.state == LogKey.State.CURRENT:
            rotate(book, actor=actor, at=at)
        payload = {"vkey": vkey, "not_after": _text(not_after), "signature": signature.hex()}
        receipt = entering.enter(book.name, [NewEntry("key.revoked", payload, f"book:{book.name}", actor, at)])[0]
        LogKey.objects.filter(pk=key.pk).update(state=LogKey.State.REVOKED, ended_at=at, ended_in=receipt.sequence)
    key.refresh_from_db()
    return key


def sign_revocation(book: Book, vkey: str, *, not_after: datetime, recovery_pem: bytes) -> bytes:
    """Sign the statement with the recovery key's file; raise KeyRefused where it is not the key that entry 0 names."""
    private: Ed25519PrivateKey = from_pem(recovery_pem)
    if private.public_key().public_bytes_raw() != named_recovery_key(book).key:
        raise KeyRefused("this is not the recovery key that entry 0 names")
    return private.sign(revocation(book.origin, vkey, not_after))


def named_recovery_key(book: Book) -> note.Vkey:
    line = Entry.objects.values_list("line", flat=True).get(book=book, sequence=0)
    return note.parse_vkey(canonical.decode(bytes(line))["payload"]["recovery"])


def replay(book: Book, said: dict[str, Any]) -> None:
    """Bring the key history up to what an entry says; for entries that come back after a loss."""
    payload, at = said["payload"], datetime.fromisoformat(said["at"])
    ended = {"ended_at": at, "ended_in": said["sequence"]}
    if said["kind"] == "key.introduced":
        introduced = {"introduced_at": at, "introduced_in": said["sequence"], "state": LogKey.State.CURRENT}
        LogKey.objects.get_or_create(vkey=payload["vkey"], book=book, defaults=introduced)
    elif said["kind"] == "key.retired":
        LogKey.objects.filter(book=book, vkey=payload["vkey"]).update(state=LogKey.State.RETIRED, **ended)
    elif said["kind"] == "key.revoked":
        LogKey.objects.filter(book=book, vkey=payload["vkey"]).update(state=LogKey.State.REVOKED, **ended)


def introduction(origin: str, vkey: str) -> bytes:
    """What a new key signs to prove that somebody holds it."""
    return f"meridian key introduced v1\n{origin}\n{vkey}\n".encode()


def revocation(origin: str, vkey: str, not_after: datetime) -> bytes:
    """What the recovery key signs: the named key's signatures after that time are not ours."""
    return f"meridian key revoked v1\n{origin}\n{vkey}\n{_text(not_after)}\n".encode()


def _text(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
