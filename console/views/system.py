from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from console import installation
from console.access import needs
from console.http import ConsoleRequest
from console.rights import Right

TEMPLATE = "console/system/show.html"


@needs(Right.SEE_CONSOLE)
@require_safe
def system(request: ConsoleRequest) -> HttpResponse:
    """Each process with its last sign of life; database, engine, disk, the clock. Its parts are fetched anew, live."""
    clock_tone, clock_word, clock_facts = installation.clock()
    facts = {
        "places": installation.places(at=request.now),
        "panels": installation.panels(),
        "clock_tone": clock_tone,
        "clock_word": clock_word,
        "clock_facts": clock_facts,
    }
    return render(request, f"{TEMPLATE}#state" if request.htmx else TEMPLATE, facts)
