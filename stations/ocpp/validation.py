"""Is a payload what its version's schema asks? If not: which error does the peer get, or what do we let pass?

A station that cannot be updated may be forgiven what is listed in Tolerance. Forgiving is never silent: each time is
a finding, which the operator sees beside the message.
"""

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass
from enum import Enum
from itertools import islice
from typing import Any, NamedTuple

import jsonschema_rs
import orjson

from stations.ocpp.actions import BOTH_WAYS, FROM_STATION, SENT_BY_STATION
from stations.ocpp.faults import Fault
from stations.ocpp.frames import Payload
from stations.ocpp.schemas import Part, requests, validators
from stations.ocpp.versions import Version

MAX_ERRORS = 50  # more than this in one payload is no quirk, and listing them would cost more than the message is worth

# In the order in which they are told when a payload has several; the names of the keywords are JSON Schema's.
FAULT_OF_KEYWORD = {
    "additionalProperties": Fault.FORMAT,
    "additionalItems": Fault.FORMAT,
    "required": Fault.INCOMPLETE,
    "minItems": Fault.OCCURRENCE,
    "maxItems": Fault.OCCURRENCE,
    "type": Fault.TYPE,
    "enum": Fault.PROPERTY,
    "format": Fault.PROPERTY,
    "maxLength": Fault.PROPERTY,
    "minimum": Fault.PROPERTY,
    "maximum": Fault.PROPERTY,
    "multipleOf": Fault.PROPERTY,
}
RANK = {keyword: rank for rank, keyword in enumerate(FAULT_OF_KEYWORD)}


class Tolerance(Enum):
    UNKNOWN_ENUM = "a value that its list does not have"
    NUMBER_AS_TEXT = "a number where a string belongs"
    EMPTY_TEXT = "an empty string for a value that is not known"
    NULL_MEMBER = "null for a value that is not known"
    EXTRA_MEMBER = "a member that the schema does not have"
    LOOSE_TIME = "a time that is not in the form of RFC 3339"


@dataclass(frozen=True, slots=True)
class Finding:
    tolerance: Tolerance
    path: str


class Checked(NamedTuple):
    """`payload` is the one to work with: numbers made text, empty and null members left out."""

    payload: Payload
    findings: tuple[Finding, ...] = ()


class Violation(Exception):
    """The payload is refused. Names the place and the rule, never the value: that may be a secret."""

    def __init__(self, fault: Fault, path: str, keyword: str) -> None:
        super().__init__(f"{path or 'payload'}: {keyword}")
        self.fault, self.path, self.keyword = fault, path, keyword


def refusal_of_action(version: Version, action: str, *, sent: bool = False) -> Fault | None:
    """Why a station may not call this action; None if it may. `sent` is for the SEND messages of 2.1."""
    if action in (SENT_BY_STATION if sent else FROM_STATION)[version]:
        return None
    return Fault.NOT_SUPPORTED if action in requests(version) else Fault.UNKNOWN_ACTION


def commands(version: Version) -> frozenset[str]:
    """The actions that we may call."""
    return (requests(version) - FROM_STATION[version] - SENT_BY_STATION[version]) | BOTH_WAYS


def check(
    version: Version, action: str, part: Part, payload: Payload, *, tolerate: Iterable[Tolerance] = ()
) -> Checked:
    """Raise Violation. KeyError for an action that the version does not have: ask `refusal_of_action` first."""
    validator = validators(version)[action, part]
    if validator.is_valid(payload):
        return Checked(payload)
    allowed = frozenset(tolerate)
    findings, mended = _forgive(validator, payload, allowed)
    if mended is not None:
        # Mending may uncover what it hid: a number made text may be too long, a dropped member may have been required.
        again, _ = _forgive(validator, mended, allowed - {Tolerance.NUMBER_AS_TEXT} - DROPPED)
        findings += tuple(finding for finding in again if finding not in findings)
    return Checked(payload if mended is None else mended, findings)


DROPPED = frozenset({Tolerance.EMPTY_TEXT, Tolerance.NULL_MEMBER})


def _forgive(
    validator: jsonschema_rs.Validator, payload: Payload, allowed: frozenset[Tolerance]
) -> tuple[tuple[Finding, ...], Payload | None]:
    """The findings, and a mended copy (None if nothing was to mend)."""
    errors = sorted(islice(validator.iter_errors(payload), MAX_ERRORS + 1), key=_rank)
    judged = [(error, _tolerance(error)) for error in errors]
    for error, tolerance in judged:
        if tolerance not in allowed or len(errors) > MAX_ERRORS:
            raise Violation(_fault(error), _pointer(error), error.kind.name)
    mended = None
    for error, tolerance in judged:
        if tolerance is Tolerance.NUMBER_AS_TEXT or tolerance in DROPPED:
            mended = mended or deepcopy(payload)
            _mend(mended, error.instance_path, drop=tolerance in DROPPED)
    findings = dict.fromkeys(Finding(tolerance, _pointer(error)) for error, tolerance in judged if tolerance)
    return tuple(findings), mended


def _tolerance(error: jsonschema_rs.ValidationError) -> Tolerance | None:
    """What would have to be tolerated for this to pass; None if nothing can make it pass."""
    value = error.instance
    match error.kind.name:
        case "enum" | "format" if value == "":
            return Tolerance.EMPTY_TEXT
        case "enum" if isinstance(value, str):
            return Tolerance.UNKNOWN_ENUM
        case "format" if _schema_end(error) == "date-time":
            return Tolerance.LOOSE_TIME
        case "type" | "enum" if value is None and error.instance_path:
            return Tolerance.NULL_MEMBER
        case "type" if "string" in _types(error) and isinstance(value, int | float) and not isinstance(value, bool):
            return Tolerance.NUMBER_AS_TEXT
        case "additionalProperties":
            return Tolerance.EXTRA_MEMBER
    return None


def _schema_end(error: jsonschema_rs.ValidationError) -> Any:
    return getattr(error.kind, "format", None)


def _types(error: jsonschema_rs.ValidationError) -> list[str]:
    return list(getattr(error.kind, "types", ()))


def _fault(error: jsonschema_rs.ValidationError) -> Fault:
    return FAULT_OF_KEYWORD.get(error.kind.name, Fault.FORMAT)


def _rank(error: jsonschema_rs.ValidationError) -> int:
    """What nothing can forgive is told first."""
    return RANK.get(error.kind.name, -1)


def _pointer(error: jsonschema_rs.ValidationError) -> str:
    return "".join(f"/{step}" for step in error.instance_path)


def _mend(payload: Any, path: list[str | int], *, drop: bool) -> None:
    *outer, last = path
    for step in outer:
        payload = payload[step]
    if not drop:
        payload[last] = orjson.dumps(payload[last]).decode()
    elif isinstance(payload, dict):
        payload.pop(last, None)  # one value may break two rules
