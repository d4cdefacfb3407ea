"""System checks of the console: settings with which confirmed acts could be lost are errors, not warnings."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError, connections

from console import durability


def value_of(alias: str) -> durability.Ask:
    def ask(sql: str) -> Any:
        with connections[alias].cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchone()[0]

    return ask


@register(Tags.database)
def commits_are_kept(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Run by `up`, by `check --database default` and by /readyz."""
    return [message for alias in databases or () for message in _check(alias)]


def _check(alias: str) -> list[CheckMessage]:
    vendor = connections[alias].vendor
    try:
        found = durability.settings_of(vendor, value_of(alias))
    except DatabaseError as exc:
        return [Error(f"the database {alias} does not answer: {' '.join(str(exc).split())}", id="meridian.E002")]
    return [Error(fault, id="meridian.E001") for fault in durability.faults(vendor, found)]
