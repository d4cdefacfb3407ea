"""Programs sign in with `Authorization: Bearer mrd_…`. A token has the rights of its scopes, and nobody's others."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from console.accounts import api_tokens
from console.rights import Right


@dataclass(frozen=True, slots=True)
class Program:
    """Who a token acts for: itself. It answers the same questions about rights as a person does."""

    token_id: int
    rights: frozenset[Right]
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    @property
    def pk(self) -> str:
        return self.actor

    @property
    def actor(self) -> str:
        return f"api-token:{self.token_id}"

    @property
    def reach(self) -> Mapping[Right, frozenset[int] | None]:
        return dict.fromkeys(self.rights)

    def may(self, right: Right) -> bool:
        return right in self.rights


class TokenAuthentication(BaseAuthentication):
    keyword = b"bearer"

    def authenticate(self, request: Request) -> tuple[Program, Program] | None:
        scheme, _sep, token = get_authorization_header(request).partition(b" ")
        if scheme.lower() != self.keyword:
            return None
        http: HttpRequest = request._request
        row = api_tokens.recognise(token.strip().decode("latin-1"), at=http.now)  # type: ignore[attr-defined]
        if row is None:
            raise AuthenticationFailed(_("This token is unknown, revoked or expired. Make a new one: apitoken create."))
        program = Program(row.pk, frozenset(Right(scope) for scope in row.scopes))
        return program, program

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002
        return 'Bearer realm="meridian"'
