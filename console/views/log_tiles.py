"""The log books as others read them: C2SP checkpoint and tiles, entries, proofs. Plain files in all but name.

Only what a seal covers is served as tiles; full tiles and entries never change, so a reader may keep them for ever.
"""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from console.access import needs
from console.rights import Right
from security import logbook, proofs
from security.errors import BookUnknown, EntryUnknown, NotSealed
from security.merkle import base64text, tiles
from security.merkle.faults import Malformed
from security.models import Book, Checkpoint

FOR_EVER = 365 * 24 * 3600
TEXT, BYTES, JSON = "text/plain; charset=utf-8", "application/octet-stream", "application/json"


def _book(name: str) -> Book:
    try:
        return logbook.get_book(name)
    except BookUnknown as exc:
        raise Http404(str(exc)) from exc


def _last_seal(book: Book) -> Checkpoint:
    seal = proofs.last_seal(book)
    if seal is None:
        raise Http404(f"book {book.name} is not sealed yet")
    return seal


def _lasting(body: bytes | str, kind: str) -> HttpResponse:
    """An answer that will never be another one."""
    response = HttpResponse(body, content_type=kind)
    patch_cache_control(response, private=True, immutable=True, max_age=FOR_EVER)
    return response


def _passing(response: HttpResponse) -> HttpResponse:
    patch_cache_control(response, private=True, no_cache=True)
    return response


@needs(Right.SEE_LOGBOOKS)
@require_safe
def log_checkpoint(_request: HttpRequest, book: str) -> HttpResponse:
    """The newest seal with the cosignatures that it has so far."""
    note = proofs.published(_last_seal(_book(book)))
    return _passing(HttpResponse(note.to_text(), content_type=TEXT))


@needs(Right.SEE_LOGBOOKS)
@require_safe
def log_tile(_request: HttpRequest, book: str, tile: str) -> HttpResponse:
    """`tile/<level>/<number>[.p/<width>]`, or `tile/entries/…` for the entries themselves."""
    found = _book(book)
    try:
        level, number, width = tiles.parse_path(f"tile/{tile}")
    except Malformed as exc:
        raise Http404(str(exc)) from exc
    height = level if isinstance(level, int) else 0
    if not tiles.exists(height, number, width, _last_seal(found).size):
        raise Http404("the sealed tree has no such tile")
    if level == tiles.ENTRIES:
        begin = number * tiles.WIDTH
        rows = found.entries.filter(sequence__gte=begin, sequence__lt=begin + width).order_by("sequence")
        return _lasting(tiles.entry_bundle(bytes(line) for line in rows.values_list("line", flat=True)), BYTES)
    return _lasting(b"".join(proofs.stored_hashes(found.pk, height, number)[:width]), BYTES)


@needs(Right.SEE_LOGBOOKS)
@require_safe
def log_entry(_request: HttpRequest, book: str, sequence: int) -> HttpResponse:
    """The stored bytes themselves; the leaf is SHA-256 over a zero byte and these."""
    try:
        return _lasting(bytes(logbook.get_entry(book, sequence).line), JSON)
    except EntryUnknown as exc:
        raise Http404(str(exc)) from exc


@needs(Right.SEE_LOGBOOKS)
@require_safe
def log_entry_proof(_request: HttpRequest, book: str, sequence: int) -> HttpResponse:
    """A tlog-proof under the first seal that covers the entry. Cosignatures may still be added to that seal."""
    try:
        proof = proofs.entry_proof(_book(book), sequence)
    except (NotSealed, EntryUnknown) as exc:
        raise Http404(str(exc)) from exc
    response = HttpResponse(proof.to_text(), content_type=TEXT)
    response["Content-Disposition"] = f'attachment; filename="{book}-{sequence}.tlog-proof"'
    return _passing(response)


@needs(Right.SEE_LOGBOOKS)
@require_safe
def log_inclusion(request: HttpRequest, book: str) -> HttpResponse:
    """`?sequence=N&size=M`: the hashes from entry N to the root of size M (the newest seal's unless given)."""
    found = _book(book)
    size = _number(request, "size", _last_seal(found).size)
    sequence = _number(request, "sequence", None)
    return _hashes(found, {"sequence": sequence, "size": size}, lambda: proofs.inclusion(found, sequence, size))


@needs(Right.SEE_LOGBOOKS)
@require_safe
def log_consistency(request: HttpRequest, book: str) -> HttpResponse:
    """`?from=N&to=M`: the hashes that show that the tree of size M begins with that of size N."""
    found = _book(book)
    new = _number(request, "to", _last_seal(found).size)
    old = _number(request, "from", None)
    return _hashes(found, {"from": old, "to": new}, lambda: proofs.consistency(found, old, new))


def _hashes(book: Book, asked: dict[str, int], make: Any) -> HttpResponse:
    try:
        hashes = make()
    except EntryUnknown as exc:
        raise Http404(str(exc)) from exc
    size = asked.get("size", asked.get("to", 0))
    root = proofs.root_at(book, size)
    shown = {**asked, "root": base64text.to_text(root), "hashes": [base64text.to_text(value) for value in hashes]}
    response = JsonResponse(shown)
    patch_cache_control(response, private=True, immutable=True, max_age=FOR_EVER)
    return response


def _number(request: HttpRequest, name: str, default: int | None) -> int:
    text = request.GET.get(name, "" if default is None else str(default))
    try:
        return base64text.number_from_text(text, form=name)
    except Malformed as exc:
        raise Http404(f"{name} is not a number: {text[:40]!r}") from exc
