from django.http import HttpResponse
from django.shortcuts import render

from console.access import needs
from console.http import ConsoleRequest
from console.rights import Right


@needs(Right.SEE_CONSOLE)
def overview(request: ConsoleRequest) -> HttpResponse:
    return render(request, "console/overview/show.html")
