"""Every part in every state, for those who build pages. Only with DEBUG."""

from datetime import UTC, datetime, timedelta
from math import sin

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from console import drawing
from console.access import public
from console.http import ConsoleRequest
from console.views import errors
from console.vocabulary import STATES

SEEN = datetime(2026, 11, 21, 9, 14, 7, 401226, tzinfo=UTC)
HASH = "e7eee7615ef35f30e49b482e15cae75007201e12617b0feda7e1647796ff022b"
ERRORS = {400, 403, 404, 500, 503}
TOKENS = ("paper", "plate", "well", "ink", "ink-2", "line", "line-2", "accent", "wash")
STATUS_TOKENS = ("good", "warn", "bad", "wait", "bad-wash", "warn-wash")
OFFSETS = ((0.012, 0.3), (-1.42, 0.05), (7.241, 0.02), None)


class Specimen(forms.Form):
    identity = forms.CharField(label="Identity", help_text="As the station sends it; letter case counts")
    profile = forms.ChoiceField(label="Profile", choices=[("3", "3, TLS with client certificate")])
    heartbeat = forms.IntegerField(label="Heartbeat in seconds", min_value=10, max_value=86_400)
    code = forms.CharField(label="Second factor", required=False)
    reason = forms.CharField(label="Reason", min_length=10, widget=forms.Textarea)
    versions = forms.MultipleChoiceField(
        label="Protocols",
        required=False,
        choices=[("2.0.1", "OCPP 2.0.1"), ("1.6", "OCPP 1.6")],
        widget=forms.CheckboxSelectMultiple,
    )
    quiet = forms.BooleanField(label="Do not ask again", required=False)


class Reason(forms.Form):
    reason = forms.CharField(
        label="Reason", help_text="An auditor will read it in two years", min_length=10, widget=forms.Textarea
    )


# Public: it holds nothing but specimens, and exists only while developing.
@public
@require_safe
def design(request: ConsoleRequest) -> HttpResponse:
    if "toast" in request.GET:
        messages.success(request, "Key proposed for DE*AUW*E1093")
        messages.error(request, "The audit book takes nothing at the moment")
    return render(request, "console/design/show.html", specimens())


def specimens() -> dict[str, object]:
    form = Specimen({"identity": "DE*AUW*E2213", "profile": "3", "heartbeat": "0", "code": "417204", "reason": "test"})
    rows = ["DE*AUW*E0011", "DE*AUW*E0508", "DE*AUW*E1187", "DE*AUW*E0602"]
    codes = ["connected", "silent", "connected", "offline"]
    return {
        "tokens": TOKENS + STATUS_TOKENS,
        "states": list(STATES),
        "seals": [
            ("open", "broken ring: stored, waits for the next seal"),
            ("sealed", "closed ring with the scale inside: signed by us"),
            ("witnessed", "toothed disc: others hold it too; say how many"),
            ("broken", "two halves: the proof failed, the book is read-only"),
        ],
        "form": form,
        "errors": sorted(ERRORS),
        "seen": SEEN,
        "past": SEEN - timedelta(minutes=22),
        "hash": HASH,
        "stations": [
            (
                identity,
                code,
                offset and drawing.dial(*offset, limit=5),
                offset and f"{offset[0]:+.3f}".replace("-", "−"),
            )
            for identity, code, offset in zip(rows, codes, OFFSETS, strict=True)
        ],
        "chart": offsets_chart(),
        "bars": drawing.offset_bars(
            [sin(n * 12.9898) ** 5 * 0.9 for n in range(400)] + [7.2, -9.0], limit=5, height=110
        ),
        "limits": [drawing.offset_place(value) for value in (-5, 5)],
        "scale": [
            (drawing.offset_place(value), f"{value:+g}".replace("-", "−"))
            for value in (-60, -5, -1, -0.1, 0, 0.1, 1, 5, 60)
        ],
        "fleet": drawing.parts_of(
            [("connected", 3061), ("silent", 84), ("offline", 97), ("pending", 31), ("blocked", 11)]
        ),
        "page": {"shown": "26–50", "about": "212", "earlier": "a", "later": "b"},
    }


# Public: a specimen as well.
@public
@require_safe
def design_confirm(request: ConsoleRequest) -> HttpResponse:
    """A confirm page whose reason was too short."""
    shown = {
        "question": "Rotate the key of DE*AUW*E0508?",
        "effects": [
            {"subject": "DE*AUW*E0508", "now": "key of 2 Aug 2026", "then": "a new key, once the station has used it"}
        ],
        "warning": "This station uses profile 1: its new key would cross the network unencrypted.",
        "form": Reason({"reason": "test"}),
        "act": "Rotate the key",
        "back": "/design/",
    }
    return render(request, "console/confirm.html", shown)


# Public: a specimen as well.
@public
@require_safe
def design_error(request: ConsoleRequest, status: int) -> HttpResponse:
    """An error page as a browser gets it, with its status."""
    if status not in ERRORS:
        raise Http404
    return errors.page(request, status)


def offsets_chart() -> drawing.Chart | None:
    start, minutes = SEEN - timedelta(hours=12), range(0, 720, 6)
    at = [(start + timedelta(minutes=minute)).timestamp() for minute in minutes]
    values = [None if 300 < minute < 342 else sin(minute / 70) * 0.8 + minute / 900 for minute in minutes]
    return drawing.line_chart(
        [drawing.Series("offset", list(zip(at, values, strict=True)))],
        across=drawing.time_ticks(start, SEEN),
        band=[(x, y - 0.3, y + 0.3) for x, y in zip(at[:50], values[:50], strict=True) if y is not None],
        limits=[drawing.Limit(2.0, "limit 2 ms")],
        unit=" ms",
    )
