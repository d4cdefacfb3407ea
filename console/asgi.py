"""The web's entrance: `daphne console.asgi:application`."""

import sys

from console import starting

starting.read_settings()

from django.core.asgi import get_asgi_application  # noqa: E402

pages = get_asgi_application()  # loads Django; what follows needs it loaded

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from daphne.access import AccessLogGenerator  # noqa: E402
from django.urls import path  # noqa: E402

from console import life, live  # noqa: E402
from console.statics import Statics  # noqa: E402

# Daphne's own access log would write one-time links with their secrets. Ours is in console/middleware.py.
AccessLogGenerator.write_entry = lambda *_args, **_kwargs: None

application = ProtocolTypeRouter(
    {
        "http": Statics(pages),
        "websocket": URLRouter([path("live/", live.application)]),
    }
)

if "daphne.cli" in sys.modules:  # not for a test that imports this file
    life.begin("web")
