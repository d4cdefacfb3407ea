"""People and roles: who may do what, and who may come in at all."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from console.access import needs
from console.accounts import factors, links, people, sessions
from console.confirming import sudo
from console.errors import ConsoleError, status_of
from console.http import ConsoleRequest
from console.models import Operator, SignInLink
from console.rights import ROLES, WORDS, Right, Role, needs_second_factor
from stations.models import StationGroup


@needs(Right.SEE_PEOPLE)
@require_GET
def people_list(request: ConsoleRequest) -> HttpResponse:
    rows = Operator.objects.prefetch_related("grants__group").order_by("-is_active", "name")
    facts = {"people": rows, "with_factor": factors.holders(), "may_manage": request.user.may(Right.MANAGE_PEOPLE)}
    return render(request, "console/people/list.html", facts)


@needs(Right.SEE_PEOPLE)
@require_GET
def roles(request: ConsoleRequest) -> HttpResponse:
    """The table itself: what this page shows is what the guards read."""
    rows = [(right, WORDS[right], [right in ROLES[role] for role in Role]) for right in Right]
    facts = {"roles": list(Role), "rows": rows, "second": [needs_second_factor({role}) for role in Role]}
    return render(request, "console/people/roles.html", facts)


@needs(Right.MANAGE_PEOPLE)
@sudo
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def person_invite(request: ConsoleRequest) -> HttpResponse:
    if request.method != "POST":
        return _invitation(request)
    given = request.POST
    try:
        person = people.invite(
            given.get("name", "").strip(),
            grants=people.grants_of(given.getlist("role"), given.getlist("group")),
            email=given.get("email", ""),
            full_name=given.get("full_name", ""),
            by=request.user.actor,
            at=request.now,
        )
    except ConsoleError as error:
        return _invitation(request, error=error)
    return _show_link(request, person, SignInLink.Purpose.INVITATION)


@needs(Right.SEE_PEOPLE)
@require_GET
def person(request: ConsoleRequest, name: str) -> HttpResponse:
    return _person(request, people.find(name))


@needs(Right.MANAGE_PEOPLE)
@sudo
@require_POST
def person_roles(request: ConsoleRequest, name: str) -> HttpResponse:
    someone = people.find(name)
    wanted = [people.read_key(key) for key in request.POST.getlist("grant")]
    return _act(request, someone, lambda **by: people.set_roles(someone, wanted, **by), _("The roles were changed."))


@needs(Right.MANAGE_PEOPLE)
@sudo
@require_POST
def person_profile(request: ConsoleRequest, name: str) -> HttpResponse:
    someone, given = people.find(name), request.POST
    full_name, email = given.get("full_name", ""), given.get("email", "")
    return _act(
        request, someone, lambda **by: people.set_profile(someone, full_name=full_name, email=email, **by), _("Saved.")
    )


@needs(Right.MANAGE_PEOPLE)
@sudo
@require_POST
def person_disable(request: ConsoleRequest, name: str) -> HttpResponse:
    someone = people.find(name)
    done = _("The account is disabled and every session has ended.")
    return _act(request, someone, lambda **by: people.disable(someone, **by), done)


@needs(Right.MANAGE_PEOPLE)
@sudo
@require_POST
def person_enable(request: ConsoleRequest, name: str) -> HttpResponse:
    someone = people.find(name)
    return _act(request, someone, lambda **by: people.enable(someone, **by), _("The account is enabled again."))


@needs(Right.MANAGE_PEOPLE)
@sudo
@require_POST
def person_reset_second_factor(request: ConsoleRequest, name: str) -> HttpResponse:
    someone = people.find(name)
    done = _("All second factors were removed and every session has ended.")
    return _act(request, someone, lambda **by: people.reset_second_factor(someone, **by), done)


@needs(Right.MANAGE_PEOPLE)
@sudo
@require_POST
def person_sessions_end(request: ConsoleRequest, name: str) -> HttpResponse:
    someone = people.find(name)
    mine = request.session.session_key if someone.pk == request.user.pk else None
    return _act(
        request, someone, lambda **by: sessions.end_others(someone, but=mine, **by), _("The sessions have ended.")
    )


@needs(Right.MANAGE_PEOPLE)
@sudo
@never_cache
@require_POST
def person_link(request: ConsoleRequest, name: str) -> HttpResponse:
    someone = people.find(name)
    new = someone.last_login is None
    return _show_link(request, someone, SignInLink.Purpose.INVITATION if new else SignInLink.Purpose.SIGN_IN)


def _act(request: ConsoleRequest, someone: Operator, verb: Any, done: str) -> HttpResponse:
    """Do it and show the person anew; a refusal stands on the same page, with its reason."""
    try:
        verb(by=request.user.actor, at=request.now)
    except ConsoleError as error:
        return _person(request, people.find(someone.name), error=error)
    messages.success(request, done)
    return HttpResponseRedirect(resolve_url("person", name=someone.name))


def _show_link(request: ConsoleRequest, someone: Operator, purpose: SignInLink.Purpose) -> HttpResponse:
    """The only moment in which the link can be seen."""
    try:
        address = links.issue(someone, by=request.user.actor, at=request.now, purpose=purpose)
    except ConsoleError as error:
        return _person(request, someone, error=error)
    facts = {"person": someone, "address": address, "invitation": purpose == SignInLink.Purpose.INVITATION}
    return render(request, "console/people/link.html", facts)


def _invitation(request: ConsoleRequest, *, error: ConsoleError | None = None) -> HttpResponse:
    facts = {
        "roles": role_choices(),
        "groups": StationGroup.objects.order_by("name"),
        "chosen_roles": request.POST.getlist("role"),
        "chosen_groups": request.POST.getlist("group"),
        "given": request.POST,
        "error": error,
    }
    return render(request, "console/people/invite.html", facts, status=status_of(error) if error else 200)


def _person(request: ConsoleRequest, someone: Operator, *, error: ConsoleError | None = None) -> HttpResponse:
    held = {people.key_of(row) for row in someone.grants.all()}
    places = ["", *StationGroup.objects.order_by("name").values_list("name", flat=True)]
    facts = {
        "person": someone,
        "error": error,
        "may_manage": request.user.may(Right.MANAGE_PEOPLE),
        "factors": factors.of(someone),
        "needs_factor": needs_second_factor(someone.roles),
        "sessions": sessions.of(someone),
        "places": places,
        "rows": [(role, [(key := f"{role.value}@{place}", place, key in held) for place in places]) for role in Role],
        "invited": links.open_invitation(someone, at=request.now),
    }
    return render(request, "console/people/person.html", facts, status=status_of(error) if error else 200)


def role_choices() -> list[tuple[Role, list[Any]]]:
    """Each role with what it may do beyond reading, in words."""
    return [(role, [WORDS[right] for right in Right if right in ROLES[role]]) for role in Role]
