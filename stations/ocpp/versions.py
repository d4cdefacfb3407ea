"""The OCPP versions that are spoken here, and which one a connection gets (OCPP-J 1.6, sections 3.1.2 and 3.2)."""

from collections.abc import Iterable
from enum import Enum


class Version(Enum):
    """Valued by the name that the WebSocket subprotocol header carries."""

    V16 = "ocpp1.6"
    V201 = "ocpp2.0.1"
    V21 = "ocpp2.1"

    __hash__ = object.__hash__  # Enum's own hash is Python code, and every message looks its version up


def choose(offered: Iterable[str], *, spoken: Iterable[Version] = tuple(Version)) -> Version | None:
    """The first offered version that is spoken: the station lists them by its own preference.

    None means that there is no common version; the handshake is then completed without the header, and closed.
    """
    names = {version.value: version for version in spoken}
    return next((names[name] for name in offered if name in names), None)
