"""What the API offers, as OpenAPI 3: for programs that are made from it, and for people who write them."""

from drf_spectacular.views import SpectacularAPIView

from console.access import public


# It describes addresses and shapes, which are the same in every installation, and nothing of this one.
@public
class ApiSchemaView(SpectacularAPIView):
    pass
