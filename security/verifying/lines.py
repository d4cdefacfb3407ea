"""Read one line of entries.jsonl: fast where the line is right, exactly where it is not and the reason is wanted."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from security.merkle import canonical, entry
from security.merkle.faults import NotCanonical

STATED = re.compile(r"\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-6]\d\.\d{6}Z", re.ASCII)


def _refuse(text: str) -> NoReturn:
    raise NotCanonical(f"the number {text[:40]} is not an integer")


_scan = json.JSONDecoder(parse_float=_refuse, parse_constant=_refuse).scan_once  # type: ignore[attr-defined]
_encode = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, check_circular=False
).encode


def read_json(line: bytes) -> dict[str, Any]:
    """The entry; raise NotCanonical unless it is JSON with a sequence. Its spelling is not checked."""
    try:
        text = line.decode("utf-8")
        found, end = _scan(text, 0)
        if end == len(text) and type(found["sequence"]) is int:
            return dict(found)
    except NotCanonical:
        raise
    except (ValueError, StopIteration, RecursionError, KeyError, TypeError):
        pass
    raise NotCanonical("it is not an entry in JSON")


def _typed(found: dict[str, Any]) -> bool:
    return (
        type(found["sequence"]) is int
        and STATED.fullmatch(found["at"]) is not None
        and isinstance(found["kind"], str)
        and isinstance(found["book"], str)
        and isinstance(found["subject"], str)
        and isinstance(found["actor"], str)
        and isinstance(found["payload"], dict)
        and isinstance(found["clock"], dict)
    )


def read_exact(line: bytes) -> dict[str, Any]:
    """The entry; raise NotCanonical unless the line is its one spelling."""
    try:
        text = line.decode("utf-8")
        found, _ = _scan(text, 0)
        if _encode(found) == text and found.keys() == entry.MEMBERS and _typed(found):
            return dict(found)
    except (ValueError, StopIteration, RecursionError, TypeError, AttributeError):
        pass
    read = entry.read(line)  # says exactly what is off
    if not STATED.fullmatch(read["at"]):
        raise NotCanonical(f"the time {read['at'][:40]!r} is not one in UTC with microseconds")
    canonical.check(read)
    return read
