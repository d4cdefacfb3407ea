"""Every part in every state, for those who build pages. Only with DEBUG."""

from django.http import HttpResponse
from django.shortcuts import render

from console.access import public
from console.http import ConsoleRequest


# Public: it holds nothing but specimens, and exists only while developing.
@public
def design(request: ConsoleRequest) -> HttpResponse:
    return render(request, "console/design/show.html")
