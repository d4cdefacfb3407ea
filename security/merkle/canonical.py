"""The one spelling of an entry: JSON with sorted keys, no white space; texts, integers, booleans, null, lists, objects.

Floats are refused, because two programs print the same float differently; keys are ASCII, because then every way to
sort them gives the same order. Reading is strict: whatever is accepted is exactly what would have been written.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from security.merkle.faults import NotCanonical

LONGEST = 65_535  # a tile's entry bundle gives each entry's length in two bytes
DEEPEST = 32
SMALLEST_INTEGER, LARGEST_INTEGER = -(2**63), 2**63 - 1

_ENCODER = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, check_circular=False
)


def check(value: Any, depth: int = 0) -> None:
    """Raise NotCanonical for anything that has no canonical spelling."""
    if value is None or value is True or value is False or isinstance(value, str):
        return
    if isinstance(value, int):
        if not SMALLEST_INTEGER <= value <= LARGEST_INTEGER:
            raise NotCanonical(f"{value} does not fit into 64 bits")
    elif depth == DEEPEST:
        raise NotCanonical(f"nested more than {DEEPEST} deep")
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if not (isinstance(key, str) and key.isascii()):
                raise NotCanonical(f"the key {key!r} is not ASCII text")
            check(item, depth + 1)
    elif isinstance(value, (list, tuple)):
        for item in value:
            check(item, depth + 1)
    else:
        raise NotCanonical(f"{type(value).__name__} has no canonical spelling; use text or integers")


def text_of(value: Any) -> str:
    """The canonical spelling of any allowed value."""
    check(value)
    return _ENCODER.encode(value)


def encode(entry: Mapping[str, Any]) -> bytes:
    return to_bytes(text_of(dict(entry)))


def to_bytes(text: str) -> bytes:
    try:
        line = text.encode("utf-8")
    except UnicodeEncodeError as exc:
        raise NotCanonical("half of a surrogate pair is not text") from exc
    if len(line) > LONGEST:
        raise NotCanonical(f"{len(line)} bytes are more than the {LONGEST} that an entry may have")
    return line


def decode(line: bytes) -> dict[str, Any]:
    """Raise NotCanonical unless writing the result back gives the same bytes."""
    try:
        value = json.loads(
            line.decode("utf-8"),
            object_pairs_hook=_without_duplicates,
            parse_float=_refuse_number,
            parse_constant=_refuse_number,
        )
    except NotCanonical:
        raise
    except (ValueError, RecursionError) as exc:
        raise NotCanonical(f"not JSON in UTF-8: {exc}"[:200]) from exc
    if not isinstance(value, dict):
        raise NotCanonical("not an object")
    if encode(value) != line:
        raise NotCanonical("white space, key order or spelling differs from the canonical form")
    return value


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise NotCanonical("a key occurs twice in one object")
    return result


def _refuse_number(text: str) -> NoReturn:
    raise NotCanonical(f"the number {text[:40]} is not an integer")
