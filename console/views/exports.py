"""Exports of log books: ask for one, see how far it is, take it away; and the files that auditors run themselves."""

from typing import Any

from django import forms
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from console import bell
from console.access import needs
from console.http import ConsoleRequest
from console.rights import Right
from security import exporting
from security.errors import NothingToExport
from security.exporting import Wanted
from security.models import Book, Export
from security.tasks import make_exports

TEMPLATE = "console/exports/list.html"
SHOWN = 100


class Order(forms.Form):
    """What to export. The names of the fields are those of the API."""

    book = forms.ChoiceField(label=_("Log book"))
    first = forms.CharField(
        label=_("From"),
        required=False,
        max_length=40,
        help_text=_("The number of an entry, or a day such as 2026-06-01. Nothing: from the beginning."),
    )
    last = forms.CharField(
        label=_("To"), required=False, max_length=40, help_text=_("Included. Nothing: up to this moment.")
    )
    subject = forms.CharField(
        label=_("Only about"),
        required=False,
        max_length=200,
        help_text=_("Such as station:DE*ABC*E0001. Each entry then carries its own proof."),
    )
    openings = forms.BooleanField(
        label=_("With personal data"),
        required=False,
        help_text=_("The names and tags that entries otherwise hold only as commitments."),
    )

    def __init__(self, *arguments: Any, may_open: bool, **named: Any) -> None:
        super().__init__(*arguments, **named)
        books = Book.objects.order_by("id").values_list("name", flat=True)
        self.fields["book"].choices = [(name, name) for name in books]  # type: ignore[attr-defined]
        if not may_open:
            del self.fields["openings"]

    def wanted(self) -> Wanted:
        said = self.cleaned_data
        return Wanted(said["book"], said["first"], said["last"], said["subject"], said.get("openings", False))


def _order(request: ConsoleRequest) -> Order:
    return Order(request.POST or None, may_open=request.user.may(Right.EXPORT_OPENINGS))


def _facts(form: Order) -> dict[str, Any]:
    rows = list(Export.objects.select_related("book").order_by("-id")[:SHOWN])
    return {"form": form, "rows": rows, "busy": any(row.status in ("waiting", "running") for row in rows)}


@needs(Right.EXPORT_LOGBOOKS)
@require_safe
def exports(request: ConsoleRequest) -> HttpResponse:
    template = f"{TEMPLATE}#rows" if request.htmx else TEMPLATE
    return render(request, template, _facts(Order(may_open=request.user.may(Right.EXPORT_OPENINGS))))


@needs(Right.EXPORT_LOGBOOKS)
@require_POST
def export_ask(request: ConsoleRequest) -> HttpResponse:
    """Queue an export; a worker makes it. Personal data leave only with a right of their own."""
    form = _order(request)
    if form.is_valid():
        try:
            exporting.ask(form.wanted(), actor=request.user.actor, at=request.now)
        except NothingToExport as exc:
            form.add_error(None, exc.reason)
    if not form.is_valid():
        return render(request, TEMPLATE, _facts(form), status=400)
    bell.nudge(make_exports)
    return redirect("exports")


@needs(Right.EXPORT_LOGBOOKS)
@require_safe
def export_download(request: ConsoleRequest, number: int) -> FileResponse:
    """The bundle; whoever took it is entered. One with personal data needs the right to them once more."""
    row = Export.objects.select_related("book").filter(pk=number).first()
    if row is None or (row.with_openings and not request.user.may(Right.EXPORT_OPENINGS)):
        raise Http404("there is no such export for you")
    try:
        path = exporting.file_of(row)
    except NothingToExport as exc:
        raise Http404(exc.reason) from exc
    if request.method == "GET":
        exporting.taken_away(row, actor=request.user.actor, at=request.now)
    return FileResponse(path.open("rb"), as_attachment=True, filename=row.file, content_type="application/zip")


@needs(Right.SEE_LOGBOOKS)
@require_safe
def export_program(_request: ConsoleRequest, name: str) -> HttpResponse:
    """verify.py and witness.py, for a machine that is not ours."""
    made = exporting.PROGRAMS.get(name)
    if made is None:
        raise Http404("there is no such program")
    return _file(made(), name, "text/x-python; charset=utf-8")


@needs(Right.SEE_LOGBOOKS)
@require_safe
def export_authority(request: ConsoleRequest) -> HttpResponse:
    """The certificate that the signatures of exports are checked against."""
    return _file(exporting.authority(at=request.now).pem(), "ca.pem", "application/x-pem-file")


def _file(data: bytes, name: str, kind: str) -> HttpResponse:
    response = HttpResponse(data, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
