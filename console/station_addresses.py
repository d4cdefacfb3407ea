"""What an operator types into a station: the address of the listener of its profile, with its identity at the end."""

from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from django.conf import settings

SCHEMES = {1: "ws", 2: "wss", 3: "wss"}


@dataclass(frozen=True)
class Door:
    profile: int
    url: str


def door(profile: int, identity: str = "") -> str:
    """Where stations of this profile knock: the host that people use for the console, the port of the profile."""
    host = urlsplit(settings.CONSOLE_URL).hostname or settings.BIND
    shown = f"[{host}]" if ":" in host else host
    return f"{SCHEMES[profile]}://{shown}:{settings.OCPP_PORTS[profile]}/ocpp/{quote(identity, safe='')}"


def doors() -> list[Door]:
    return [Door(profile, door(profile)) for profile in SCHEMES]
