from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from console import search as finding
from console.access import needs
from console.http import ConsoleRequest
from console.rights import Right


@needs(Right.SEE_CONSOLE)
@require_safe
def search(request: ConsoleRequest) -> HttpResponse:
    """The page, or for the palette only its hits as a list to choose from."""
    text = request.GET.get("q", "")[:200]
    found = finding.find(request.user, text)
    part = "#hits" if request.htmx else ""
    return render(
        request, f"console/search/show.html{part}", {"text": text, "found": found, "listed": bool(request.htmx)}
    )
