"""The log books: the only writer of entries."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any


def append(
    book: str,
    kind: str,
    payload: Mapping[str, Any],
    *,
    subject: str,
    actor: str,
    at: datetime,
    personal: Mapping[str, str] | None = None,
) -> None:
    """Placeholder of the first hour: the engine replaces it."""
