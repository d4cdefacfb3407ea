"""Where allauth asks us: how secrets are kept, whose single sign-on this is, and that nobody signs up alone."""

import hashlib
from base64 import urlsafe_b64encode
from typing import Any, NoReturn

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from cryptography.fernet import Fernet
from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string


class Accounts(DefaultAccountAdapter):  # type: ignore[misc]  # untyped
    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def send_mail(self, *args: Any, **kwargs: Any) -> None:
        """The console sends no mail: what would be told by mail is an entry in the audit trail."""


class Factors(DefaultMFAAdapter):  # type: ignore[misc]  # untyped
    def get_totp_issuer(self) -> str:
        return "Meridian" if settings.ORGANISATION == "Meridian" else f"Meridian {settings.ORGANISATION}"

    def encrypt(self, text: str) -> str:
        """A copy of the database alone gives nobody a second factor: the key lies outside, in the data folder."""
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _box().decrypt(encrypted_text.encode()).decode()


class SingleSignOn(DefaultSocialAccountAdapter):  # type: ignore[misc]  # untyped
    """What happens after the identity provider has answered is decided by `console.views.account.single_sign_on`."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:  # noqa: ARG002
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> NoReturn:
        raise ImmediateHttpResponse(_answer("arrived")(request, sociallogin))

    def on_authentication_error(self, request: HttpRequest, provider: Any, **facts: Any) -> NoReturn:  # noqa: ARG002
        raise ImmediateHttpResponse(_answer("failed")(request))


def _answer(name: str) -> Any:
    """Views stand above services, so they are named by text, as allauth itself names this class."""
    return import_string(f"console.views.single_sign_on.{name}")


def _box() -> Fernet:
    key = hashlib.sha256(settings.FACTOR_KEY.encode()).digest()
    return Fernet(urlsafe_b64encode(key))
