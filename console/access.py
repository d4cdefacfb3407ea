"""The line above every view and endpoint that says who may use it: `@needs(Right.X)`, `@signed_in`, or `@public`.

Each sets `view.right`, which `tests/console/test_rights.py` reads from every address. All three work on function views,
plain or async, and on class-based and REST framework views.
"""

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from inspect import isclass, iscoroutinefunction
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

from asgiref.sync import sync_to_async
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.decorators import method_decorator
from django_htmx.http import HttpResponseClientRedirect
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from console import refusals
from console.models import Operator
from console.rights import Right


class Open(StrEnum):
    """What a view says that asks for no right of the table."""

    PUBLIC = "public"
    SIGNED_IN = "signed-in"


Need = Right | Open
View = TypeVar("View", bound=Callable[..., Any])


def needs(right: Right, *, change: Right | None = None) -> Callable[[View], View]:
    """Only for a signed-in person who has the right, be it everywhere or in some station group.

    `change` is for REST framework views that read by one right and change by another at the same address.
    """

    def guard(view: View) -> View:
        if change is not None:
            view.change = change  # type: ignore[attr-defined]
        return _guarded(view, right)

    return guard


def signed_in(view: View) -> View:
    """For every signed-in person, about nobody but themselves."""
    return _guarded(view, Open.SIGNED_IN)


def public(view: View) -> View:
    """For everybody. Say above the view why that is right."""
    return _guarded(view, Open.PUBLIC)


def right_of(view: Callable[..., Any], method: str = "get") -> Need | None:
    """What the view asks for; None for a view that forgot to say."""
    holder = getattr(view, "cls", None) or getattr(view, "view_class", None) or view
    if method.upper() not in SAFE_METHODS and hasattr(holder, "change"):
        return cast(Right, holder.change)
    need: Need | None = getattr(view, "right", None) or getattr(holder, "right", None)
    return need


def groups_of(operator: Operator, right: Right) -> frozenset[int] | None:
    """Where the person has the right: None is everywhere, else the ids of station groups; empty when nowhere.

    >>> where = access.groups_of(request.user, Right.SEE_STATIONS)
    >>> stations = Station.objects.all() if where is None else Station.objects.filter(group__in=where)
    """
    return operator.reach.get(right, frozenset())


class HasRight(BasePermission):
    """The same for REST framework views: the view's `right` against the person (or the token's scopes)."""

    def has_permission(self, request: Request, view: Any) -> bool:
        need = right_of(view, str(request.method))
        if need is None:
            raise ImproperlyConfigured(f"{type(view).__name__} names no right: write @needs(Right.…) above it")
        if need is Open.PUBLIC:
            return True
        if not request.user.is_authenticated:
            return False
        if isinstance(need, Open):
            return isinstance(request.user, Operator)  # a program has no account to see to
        if request.user.may(need):
            return True
        if isinstance(request.user, Operator):
            refusals.enter(request.user, need, request)
        return False


def _guarded(view: View, need: Need) -> View:
    if isclass(view):
        return cast("View", _guarded_class(view, need))
    answer: Any = _guarded_async(view, need) if iscoroutinefunction(view) else _guarded_sync(view, need)
    answer.right = need
    return cast("View", answer)


def _guarded_class(view: Any, need: Need) -> Any:
    view.right = need
    if hasattr(view, "permission_classes"):
        view.permission_classes = [HasRight]
        return view
    return method_decorator(lambda dispatch: _guarded(dispatch, need), name="dispatch")(view)


def _guarded_sync(view: Callable[..., Any], need: Need) -> Callable[..., HttpResponse]:
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return _turned_away(request, need) or view(request, *args, **kwargs)

    return answer


def _guarded_async(view: Callable[..., Any], need: Need) -> Callable[..., Any]:
    @wraps(view)
    async def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return await sync_to_async(_turned_away)(request, need) or await view(request, *args, **kwargs)

    return answer


def _turned_away(request: HttpRequest, need: Need) -> HttpResponse | None:
    """None for those who may pass. Raise NotAllowed, entered in the audit trail, for a person without the right."""
    if need is Open.PUBLIC:
        return None
    if not request.user.is_authenticated:
        return to_sign_in(request)
    if isinstance(need, Right) and not request.user.may(need):
        raise refusals.enter(request.user, need, request)
    return None


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """To the sign-in page and back here afterwards; a part of a page sends the whole page there."""
    htmx = getattr(request, "htmx", None)
    back = (htmx.current_url_abs_path if htmx else request.get_full_path()) if htmx or request.method == "GET" else None
    address = resolve_url("sign_in") + (f"?{urlencode({'next': back})}" if back else "")
    return HttpResponseClientRedirect(address) if htmx else HttpResponseRedirect(address)
