"""The log books as people read them: books, entries, one entry with its proof, keys, trust, checks of a whole book."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

import segno
from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from console import bell, ladder, sentences
from console.access import needs
from console.http import ConsoleRequest
from console.rights import Right
from security import alarms, checking, fingerprints, logbook, proofs, queries, sealing, trust
from security.errors import BookUnknown, EntryUnknown, NotSealed
from security.keys import rotation
from security.merkle import note
from security.models import Book, Check, Checkpoint, Errand, LogKey
from security.tasks import run_checks


class Filters(forms.Form):
    """What is in the address; a value that cannot be read is left out of the search and said."""

    kind = forms.CharField(label=_("Kind"), required=False, max_length=64)
    subject = forms.CharField(label=_("Subject"), required=False, max_length=200)
    actor = forms.CharField(label=_("Actor"), required=False, max_length=200)
    since = forms.DateField(label=_("From day"), required=False, widget=forms.DateInput({"type": "date"}))
    until = forms.DateField(label=_("To day"), required=False, widget=forms.DateInput({"type": "date"}))
    first = forms.IntegerField(label=_("From entry"), required=False, min_value=0)
    last = forms.IntegerField(label=_("To entry"), required=False, min_value=0)

    def wanted(self) -> queries.Wanted:
        said = self.cleaned_data if self.is_valid() else getattr(self, "cleaned_data", {})
        since, until = said.get("since"), said.get("until")
        return queries.Wanted(
            kind=said.get("kind", ""),
            subject=said.get("subject", ""),
            actor=said.get("actor", ""),
            since=_midnight(since) if since else None,
            until=_midnight(until + timedelta(days=1)) if until else None,
            first=said.get("first"),
            last=said.get("last"),
        )


@dataclass(frozen=True)
class Chip:
    label: str
    value: str
    without: str


@dataclass(frozen=True)
class Row:
    """An entry in the list, with its sentence."""

    read: queries.Read
    sentence: str


def _midnight(day: Any) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _book(name: str) -> Book:
    try:
        return logbook.get_book(name)
    except BookUnknown as exc:
        raise Http404(str(exc)) from exc


@needs(Right.SEE_LOGBOOKS)
@require_safe
def logbooks(request: ConsoleRequest) -> HttpResponse:
    books = list(Book.objects.select_related("successor").order_by("id"))
    rows = [{"book": book, "seal": (seal := proofs.last_seal(book)), **_reach(seal)} for book in books]
    shown = {"rows": rows, "alarms": alarms.standing()}
    return render(request, f"console/logbooks/list.html{'#books' if request.htmx else ''}", shown)


def _reach(seal: Checkpoint | None) -> dict[str, Any]:
    """How far a seal got: open, sealed, witnessed; by how many of the witnesses asked, and the newest time stamp."""
    if seal is None:
        return {"proof": "open", "beside": "", "stamped_at": None}
    witnesses, stamps = proofs.reached(seal)
    asked = Errand.objects.filter(checkpoint=seal, kind="witness").count()
    return {
        "proof": "witnessed" if witnesses else "sealed",
        "beside": f"{len(witnesses)}/{asked}" if asked else "",
        "stamped_at": stamps[-1][1] if stamps else None,
    }


@needs(Right.SEE_LOGBOOKS)
@require_safe
def logbook_entries(request: ConsoleRequest, book: str) -> HttpResponse:
    return _entries(request, _book(book), None)


@needs(Right.SEE_LOGBOOKS)
@require_safe
def logbook_entry(request: ConsoleRequest, book: str, sequence: int) -> HttpResponse:
    """One entry beside the list it was chosen from; its proof is checked while the page is made."""
    found = _book(book)
    read = queries.read_one(found, sequence)
    if read is None:
        raise Http404(str(EntryUnknown(book, sequence)))
    return _entries(request, found, read)


def _entries(request: ConsoleRequest, book: Book, opened: queries.Read | None) -> HttpResponse:
    form = Filters(request.GET or None)
    wanted = form.wanted() if form.is_bound else queries.Wanted()
    before, after = _place(request, "before"), _place(request, "after")
    if opened and before is None and after is None and not wanted.conditions():
        before = opened.sequence + queries.PAGE // 2
    page = queries.page_of(book, wanted, before=before, after=after)
    seal = proofs.last_seal(book)
    shown = {
        "book": book,
        "manages": request.user.may(Right.MANAGE_LOGBOOKS),
        "seal": seal,
        **_reach(seal),
        "form": form,
        "chips": _chips(request, form),
        "kinds": queries.kinds(book),
        "page": page,
        "rows": [Row(read, sentences.of(read.said)) for read in page.rows],
        "alarms": [alarm for alarm in alarms.standing() if alarm.book == book],
        "opened": opened,
        **(_opened(book, opened) if opened else {}),
    }
    return render(request, f"console/logbooks/entries.html{'#page' if request.htmx else ''}", shown)


def _opened(book: Book, opened: queries.Read) -> dict[str, Any]:
    """What stands beside the bytes: the sentence, the seal that covers them, and the proof, step by step."""
    seal = proofs.seal_over(book, opened.sequence)
    told: dict[str, Any] = {"sentence": sentences.of(opened.said), "covering": seal, "size": len(opened.line)}
    if seal is None:
        return told
    try:
        proof = proofs.entry_proof(book, opened.sequence, seal)
    except (NotSealed, EntryUnknown):
        return told
    return {
        **told,
        "proof_text": proof.to_text(),
        "ladder": ladder.draw(opened.line, proof, bytes(seal.root)),
        "checkpoint_text": proof.note.to_text(),
        "signers": [one.key_id.hex() for one in proof.note.signatures if one.name == book.origin],
        "anchors": seal.anchors.order_by("id"),
        "errands": seal.errands.filter(status=Errand.Status.DUE),
    }


def _place(request: ConsoleRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _chips(request: ConsoleRequest, form: Filters) -> list[Chip]:
    chips = []
    for field in form:
        if value := request.GET.get(field.name, ""):
            rest = request.GET.copy()
            for name in (field.name, "before", "after"):
                rest.pop(name, None)
            chips.append(Chip(str(field.label), value, f"?{rest.urlencode()}"))
    return chips


@needs(Right.SEE_LOGBOOKS)
@require_safe
def logbook_keys(request: ConsoleRequest, book: str) -> HttpResponse:
    """Who signed for this book, from when to when, by which entries."""
    found = _book(book)
    keys = LogKey.objects.filter(book=found).order_by("-introduced_in")
    rows = [
        {"key": key, "id": note.parse_vkey(key.vkey).id.hex(), "words": fingerprints.words(key.vkey)} for key in keys
    ]
    shown = {
        "book": found,
        "manages": request.user.may(Right.MANAGE_LOGBOOKS),
        "rows": rows,
        "recovery": rotation.named_recovery_key(found).text(),
    }
    return render(request, "console/logbooks/keys.html", shown)


@needs(Right.SEE_LOGBOOKS)
@require_safe
def logbook_trust(request: ConsoleRequest, book: str) -> HttpResponse:
    """A page to print and hand to the auditor: the trust root must not travel with the exports."""
    found = _book(book)
    key = LogKey.objects.filter(book=found, state=LogKey.State.CURRENT).first()
    shown = {
        "book": found,
        "key": key,
        "key_id": note.parse_vkey(key.vkey).id.hex() if key else "",
        "words": fingerprints.words(key.vkey) if key else [],
        "qr": segno.make(key.vkey, error="m").svg_inline(omitsize=True, light="white") if key else "",
        "policy": trust.policy_text(found),
    }
    return render(request, "console/logbooks/trust.html", shown)


@needs(Right.SEE_LOGBOOKS)
@require_safe
def logbook_policy(_request: ConsoleRequest, book: str) -> HttpResponse:
    """The same as `manage.py logbook policy`."""
    response = HttpResponse(trust.policy_text(_book(book)), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{book}-policy.txt"'
    return response


@needs(Right.SEE_LOGBOOKS)
@require_POST
def logbook_verify(request: ConsoleRequest, book: str) -> HttpResponse:
    """Ask for a check of the whole book; a worker does it, and the page shows how far it is."""
    check = checking.ask(_book(book), by=request.user.actor, at=request.now)
    bell.nudge(run_checks)
    return redirect("logbook_check", book=book, check=check.pk)


@needs(Right.SEE_LOGBOOKS)
@require_safe
def logbook_check(request: ConsoleRequest, book: str, check: int) -> HttpResponse:
    found = Check.objects.filter(book=_book(book), pk=check).select_related("book").first()
    if found is None:
        raise Http404("there is no such check")
    template = f"console/logbooks/check.html{'#progress' if request.htmx else ''}"
    return render(request, template, {"book": found.book, "check": found})


@needs(Right.MANAGE_LOGBOOKS)
@require_POST
def logbook_seal(request: ConsoleRequest, book: str) -> HttpResponse:
    """Sign what is new, now."""
    sealing.order(_book(book), by=request.user.actor, at=request.now)
    return redirect("logbook_entries", book=book)


@needs(Right.MANAGE_LOGBOOKS)
@require_POST
def logbook_rotate_key(request: ConsoleRequest, book: str) -> HttpResponse:
    """Let a new key sign from now on."""
    rotation.rotate(_book(book), actor=request.user.actor, at=request.now)
    return redirect("logbook_keys", book=book)
