"""OCPP-J frames: one text is one frame. The writer is strict, the reader forgives what does no harm and says so.

2 CALL, 3 CALLRESULT, 4 CALLERROR in every version; 5 CALLRESULTERROR and 6 SEND came with 2.1.
"""

import json
import math
import re
from dataclasses import dataclass
from enum import Enum
from typing import Any

import orjson

Payload = dict[str, Any]

MAX_ID = 36
MAX_ECHOED_ID = 255  # a longer id is never sent back: an answer must not be a way to make us talk
MAX_DEPTH = 32  # the deepest published schema nests 12 levels; custom data gets room, recursion does not


@dataclass(frozen=True, slots=True)
class Call:
    id: str
    action: str
    payload: Payload


@dataclass(frozen=True, slots=True)
class CallResult:
    id: str
    payload: Payload


@dataclass(frozen=True, slots=True)
class CallError:
    id: str
    code: str
    description: str
    details: Payload


@dataclass(frozen=True, slots=True)
class CallResultError:
    id: str
    code: str
    description: str
    details: Payload


@dataclass(frozen=True, slots=True)
class Send:
    id: str
    action: str
    payload: Payload


Frame = Call | CallResult | CallError | CallResultError | Send
NUMBERS: dict[type, int] = {Call: 2, CallResult: 3, CallError: 4, CallResultError: 5, Send: 6}
CALL, RESULT, ERROR, RESULT_ERROR, SEND = NUMBERS.values()


class Quirk(Enum):
    """What the reader forgave."""

    NULL_PAYLOAD = "null in place of an empty object"
    DUPLICATE_MEMBERS = "an object with the same member twice; the last one counts"
    SHORT_ERROR = "an error without description or details"


class Defect(Enum):
    """What the reader cannot forgive."""

    NOT_JSON = "not JSON in UTF-8"
    TOO_DEEP = "nested too deep"
    NOT_AN_ARRAY = "not an array"
    UNKNOWN_TYPE = "unknown message type"
    ID_NOT_TEXT = "message id is not a string"
    ID_EMPTY = "message id is empty"
    ID_TOO_LONG = "message id is longer than 36 characters"
    WRONG_LENGTH = "wrong number of elements"
    ACTION_NOT_TEXT = "action is not a string"
    PAYLOAD_NOT_OBJECT = "payload is not an object"
    ERROR_MALFORMED = "code, description or details of the error have the wrong type"


class Unreadable(Exception):
    """`kind` and `id` are None where they could not be recovered."""

    def __init__(self, defect: Defect, kind: int | None = None, id: str | None = None) -> None:  # noqa: A002
        super().__init__(defect.value)
        self.defect, self.kind, self.id = defect, kind, id


class Unwritable(ValueError):
    """We were asked to send something that is no valid frame: a mistake on our side."""


@dataclass(frozen=True, slots=True)
class Reading:
    frame: Frame
    quirks: tuple[Quirk, ...] = ()


def write(frame: Frame) -> str:
    if not 0 < len(frame.id) <= MAX_ID and not isinstance(frame, CallError):
        raise Unwritable(f"message id of {len(frame.id)} characters")
    try:
        text = orjson.dumps([NUMBERS[type(frame)], *_elements(frame)]).decode()
    except orjson.JSONEncodeError as exc:
        raise Unwritable(str(exc)) from exc
    # orjson writes null for NaN and infinity. Only a text with a null in it can hide one, so only that one is searched.
    if "null" in text and _holds_no_number(_body(frame)):
        raise Unwritable("NaN or infinity")
    return text


def _elements(frame: Frame) -> tuple[Any, ...]:
    match frame:
        case Call() | Send():
            return frame.id, frame.action, frame.payload
        case CallResult():
            return frame.id, frame.payload
        case CallError() | CallResultError():
            return frame.id, frame.code, frame.description, frame.details


def _body(frame: Frame) -> Payload:
    return frame.details if isinstance(frame, CallError | CallResultError) else frame.payload


def _holds_no_number(value: Any) -> bool:
    if isinstance(value, float):
        return not math.isfinite(value)
    if isinstance(value, dict):
        return any(map(_holds_no_number, value.values()))
    return isinstance(value, list | tuple) and any(map(_holds_no_number, value))


def read(text: str) -> Reading:
    """Raise Unreadable. Bytes that were no UTF-8 arrive as lone surrogates, and so as text that is not JSON."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise Unreadable(Defect.NOT_JSON, *_recover(text)) from None
    if not isinstance(value, list) or not value:
        raise Unreadable(Defect.NOT_AN_ARRAY)
    kind = value[0]
    if type(kind) is not int or kind not in READERS:
        raise Unreadable(Defect.UNKNOWN_TYPE)
    id_ = _id(value, kind)
    if text.count("[") + text.count("{") > MAX_DEPTH and _too_deep(value):
        raise Unreadable(Defect.TOO_DEEP, kind, id_)
    reading = READERS[kind](value, id_)
    if _has_duplicates(text, value):
        return Reading(reading.frame, (*reading.quirks, Quirk.DUPLICATE_MEMBERS))
    return reading


def _id(value: list[Any], kind: int) -> str:
    id_ = value[1] if len(value) > 1 else None
    if not isinstance(id_, str):
        raise Unreadable(Defect.ID_NOT_TEXT, kind)
    if len(id_) > MAX_ID:
        raise Unreadable(Defect.ID_TOO_LONG, kind, id_ if len(id_) <= MAX_ECHOED_ID else None)
    if not id_:
        raise Unreadable(Defect.ID_EMPTY, kind, id_)
    return id_


def _read_call(value: list[Any], id_: str) -> Reading:
    kind = value[0]
    if len(value) != 4:
        raise Unreadable(Defect.WRONG_LENGTH, kind, id_)
    if not isinstance(value[2], str):
        raise Unreadable(Defect.ACTION_NOT_TEXT, kind, id_)
    payload, quirks = _payload(value[3], kind, id_)
    return Reading((Call if kind == CALL else Send)(id_, value[2], payload), quirks)


def _read_result(value: list[Any], id_: str) -> Reading:
    if len(value) != 3:
        raise Unreadable(Defect.WRONG_LENGTH, RESULT, id_)
    payload, quirks = _payload(value[2], RESULT, id_)
    return Reading(CallResult(id_, payload), quirks)


def _read_error(value: list[Any], id_: str) -> Reading:
    kind = value[0]
    if not 3 <= len(value) <= 5:
        raise Unreadable(Defect.WRONG_LENGTH, kind, id_)
    code, description, details = (*value[2:], *("", {})[len(value) - 5 :]) if len(value) < 5 else value[2:]
    quirks = (Quirk.SHORT_ERROR,) if len(value) < 5 or description is None or details is None else ()
    description, details = description or "", details or {}
    if not (isinstance(code, str) and isinstance(description, str) and isinstance(details, dict)):
        raise Unreadable(Defect.ERROR_MALFORMED, kind, id_)
    return Reading((CallError if kind == ERROR else CallResultError)(id_, code, description, details), quirks)


READERS = {CALL: _read_call, SEND: _read_call, RESULT: _read_result, ERROR: _read_error, RESULT_ERROR: _read_error}


def _payload(value: Any, kind: int, id_: str) -> tuple[Payload, tuple[Quirk, ...]]:
    if value is None:
        return {}, (Quirk.NULL_PAYLOAD,)
    if not isinstance(value, dict):
        raise Unreadable(Defect.PAYLOAD_NOT_OBJECT, kind, id_)
    return value, ()


def _too_deep(value: Any) -> bool:
    """Level by level, not by recursion: the input may be as deep as the parser allows (1024)."""
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


def _has_duplicates(text: str, value: list[Any]) -> bool:
    """A member that came twice is in the text twice and in the value once.

    Without escapes every colon of the text is one of the value's, so counting them tells exactly and costs half a
    microsecond; a text with escapes is read again, slowly.
    """
    if "\\" not in text:
        return text.count(":") != orjson.dumps(value).count(b":")
    seen_twice = False

    def note(pairs: list[tuple[str, Any]]) -> None:
        nonlocal seen_twice
        seen_twice |= len({name for name, _ in pairs}) != len(pairs)

    json.loads(text, object_pairs_hook=note, parse_int=float)
    return seen_twice


HEAD = re.compile(r'\s*\[\s*([2-6])\s*,\s*"([^"\\\x00-\x1f\ud800-\udfff]{1,36})"')


def _recover(text: str) -> tuple[int | None, str | None]:
    """Type and id of a frame that is not JSON; enough to answer the station that waits for one."""
    head = HEAD.match(text)
    return (int(head[1]), head[2]) if head else (None, None)
