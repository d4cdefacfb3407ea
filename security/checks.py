"""System checks of this package, run by `up`, by `check --database default` and by /readyz."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004  Django's own name
from django.db import DatabaseError, connection

from security import guards
from security.keys import recovery
from security.models import Entry

HINT = "somebody dropped or changed them; find out who, then put them back: security/README.md says how"


@register(Tags.database)
def log_books_only_grow(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Only whether the guards are there; whether they bite is tried once at the start (`security.starting`)."""
    if not databases:
        return []
    try:
        if Entry._meta.db_table not in connection.introspection.table_names():
            return []  # nothing to guard before the first migration, which runs this check too
        missing = guards.missing()
    except DatabaseError:
        return []  # the check of the database itself says what is wrong
    if not missing:
        return []
    return [Error(f"log book guards are missing or changed: {', '.join(missing)}", hint=HINT, id="security.E001")]


@register(Tags.security, deploy=True)
def recovery_key_is_offline(**_: Any) -> list[CheckMessage]:
    if not recovery.private_part_is_here():
        return []
    hint = f"Move {recovery.private_path()} to a safe: whoever has it may revoke the keys of the log books."
    return [Warning("the recovery key of the log books still lies in the data folder", hint=hint, id="security.W001")]
