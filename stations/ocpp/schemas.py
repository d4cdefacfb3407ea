"""The published JSON schemas, compiled once per version. Of the `ocpp` package only the data files are read."""

from enum import Enum
from functools import cache
from importlib.resources import files
from typing import Any

import jsonschema_rs
import orjson

from stations.ocpp.versions import Version

FOLDERS = {Version.V16: "v16", Version.V201: "v201", Version.V21: "v21"}
LARGEST, SMALLEST = 2**63 - 1, -(2**63)


class Part(Enum):
    REQUEST = "Request"
    RESPONSE = "Response"

    __hash__ = object.__hash__  # as in Version


@cache
def validators(version: Version) -> dict[tuple[str, Part], jsonschema_rs.Validator]:
    """By action and part. 75 ms for all three versions together: the gateway calls this before it listens."""
    found = {}
    for file in (files("ocpp") / FOLDERS[version] / "schemas").iterdir():
        if file.name.endswith(".json"):
            schema = _bounded(orjson.loads(file.read_text("utf-8-sig")))
            found[_key(file.name.removesuffix(".json"))] = jsonschema_rs.validator_for(schema, validate_formats=True)
    return found


def requests(version: Version) -> frozenset[str]:
    return frozenset(action for action, part in validators(version) if part is Part.REQUEST)


def _key(name: str) -> tuple[str, Part]:
    """1.6 and the SEND messages of 2.1 name the request by the bare action."""
    if name.endswith("Response"):
        return name.removesuffix("Response"), Part.RESPONSE
    return name.removesuffix("Request"), Part.REQUEST


def _bounded(schema: Any) -> Any:
    """Give every integer the bounds of 64 bits: beyond them a JSON number arrives rounded, as a float."""
    if isinstance(schema, list):
        return [_bounded(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    bounded = {name: _bounded(item) for name, item in schema.items()}
    if bounded.get("type") == "integer":
        bounded.setdefault("minimum", SMALLEST)
        bounded.setdefault("maximum", LARGEST)
    return bounded
