"""`manage.py logbook …`: read, enter, seal, and put right."""

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.dateparse import parse_datetime

from console import audit
from console.management import book_care, bundles, holders
from console.management.nouns import Answer, Call, Noun, Refused, Verb, arg
from security import logbook, proofs, recovering, sealing, trust
from security.keys import rotation
from security.merkle import canonical
from security.models import Book, Checkpoint, Entry

KIND = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
# These tell what the book itself, its keys and its personal values went through; typed by hand they would mislead.
NOT_BY_HAND = ("book.", "key.", "personal.")


def list_books(_: Call) -> Answer:
    rows = []
    for book in Book.objects.order_by("id"):
        last = proofs.last_seal(book)
        rows.append(
            {
                "book": book.name,
                "origin": book.origin,
                "size": book.size,
                "sealed_size": last.size if last else 0,
                "root": bytes(last.root).hex() if last else "",
                "state": book.state,
            }
        )
    lines = [
        f"{row['book']:14} {row['state']:10} {row['size']:>8} entries, sealed to {row['sealed_size']}" for row in rows
    ]
    return Answer(rows, "\n".join(lines) or "No log book has been opened yet.")


def append(call: Call, *, book: str, kind: str, subject: str, payload: str) -> Answer:
    try:
        said = json.loads(payload)
    except ValueError as exc:
        raise Refused("payload-unreadable", f"--payload is not JSON: {exc}") from exc
    if not isinstance(said, dict):
        raise Refused("payload-unreadable", "--payload is not a JSON object")
    if not KIND.fullmatch(kind) or kind.startswith(NOT_BY_HAND):
        raise Refused("kind-refused", f"{kind!r} is no kind that people enter: choose a code such as meter.seal-broken")
    with transaction.atomic():
        receipt = logbook.append(book, kind, said, subject=subject, actor=call.actor, at=call.at)
        if receipt.book != "audit":
            told = {"book": receipt.book, "sequence": receipt.sequence, "kind": kind}
            audit.enter("logbook.entered", subject=f"book:{receipt.book}", actor=call.actor, at=call.at, payload=told)
    data = {"book": receipt.book, "sequence": receipt.sequence, "leaf": receipt.leaf.hex()}
    return Answer(data, f"Entry {receipt.sequence} in book {receipt.book}.")


def entries(_: Call, *, book: str, begin: int | None, end: int | None, kind: str | None, subject: str | None) -> Answer:
    found = Entry.objects.filter(book=logbook.get_book(book)).order_by("sequence")
    wanted = {"sequence__gte": begin, "sequence__lte": end, "kind": kind, "subject": subject}
    found = found.filter(**{name: value for name, value in wanted.items() if value is not None})
    rows = [_row(bytes(line), bytes(leaf)) for line, leaf in found.values_list("line", "leaf").iterator()]
    lines = [f"{row['sequence']:>8} {row['at']} {row['kind']:28} {row['subject']} by {row['actor']}" for row in rows]
    return Answer(rows, "\n".join(lines) or "No entry fits.")


def _row(line: bytes, leaf: bytes) -> dict[str, Any]:
    return {**canonical.decode(line), "leaf": leaf.hex()}


def seal(call: Call, *, book: str | None) -> Answer:
    books = [logbook.get_book(book)] if book else list(Book.objects.exclude(state=Book.State.CLOSED).order_by("id"))
    rows = [_sealed(made) for made in sealing.order(*books, by=call.actor, at=call.at)]
    text = "\n".join(f"{row['book']}: sealed at {row['size']}, root {row['root']}" for row in rows)
    return Answer(rows[0] if book else rows, text or "No log book has been opened yet.")


def _sealed(made: Checkpoint) -> dict[str, Any]:
    witnesses, stamps = proofs.reached(made)
    return {
        "book": made.book.name,
        "size": made.size,
        "root": bytes(made.root).hex(),
        "checkpoint": proofs.published(made).to_text(),
        "witnesses": [{"name": name, "at": at.isoformat()} for name, at in witnesses],
        "timestamps": [{"name": name, "at": at.isoformat()} for name, at in stamps],
    }


def policy(call: Call, *, book: str, ca: bool) -> Answer:
    if ca:
        pem = bundles.authority_pem(call)
        return Answer({"ca": pem}, pem.rstrip("\n"))
    text = trust.policy_text(logbook.get_book(book))
    return Answer({"policy": text}, text.rstrip("\n"))


def recover(
    call: Call,
    *,
    book: str,
    bundle: str | None,
    successor: bool,
    reason: str,
    revoke_key: str | None,
    recovery_key: str | None,
    not_after: str | None,
) -> Answer:
    """Without a choice it only tells what is wrong; it does nothing by itself."""
    found = logbook.get_book(book)
    if bundle:
        many = recovering.reimport(found, _file(bundle), actor=call.actor, at=call.at)
        return Answer({"book": book, "imported": many}, f"{many} entries came back; the book is open again.")
    if successor:
        if not reason:
            raise Refused("reason-missing", "--successor needs --reason: it is entry 0 of the new book")
        made = recovering.succeed(found, reason=reason, actor=call.actor, at=call.at)
        return Answer({"book": book, "successor": made.name}, f"{book} is closed; entries now go to {made.name}.")
    if revoke_key:
        return _revoke(call, found, revoke_key, recovery_key, not_after)
    return _diagnosis(found)


def _revoke(call: Call, book: Book, vkey: str, recovery_key: str | None, not_after: str | None) -> Answer:
    if not recovery_key:
        raise Refused("recovery-key-missing", "--revoke-key needs --recovery-key FILE, from where you keep it")
    until: datetime | None = parse_datetime(not_after) if not_after else call.at
    if until is None or until.tzinfo is None:
        raise Refused("time-unreadable", "--not-after needs a time with its zone, such as 2026-06-01T12:00:00Z")
    signature = rotation.sign_revocation(book, vkey, not_after=until, recovery_pem=_file(recovery_key).read_bytes())
    key = rotation.revoke(book, vkey, not_after=until, signature=signature, actor=call.actor, at=call.at)
    return Answer({"book": book.name, "revoked": key.vkey, "entry": key.ended_in}, f"Revoked {key.vkey}.")


def _diagnosis(book: Book) -> Answer:
    found = recovering.diagnose(book)
    data = {
        "book": book.name,
        "state": book.state,
        "size": book.size,
        "signed_size": found.signed_size,
        "wrong": found.wrong,
        "detail": found.detail,
        "alarms": [{"code": alarm.code, "detail": alarm.detail} for alarm in found.alarms],
    }
    if found.wrong is None and book.state == Book.State.OPEN:
        return Answer(data, f"Nothing is wrong with {book.name}: it continues what was signed.")
    choices = "Choose --from BUNDLE.zip (bring entries back) or --successor --reason TEXT (go on in a new book)."
    return Answer(data, f"{book.name} is {book.state}. {found.detail}\n{choices}", code=1)


def _file(name: str) -> Path:
    path = Path(name)
    if not path.is_file():
        raise Refused("file-missing", f"there is no file {name}")
    return path


class Command(Noun):
    help = "Log books: entries, seals, trust, recovery."
    verbs = (
        Verb("list", list_books, "all log books with their sizes"),
        Verb(
            "append",
            append,
            "enter something by hand",
            arg("book", metavar="BOOK"),
            arg("--kind", required=True),
            arg("--subject", required=True),
            arg("--payload", required=True, metavar="JSON"),
        ),
        Verb(
            "entries",
            entries,
            "read entries",
            arg("book", metavar="BOOK"),
            arg("--from", dest="begin", type=int, metavar="N"),
            arg("--to", dest="end", type=int, metavar="N"),
            arg("--kind"),
            arg("--subject"),
        ),
        Verb("seal", seal, "sign what is new, now", arg("book", metavar="BOOK", nargs="?")),
        Verb(
            "policy",
            policy,
            "the trust root for an auditor, as a tlog-policy",
            arg("book", metavar="BOOK"),
            arg("--ca", action="store_true", help="instead: the authority behind the signature of exports, as PEM"),
        ),
        bundles.EXPORT,
        bundles.VERIFY,
        book_care.KEYS,
        book_care.ROTATE,
        book_care.ERASE,
        holders.ADD_WITNESS,
        holders.ADD_TIMESTAMPS,
        holders.HOLDERS,
        Verb(
            "recover",
            recover,
            "tell what is wrong with a book, and put it right",
            arg("book", metavar="BOOK"),
            arg("--from", dest="bundle", metavar="BUNDLE", help="bring missing entries back from an export"),
            arg("--successor", action="store_true", help="close the book and go on in a new one"),
            arg("--reason", default=""),
            arg("--revoke-key", metavar="VKEY"),
            arg("--recovery-key", metavar="FILE"),
            arg("--not-after", metavar="TIME", help="seals by that key after this time are not ours (default: now)"),
        ),
    )
