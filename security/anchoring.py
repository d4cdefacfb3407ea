"""Run the errands: have seals cosigned by witnesses and stamped by authorities. The row is the queue.

An errand is claimed by moving its due time, so that two workers do not run it at once, and a worker that dies leaves a
row that falls due again. Only the newest seal of a book is worth an anchor: whoever vouches for it vouches for all
before, and an anchor on an old seal would say of newer entries that they came too late.
"""

from datetime import datetime, timedelta

from django.db import transaction

from security import alarms, cosigning, logbook, proofs, stamping
from security.errors import CosigningRefused, SecurityError, WitnessKnowsMore
from security.merkle import note
from security.models import Anchor, AnchorKind, Checkpoint, Errand, TimestampAuthority, Witness
from security.pki.errors import StampRefused
from security.verifying import cms

FIRST, LONGEST = timedelta(seconds=5), timedelta(hours=1)
LEASE = timedelta(minutes=2)
REWRITTEN, LYING, DISPUTED = "witness-knows-more", "witness-lying", "witness-disputes"
# Refusals that are about the book's history and not about the line to the witness.
ALARMING = {"inconsistent": DISPUTED, "lying": LYING}


def run_due(*, at: datetime, most: int = 50) -> int:
    """Run what is due; returns how many anchors were gained."""
    gained = 0
    due = Errand.objects.filter(status=Errand.Status.DUE, due_at__lte=at).order_by("due_at", "id")
    for errand in due.select_related("checkpoint__book")[:most]:
        if _claim(errand, at=at):
            gained += run(errand, at=at)
    return gained


def _claim(errand: Errand, *, at: datetime) -> bool:
    mine = Errand.objects.filter(pk=errand.pk, status=Errand.Status.DUE, due_at=errand.due_at)
    return mine.update(due_at=at + LEASE, attempts=errand.attempts + 1, changed_at=at) == 1


def run(errand: Errand, *, at: datetime) -> bool:
    """Run one claimed errand; whether it brought an anchor. Network first, then one short transaction."""
    errand.refresh_from_db()
    seal = errand.checkpoint
    if _is_old(seal):
        _end(errand, Errand.Status.SUPERSEDED, at=at)
        return False
    try:
        body, stated_at = _cosign(errand, seal) if errand.kind == AnchorKind.WITNESS else _stamp(errand, seal, at)
    except WitnessKnowsMore as exc:
        _face_larger(errand, seal, exc, at=at)
        return False
    except (CosigningRefused, StampRefused) as exc:
        _put_off(errand, exc.code, str(exc), at=at)
        return False
    with transaction.atomic():
        if not _end(errand, Errand.Status.DONE, at=at):
            return False
        Anchor.objects.create(
            checkpoint=seal, kind=errand.kind, name=errand.name, body=body, stated_at=stated_at, received_at=at
        )
        for code in (LYING, DISPUTED) if errand.kind == AnchorKind.WITNESS else ():
            alarms.settle(seal.book, f"{code}:{errand.name}"[:64], at=at)
    return True


def _is_old(seal: Checkpoint) -> bool:
    return Checkpoint.objects.filter(book=seal.book, size__gt=seal.size).exists()


def _cosign(errand: Errand, seal: Checkpoint) -> tuple[bytes, datetime]:
    witness = Witness.objects.filter(name=errand.name, is_asked=True).first()
    if witness is None:
        raise CosigningRefused(errand.name, "not-asked", "this witness is no longer asked")
    last = Anchor.objects.filter(kind=AnchorKind.WITNESS, name=errand.name, checkpoint__book=seal.book)
    known = last.order_by("-checkpoint__size").values_list("checkpoint__size", flat=True).first()
    got = cosigning.cosign(witness, seal, known=known or 0)
    return got.line, got.at


def _stamp(errand: Errand, seal: Checkpoint, at: datetime) -> tuple[bytes, datetime]:
    authority = TimestampAuthority.objects.filter(name=errand.name, is_asked=True).exclude(url="").first()
    if authority is None:
        raise StampRefused(errand.name, "not-asked", "this authority is no longer asked")
    got = stamping.ask(authority, proofs.published(seal).text.encode("utf-8"), at=at)
    return got.body, got.at


def _end(errand: Errand, status: Errand.Status, *, at: datetime) -> bool:
    mine = Errand.objects.filter(pk=errand.pk, status=Errand.Status.DUE)
    return mine.update(status=status, last_error="", changed_at=at) == 1


def _put_off(errand: Errand, code: str, why: str, *, at: datetime) -> None:
    """Ask again later: 5 s, 10 s, 20 s … up to an hour. A dispute about the history is an alarm as well."""
    if code == "not-asked":
        _end(errand, Errand.Status.SUPERSEDED, at=at)
        return
    wait = min(FIRST * 2 ** min(errand.attempts - 1, 12), LONGEST)
    Errand.objects.filter(pk=errand.pk, status=Errand.Status.DUE).update(
        due_at=at + wait, last_error=f"{code}: {why}"[:300], changed_at=at
    )
    if code in ALARMING:
        alarms.raise_alarm(errand.checkpoint.book, f"{ALARMING[code]}:{errand.name}"[:64], why, at=at)


def _face_larger(errand: Errand, seal: Checkpoint, found: WitnessKnowsMore, *, at: datetime) -> None:
    """The witness holds a longer book than we have: an old state was restored, or somebody else signs with our key.

    It is believed only where it shows a checkpoint that a key of ours signed; a mere claim must not stop the house.
    """
    book = seal.book
    book.refresh_from_db()
    if _is_old(seal):
        _end(errand, Errand.Status.SUPERSEDED, at=at)
        return
    detail = f"{found.name} holds a checkpoint of size {found.size}, ours is {seal.size}"
    if found.is_ours:
        alarms.break_book(book, REWRITTEN, f"{detail}, signed by a key of this book", at=at)
    else:
        _put_off(errand, "lying", f"{detail}, and shows none that we signed", at=at)


def add_witness(name: str, vkey: str, url: str, *, actor: str, at: datetime) -> Witness:
    with transaction.atomic():
        witness = Witness.objects.create(name=name, vkey=note.parse_vkey(vkey).text(), url=url, added_at=at)
        facts = {"vkey": vkey, "url": url}
        logbook.append("audit", "witness.added", facts, subject=f"witness:{name}", actor=actor, at=at)
    return witness


def add_authority(name: str, url: str, chain: str, *, interval_s: int, actor: str, at: datetime) -> TimestampAuthority:
    if not cms.read_authorities(chain.encode("ascii")):
        raise SecurityError("an authority needs the certificates that its stamps are checked against, as PEM")
    with transaction.atomic():
        authority = TimestampAuthority.objects.create(
            name=name, url=url, chain=chain, interval_s=interval_s, added_at=at
        )
        facts = {"url": url, "interval_s": interval_s}
        logbook.append("audit", "timestamps.added", facts, subject=f"authority:{name}", actor=actor, at=at)
    return authority
