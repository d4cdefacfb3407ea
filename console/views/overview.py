from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from console import appearance
from console import overview as queue
from console.access import needs
from console.http import ConsoleRequest
from console.rights import Right


@needs(Right.SEE_CONSOLE)
@require_safe
def overview(request: ConsoleRequest) -> HttpResponse:
    """What needs somebody; before that, once per person, the three ways to begin."""
    shown = {
        "needs": queue.needs_of(request.user, request.now),
        "may_see_people": request.user.may(Right.SEE_PEOPLE),
        "welcome": not request.COOKIES.get(_welcomed(request)),
    }
    part = "#queue" if request.htmx else ""
    return render(request, f"console/overview/show.html{part}", shown)


@needs(Right.SEE_CONSOLE)
@require_POST
def welcome_dismiss(request: ConsoleRequest) -> HttpResponse:
    response = HttpResponseRedirect("/")
    appearance.remember(response, _welcomed(request), "yes")
    return response


def _welcomed(request: ConsoleRequest) -> str:
    """A cookie of its own for each person, since two may share a browser."""
    return f"welcomed-{request.user.pk}"
