"""What a handler is given: one valid message of one known station, and when it arrived by our clock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from stations.models import Station
from stations.ocpp.versions import Version

Payload = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Saying:
    station: Station
    version: Version
    action: str
    payload: Payload
    at: datetime


# A handler does database work only, and may run twice: its batch is repeated when another one in it failed.
Handler = Callable[[Saying], Payload]
# Many sayings of one action at once, for one bulk insert; answers in the same order.
BulkHandler = Callable[[list[Saying]], list[Payload]]
Routes = dict[tuple[str, Version], Handler]
BulkRoutes = dict[tuple[str, Version], BulkHandler]


def for_versions(table: dict[str, Handler], *versions: Version) -> Routes:
    return {(action, version): handler for action, handler in table.items() for version in versions}
