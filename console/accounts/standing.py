"""What a person still has to set up before they may work."""

from enum import StrEnum

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.http import HttpRequest

from console.accounts import factors
from console.errors import PostponementRefused
from console.models import Operator
from console.rights import needs_second_factor

READY = "set-up-done"
POSTPONED = "second-factor-postponed"


class Missing(StrEnum):
    PASSWORD = "password"  # noqa: S105  a step, no secret
    SECOND_FACTOR = "second-factor"


def missing(request: HttpRequest, person: Operator) -> Missing | None:
    """The next step; None when nothing is missing. What was found once in a session is not asked again.

    Resetting a second factor ends all sessions, and a new role that needs one is seen here at the next request.
    """
    needed = needs_second_factor(person.roles)
    if request.session.get(READY) == needed:
        return None
    if not _can_come_back(person):
        return Missing.PASSWORD
    if needed and not factors.has_any(person):
        return None if is_postponed(request) else Missing.SECOND_FACTOR
    request.session[READY] = needed
    return None


def is_postponed(request: HttpRequest) -> bool:
    return bool(settings.DEMO and request.session.get(POSTPONED))


def postpone(request: HttpRequest) -> None:
    """Put the second factor off for this session. Raise PostponementRefused outside the demo."""
    if not settings.DEMO:
        raise PostponementRefused
    request.session[POSTPONED] = True


def _can_come_back(person: Operator) -> bool:
    return (
        person.has_usable_password()
        or factors.has_passkey(person)
        or SocialAccount.objects.filter(user=person).exists()
    )
