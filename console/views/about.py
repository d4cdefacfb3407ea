from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from console.access import needs
from console.http import ConsoleRequest
from console.licences import packages
from console.rights import Right


@needs(Right.SEE_CONSOLE)
@require_safe
def about(request: ConsoleRequest) -> HttpResponse:
    """What this is, which version, and on whose work it stands."""
    return render(request, "console/about/show.html", {"packages": packages()})
