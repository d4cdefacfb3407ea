"""What the API offers, as OpenAPI 3: for programs that are made from it, and for people who write them."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.views import SpectacularAPIView

from console.access import public


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How programs sign in, for readers of the description."""

    target_class = "console.api.tokens.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:  # noqa: ARG002
        return {"type": "http", "scheme": "bearer", "bearerFormat": "mrd_…, made by manage.py apitoken create"}


# It describes addresses and shapes, which are the same in every installation, and nothing of this one.
@public
class ApiSchemaView(SpectacularAPIView):
    pass
