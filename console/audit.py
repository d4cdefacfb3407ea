"""The audit trail: every act of every person and every automatic act, in the transaction of the act itself."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from security import logbook

SYSTEM = "system:console"


def enter(kind: str, *, subject: str, actor: str, at: datetime, payload: Mapping[str, Any] | None = None) -> None:
    """Enter an act into the audit book. No entry, no act: an exception here rolls the act back.

    `kind` is a stable code such as `operator.invited`; `subject` and `actor` are texts such as `operator:ada`.
    """
    logbook.append("audit", kind, dict(payload or {}), subject=subject, actor=actor, at=at)
