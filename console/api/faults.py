"""What programs read when something cannot be done: `{"error": {"code", "message"}}`, with the status of the table."""

from typing import Any

from rest_framework.exceptions import APIException
from rest_framework.response import Response
from rest_framework.views import exception_handler

from console.errors import code_of, status_of


def answer(error: Exception, context: dict[str, Any]) -> Response | None:
    """None for a fault of ours: it goes the way of every other fault, with an id and nothing else."""
    status = status_of(error)
    if status is not None:
        return Response({"error": {"code": code_of(error), "message": str(error)}}, status=status)
    response = exception_handler(error, context)
    if response is not None and isinstance(error, APIException):
        codes = error.get_codes()
        code = codes if isinstance(codes, str) else "malformed"
        response.data = {"error": {"code": code.replace("_", "-"), "message": _message(error)}}
    return response


def _message(error: APIException) -> str:
    return str(error.detail) if isinstance(error.detail, str) else str(error)
