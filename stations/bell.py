"""The doorbell: tells gateways that rows wait for stations. It carries ids only, and may be lost without harm.

A gateway that missed it finds the rows on its next sweep, at the latest a second or two later.
"""

import logging
from collections.abc import Sequence

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

GROUP = "ocpp.gateways"
PAGES = "live"  # the group of `console.live`
log = logging.getLogger(__name__)


def ring(station_ids: Sequence[int]) -> None:
    _send({"type": "commands.wait", "stations": list(station_ids)})


def shut(station_id: int, *, reason: str) -> None:
    """The open connection of this station shall end now: it was blocked, retired, or its certificate revoked."""
    _send({"type": "connection.shut", "station": station_id, "reason": reason})


def moved(station_id: int, *, connection: str) -> None:
    """The station is connected elsewhere now: another gateway that still holds it lets go."""
    _send({"type": "connection.moved", "station": station_id, "connection": connection})


def show(topics: Sequence[str]) -> None:
    """Open pages of the console shall look again: what of stations changed, never how it is now."""
    _send({"type": "live.changed", "topics": list(topics)}, group=PAGES)


def _send(message: dict[str, object], *, group: str = GROUP) -> None:
    layer = get_channel_layer()
    if layer is None:
        return
    try:
        async_to_sync(layer.group_send)(group, message)
    except Exception as exc:
        # The act is committed already and the row is the queue: no failure of the bell may become one of the act.
        log.info("the doorbell did not ring (%s); the gateways' sweep will find the rows", type(exc).__name__)
