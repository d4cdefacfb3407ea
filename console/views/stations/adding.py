"""New stations: one by hand, or many from a table. A password that was made here is shown on one page, this once."""

import base64
import binascii
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from console import bell
from console.access import needs
from console.http import ConsoleRequest
from console.models import Operator
from console.rights import Right
from console.station_addresses import door
from console.views.stations.finding import everywhere, groups_for
from security import confidential
from security.errors import CannotOpen
from stations import credentials, importing, registry
from stations.errors import StationsError
from stations.importing import Fault, Parsed

LARGEST = 1_000_000
EXAMPLE = """identity;profile;password;group
DE*ABC*E0001;2;hex:00112233445566778899aabbccddeeff00112233;Nord
DE*ABC*E0002;2;;Nord
DE*ABC*E0003;3;;"""
PROFILES = (
    (2, gettext_lazy("2: TLS and a key")),
    (1, gettext_lazy("1: plain, for the workshop")),
    (3, gettext_lazy("3: TLS and a certificate")),
)


class StationForm(forms.Form):
    """`by` decides which groups are offered: who works in some groups only adds stations to these."""

    identity = forms.CharField(
        label=gettext_lazy("Identity"),
        max_length=128,
        help_text=gettext_lazy("As the station has it: what it puts at the end of the address."),
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}),
    )
    profile = forms.TypedChoiceField(label=gettext_lazy("Security profile"), choices=PROFILES, coerce=int)
    group = forms.CharField(label=gettext_lazy("Group"), max_length=80, required=False)
    password = forms.CharField(
        label=gettext_lazy("Its key, where it has one already"),
        max_length=140,
        required=False,
        help_text=gettext_lazy("Text, or hex: and digits. Left empty, one is made and shown once."),
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )
    accepted = forms.BooleanField(
        label=gettext_lazy("Accept it at once, without giving it a key of its own first"), required=False
    )

    def __init__(self, *args: Any, by: Operator, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.groups = [group.name for group in groups_for(by, Right.ONBOARD_STATIONS)]
        if everywhere(by, Right.ONBOARD_STATIONS):
            self.fields["group"].widget = forms.TextInput({"list": "groups", "autocomplete": "off"})
            self.fields["group"].help_text = _("A new name makes a new group.")
        else:
            choices = [(name, name) for name in self.groups]
            self.fields["group"] = forms.ChoiceField(label=_("Group"), choices=choices)


@needs(Right.ONBOARD_STATIONS)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def station_add(request: ConsoleRequest) -> HttpResponse:
    if request.method != "POST":
        given = {name: request.GET.get(name, "") for name in ("identity", "profile")}
        return _form(
            request, StationForm(initial={key: value for key, value in given.items() if value}, by=request.user)
        )
    form = StationForm(request.POST, by=request.user)
    if not form.is_valid():
        return _form(request, form)
    said = form.cleaned_data
    try:
        added = registry.add(
            said["identity"].strip(),
            profile=said["profile"],
            group=said["group"].strip(),
            key=credentials.read(said["password"]) if said["password"] and said["profile"] != 3 else None,
            accepted=said["accepted"],
            by=request.user.actor,
            at=request.now,
        )
    except StationsError as error:
        form.add_error(None, str(error))
        return _form(request, form)
    bell.changed("stations", "queue")
    facts = {"station": added.station, "password": added.password}
    facts |= {"door": door(added.station.profile, added.station.identity)}
    return render(request, "console/stations/added.html", facts)


def _form(request: ConsoleRequest, form: StationForm) -> HttpResponse:
    return render(request, "console/stations/add.html", {"form": form}, status=400 if form.errors else 200)


# ── many at once ─────────────────────────────────────────────────────────────────────────────────────────────────


@needs(Right.ONBOARD_STATIONS)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stations_import(request: ConsoleRequest) -> HttpResponse:
    """The file first, then every line of it with what is wrong, then the act. In between the file waits sealed."""
    if request.method != "POST":
        return render(request, "console/stations/import.html", _import_facts())
    try:
        text = _sent(request)
    except (importing.Faulty, CannotOpen) as error:
        facts = _import_facts() | {"error": str(error)}
        return render(request, "console/stations/import.html", facts, status=400)
    parsed = _allowed(request, importing.check(importing.parse(text)))
    if request.POST.get("sealed") and not parsed.faults and parsed.lines:
        return _import(request, parsed)
    sealed = base64.b64encode(confidential.seal({"text": text}, context=_context(request))).decode()
    facts = _import_facts() | {"parsed": parsed, "sealed": sealed}
    return render(request, "console/stations/import.html", facts, status=400 if parsed.faults else 200)


def _import(request: ConsoleRequest, parsed: Parsed) -> HttpResponse:
    try:
        added = importing.carry_out(parsed.lines, by=request.user.actor, at=request.now)
    except StationsError as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(reverse("stations_import"))
    bell.changed("stations", "queue")
    made = [one for one in added if one.password is not None]
    table = "".join(f"{one.station.identity};{one.password}\n" for one in made)
    return render(request, "console/stations/imported.html", {"added": added, "made": made, "table": table})


def _sent(request: ConsoleRequest) -> str:
    if sealed := request.POST.get("sealed"):
        try:
            data = base64.b64decode(sealed, validate=True)
        except binascii.Error:
            data = b""
        return str(confidential.unseal(data, context=_context(request))["text"])
    file = request.FILES.get("file")
    if file is None:
        text = request.POST.get("text", "")
        if not text.strip():
            raise importing.Faulty(_("choose a file, or put the lines into the field"))
        return text[:LARGEST]
    if file.size is None or file.size > LARGEST:
        raise importing.Faulty(_("the file is larger than 1 MB: split it"))
    return importing.read(file.read())


def _context(request: ConsoleRequest) -> str:
    return f"import of stations by {request.user.actor}"


def _allowed(request: ConsoleRequest, parsed: Parsed) -> Parsed:
    """Who works in some groups only imports into these."""
    if everywhere(request.user, Right.ONBOARD_STATIONS):
        return parsed
    mine = {group.name for group in groups_for(request.user, Right.ONBOARD_STATIONS)}
    strange = [
        Fault(line.number, _("you may not add stations to the group “%(group)s”") % {"group": line.group})
        for line in parsed.lines
        if line.group not in mine
    ]
    return Parsed(parsed.lines, [*parsed.faults, *strange])


def _import_facts() -> dict[str, Any]:
    return {"example": EXAMPLE, "most": importing.MOST}
