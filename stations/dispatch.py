"""From a valid message to its one handler, and from a domain error to the error a station gets: by tables."""

from dataclasses import dataclass, field

from stations.ocpp.faults import Fault
from stations.ocpp.versions import Version
from stations.saying import BulkHandler, BulkRoutes, Handler, Routes, Saying

Observer = Handler
Refusals = dict[type[Exception], Fault]


@dataclass(frozen=True)
class Tables:
    """What the packages say about messages, merged in one place; see `console.routing`."""

    routes: Routes
    bulk_routes: BulkRoutes = field(default_factory=dict)
    observers: dict[str, tuple[Observer, ...]] = field(default_factory=dict)
    refusals: Refusals = field(default_factory=dict)

    def bulk(self, action: str, version: Version) -> BulkHandler | None:
        """A handler for many calls at once; None where somebody watches each single one."""
        return None if action in self.observers else self.bulk_routes.get((action, version))

    def fault_of(self, error: BaseException) -> Fault:
        kinds = type(error).__mro__
        return next((self.refusals[kind] for kind in kinds if kind in self.refusals), Fault.INTERNAL)


def answer(said: Saying, tables: Tables) -> dict[str, object]:
    """Run the handler, then whoever observes the action, in the same transaction."""
    handler = tables.routes.get((said.action, said.version)) or _one_of(tables.bulk_routes[said.action, said.version])
    result = handler(said)
    for observe in tables.observers.get(said.action, ()):
        observe(said)
    return result


def _one_of(bulk: BulkHandler) -> Handler:
    return lambda said: bulk([said])[0]
