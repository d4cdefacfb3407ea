"""Single sign-on by OpenID Connect, from the environment: one issuer, or none."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured

from console import env

PROVIDER = "sso"


def providers(*, issuer: str, name: str) -> dict[str, Any]:
    """The entry for allauth; raise ImproperlyConfigured when an issuer is named without what it needs."""
    client, secret = env.text("OIDC_CLIENT_ID"), env.secret("OIDC_CLIENT_SECRET")
    if not issuer:
        return {}
    if not client or not secret:
        raise ImproperlyConfigured(
            "OIDC_ISSUER is set, but not OIDC_CLIENT_ID and OIDC_CLIENT_SECRET (or OIDC_CLIENT_SECRET_FILE): "
            "set both as your identity provider shows them, or unset OIDC_ISSUER"
        )
    app = {"provider_id": PROVIDER, "name": name, "client_id": client, "secret": secret}
    settings = {"server_url": issuer, "oauth_pkce_enabled": True}
    return {"openid_connect": {"APPS": [{**app, "settings": settings}], "OAUTH_PKCE_ENABLED": True}}
