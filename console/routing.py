"""What the packages say about messages of stations, merged: one answerer for each, observers, refusals."""

from typing import TypeVar

from stations import rotation, variables
from stations.commands import Hear
from stations.dispatch import Refusals, Tables
from stations.errors import StationsError
from stations.handlers import charging, provisioning, reports
from stations.ocpp.faults import Fault
from stations.ocpp.versions import Version
from stations.saying import BulkRoutes, Routes


class TwoAnswerers(Exception):
    """Two handlers claim the same message; found at start, not at the roadside."""


T = TypeVar("T")


def _merged(*tables: dict[tuple[str, Version], T]) -> dict[tuple[str, Version], T]:
    merged: dict[tuple[str, Version], T] = {}
    for table in tables:
        if twice := merged.keys() & table.keys():
            raise TwoAnswerers(sorted(action for action, _ in twice))
        merged |= table
    return merged


BULK_ROUTES: BulkRoutes = _merged(provisioning.BULK_ROUTES, charging.BULK_ROUTES, reports.BULK_ROUTES)
ROUTES: Routes = _merged(provisioning.ROUTES, charging.ROUTES, reports.ROUTES)
REFUSALS: Refusals = {StationsError: Fault.OTHER}
TABLES = Tables(ROUTES, BULK_ROUTES, {}, REFUSALS)
# What became of a command is told to the verb that asked for it.
RESULTS: dict[str, Hear] = {rotation.PURPOSE: rotation.hear, variables.PURPOSE: variables.hear}
