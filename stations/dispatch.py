"""From a valid message to its one handler, and from a domain error to the error a station gets: by tables."""

from dataclasses import dataclass, field
from functools import cache

from stations.ocpp.faults import Fault
from stations.ocpp.versions import Version
from stations.saying import BulkHandler, BulkRoutes, Handler, Payload, Routes, Saying

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
        """A handler for many calls at once, with whoever observes each of them; None where there is none."""
        bulk, observers = self.bulk_routes.get((action, version)), self.observers.get(action)
        return _observed(bulk, observers) if bulk and observers else bulk

    def fault_of(self, error: BaseException) -> Fault:
        kinds = type(error).__mro__
        return next((self.refusals[kind] for kind in kinds if kind in self.refusals), Fault.INTERNAL)


def answer(said: Saying, tables: Tables) -> dict[str, object]:
    """Run the handler, then whoever observes the action, in the same transaction."""
    result = tables.routes[said.action, said.version](said)
    for observe in tables.observers.get(said.action, ()):
        observe(said)
    return result


@cache
def _observed(bulk: BulkHandler, observers: tuple[Observer, ...]) -> BulkHandler:
    """Always the same function for the same parts: the writer groups by it."""

    def handle(said: list[Saying]) -> list[Payload]:
        answers = bulk(said)
        for one in said:
            for observe in observers:
                observe(one)
        return answers

    return handle
