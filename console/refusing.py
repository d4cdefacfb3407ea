"""The page of a domain error: what does not go, and what to do."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from console.errors import status_of


class DomainErrors:
    """A domain error that a view lets pass becomes its page, with the status of the table. Faults of ours do not."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        status = status_of(exception)
        return None if status is None else refusal_page(request, str(exception), status=status)


def refusal_page(request: HttpRequest, text: str, *, status: HTTPStatus) -> HttpResponse:
    """Say what does not go and what to do; inside the frame for those who are signed in."""
    inside = getattr(request, "user", None) is not None and request.user.is_authenticated
    facts = {"text": text, "status": status.value, "layout": "console/frame.html" if inside else "console/gate.html"}
    return render(request, "console/refused/show.html", facts, status=status)
