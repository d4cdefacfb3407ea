"""What can go wrong in the console itself, and the one table that turns domain errors of all packages into answers.

An error carries facts, never a status: `STATUS` is where the web edge translates. A class that is not listed inherits
the row of its nearest listed ancestor; a test asserts that every package error finds one.
"""

from http import HTTPStatus

from console.rights import Right
from security import errors as security
from stations import errors as stations


class ConsoleError(Exception):
    """Something a person at the console asked for cannot be done; the text says why and what to do."""


class NotAllowed(ConsoleError):
    def __init__(self, right: Right) -> None:
        super().__init__(f"this needs the right {right.value}")
        self.right = right


STATUS: dict[type[Exception], HTTPStatus] = {
    ConsoleError: HTTPStatus.CONFLICT,
    NotAllowed: HTTPStatus.FORBIDDEN,
    security.SecurityError: HTTPStatus.CONFLICT,
    security.BookUnknown: HTTPStatus.NOT_FOUND,
    security.EntryUnknown: HTTPStatus.NOT_FOUND,
    security.OpeningUnknown: HTTPStatus.NOT_FOUND,
    security.NotSealed: HTTPStatus.NOT_FOUND,
    # No entry, no act: nothing that must be entered can be done until somebody has looked after the book.
    security.BookNotOpen: HTTPStatus.SERVICE_UNAVAILABLE,
    security.EntryRefused: HTTPStatus.BAD_REQUEST,
    stations.StationsError: HTTPStatus.CONFLICT,
    stations.StationUnknown: HTTPStatus.NOT_FOUND,
    stations.CommandUnknown: HTTPStatus.NOT_FOUND,
    stations.IdentityNotAllowed: HTTPStatus.BAD_REQUEST,
    stations.ProfileNotAllowed: HTTPStatus.BAD_REQUEST,
    stations.KeyNotAllowed: HTTPStatus.BAD_REQUEST,
}


def status_of(error: BaseException) -> HTTPStatus | None:
    """The answer's status for a domain error; None for anything that is no domain error (a fault of ours)."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), None)
