import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from stations.ocpp.frames import (
    MAX_DEPTH,
    Call,
    CallError,
    CallResult,
    Defect,
    Frame,
    Quirk,
    Send,
    Unreadable,
    Unwritable,
    read,
    write,
)
from tests.stations.ocpp.samples import TEXTS, frames

PUBLISHED = [  # as the specification prints them: with line breaks and spaces
    (
        '[2,\n  "19223201",\n  "BootNotification",\n'
        '  {"chargePointVendor": "VendorX", "chargePointModel": "SingleSocketCharger"}\n]',
        Call(
            "19223201", "BootNotification", {"chargePointVendor": "VendorX", "chargePointModel": "SingleSocketCharger"}
        ),
    ),
    (
        '[3,\n"19223201",\n{"status":"Accepted", "currentTime":"2013-02-01T20:53:32.486Z", "heartbeatInterval":300}\n]',
        CallResult(
            "19223201", {"status": "Accepted", "currentTime": "2013-02-01T20:53:32.486Z", "heartbeatInterval": 300}
        ),
    ),
]


@pytest.mark.requirement("J06")
@pytest.mark.requirement("J07")
@pytest.mark.parametrize(("text", "frame"), TEXTS)
def test_both_ways(text: str, frame: Frame) -> None:
    reading = read(text)
    assert (reading.frame, reading.quirks) == (frame, ())
    assert write(frame) == text


@pytest.mark.parametrize(("text", "frame"), PUBLISHED)
def test_published_examples(text: str, frame: Frame) -> None:
    assert read(text).frame == frame
    assert write(frame) == json.dumps(json.loads(text), separators=(",", ":"))


@given(frames)
def test_what_we_write_we_read(frame: Frame) -> None:
    assert read(write(frame)).frame == frame


@given(frames, st.integers(1, 4))
def test_layout_does_not_matter(frame: Frame, indent: int) -> None:
    for spread in (json.dumps(json.loads(write(frame)), indent=indent), json.dumps(json.loads(write(frame)))):
        assert read(spread).frame == frame
        assert Quirk.DUPLICATE_MEMBERS not in read(spread).quirks


DEFECTS = [
    ("", Defect.NOT_JSON, None, None),
    ("[2,", Defect.NOT_JSON, None, None),
    ("\x00", Defect.NOT_JSON, None, None),
    ('[2,"7","Heartbeat",{}', Defect.NOT_JSON, 2, "7"),
    ('[2,"7","Authorize",{"idTag":"\\q"}]', Defect.NOT_JSON, 2, "7"),
    ('[2,"7","MeterValues",{,"connectorId":1}]', Defect.NOT_JSON, 2, "7"),
    (' [ 3 , "7" , {"a":NaN}]', Defect.NOT_JSON, 3, "7"),
    ('[2,"7","A",{"a":Infinity}]', Defect.NOT_JSON, 2, "7"),
    ('[2,"7","A",{"a":1e999}]', Defect.NOT_JSON, 2, "7"),
    ('[2,"7","A",{"a":' + "9" * 5000 + "}]", Defect.NOT_JSON, 2, "7"),
    ('[2,"7","A",{"a":"\\ud800"}]', Defect.NOT_JSON, 2, "7"),
    (b'[2,"7","A",{"a":"\xff\xfe"}]'.decode(errors="surrogateescape"), Defect.NOT_JSON, 2, "7"),
    (b'[2,"\xff","A",{}]'.decode(errors="surrogateescape"), Defect.NOT_JSON, None, None),
    ('[2,"' + "x" * 37 + '","A",{]', Defect.NOT_JSON, None, None),
    ('[2,"7","A",' + '{"a":' * 2000 + "1" + "}" * 2000 + "]", Defect.NOT_JSON, 2, "7"),
    ('[2,"7","A",' + '{"a":' * (MAX_DEPTH + 1) + "1" + "}" * (MAX_DEPTH + 1) + "]", Defect.TOO_DEEP, 2, "7"),
    ('[3,"7",{"a":' + "[" * 900 + "]" * 900 + "}]", Defect.TOO_DEEP, 3, "7"),
    ("{}", Defect.NOT_AN_ARRAY, None, None),
    ("[]", Defect.NOT_AN_ARRAY, None, None),
    ("null", Defect.NOT_AN_ARRAY, None, None),
    ('"[2]"', Defect.NOT_AN_ARRAY, None, None),
    ('[1,"7",{}]', Defect.UNKNOWN_TYPE, None, None),
    ('[7,"7","A",{}]', Defect.UNKNOWN_TYPE, None, None),
    ('["2","7","A",{}]', Defect.UNKNOWN_TYPE, None, None),
    ('[true,"7","A",{}]', Defect.UNKNOWN_TYPE, None, None),
    ('[2.0,"7","A",{}]', Defect.UNKNOWN_TYPE, None, None),
    ("[[],{}]", Defect.UNKNOWN_TYPE, None, None),
    ("[2]", Defect.ID_NOT_TEXT, 2, None),
    ('[2,7,"A",{}]', Defect.ID_NOT_TEXT, 2, None),
    ('[2,"","A",{}]', Defect.ID_EMPTY, 2, ""),
    ('[2,"' + "x" * 37 + '","A",{}]', Defect.ID_TOO_LONG, 2, "x" * 37),
    ('[2,"' + "x" * 300 + '","A",{}]', Defect.ID_TOO_LONG, 2, None),
    ('[2,"7"]', Defect.WRONG_LENGTH, 2, "7"),
    ('[2,"7","A"]', Defect.WRONG_LENGTH, 2, "7"),
    ('[2,"7","A",{},{}]', Defect.WRONG_LENGTH, 2, "7"),
    ('[3,"7"]', Defect.WRONG_LENGTH, 3, "7"),
    ('[4,"7"]', Defect.WRONG_LENGTH, 4, "7"),
    ('[4,"7","a","b",{},1]', Defect.WRONG_LENGTH, 4, "7"),
    ('[2,"7",null,{}]', Defect.ACTION_NOT_TEXT, 2, "7"),
    ('[2,"7","A",[]]', Defect.PAYLOAD_NOT_OBJECT, 2, "7"),
    ('[2,"7","A","{}"]', Defect.PAYLOAD_NOT_OBJECT, 2, "7"),
    ('[3,"7",1]', Defect.PAYLOAD_NOT_OBJECT, 3, "7"),
    ('[4,"7",1,"",{}]', Defect.ERROR_MALFORMED, 4, "7"),
    ('[4,"7","a",1,{}]', Defect.ERROR_MALFORMED, 4, "7"),
    ('[4,"7","a","b",[1]]', Defect.ERROR_MALFORMED, 4, "7"),
]


@pytest.mark.requirement("J06")
@pytest.mark.requirement("J08")
@pytest.mark.parametrize(("text", "defect", "kind", "id_"), DEFECTS)
def test_defects(text: str, defect: Defect, kind: int | None, id_: str | None) -> None:
    with pytest.raises(Unreadable) as caught:
        read(text)
    assert (caught.value.defect, caught.value.kind, caught.value.id) == (defect, kind, id_)


def test_the_deepest_payload_is_read() -> None:
    assert read('[2,"7","A",' + '{"a":' * MAX_DEPTH + "1" + "}" * MAX_DEPTH + "]").quirks == ()


@pytest.mark.requirement("J09")
def test_null_is_an_empty_object() -> None:
    assert read('[2,"7","Heartbeat",null]').frame == Call("7", "Heartbeat", {})
    assert read('[3,"7",null]').frame == CallResult("7", {})
    assert read('[2,"7","Heartbeat",null]').quirks == (Quirk.NULL_PAYLOAD,)


@pytest.mark.parametrize(
    "text", ['[4,"7","a"]', '[4,"7","a",""]', '[4,"7","a",null,null]', '[4,"7","a","",null]', '[4,"7","a",null,{}]']
)
def test_short_errors_are_forgiven(text: str) -> None:
    reading = read(text)
    assert reading.frame == CallError("7", "a", "", {})
    assert reading.quirks == (Quirk.SHORT_ERROR,)


@pytest.mark.parametrize(
    ("payload", "twice"),
    [
        ('{"a":1,"a":2}', True),
        ('{"a":1,"b":{"c":1,"c":1}}', True),
        ('{"a":1,"a":2,"b" :"\\u003a"}', True),
        ('{"a":"x:y","a" : "x:y"}', True),
        ('{"a":":::","b":":"}', False),
        ('{"a":"\\":","b" : "\\u003a"}', False),
        ('{"a":1,"\\u0061":1}', True),
        ('[{"a":1},{"a":1}]', False),
    ],
)
def test_duplicate_members_are_seen(payload: str, twice: bool) -> None:
    assert (Quirk.DUPLICATE_MEMBERS in read(f'[2,"7","A",{{"x":{payload}}}]').quirks) is twice


@pytest.mark.parametrize(
    "frame",
    [
        Call("", "A", {}),
        Call("x" * 37, "A", {}),
        Call("7", "A", {"a": float("nan")}),
        Call("7", "A", {"a": [{"b": float("inf")}]}),
        CallError("7", "a", "", {"a": float("-inf")}),
        Call("7", "A", {"a": "\ud800"}),
        Call("7", "A", {"a": 2**64}),
        Call("7", "A", {"a": object()}),
        Send("x" * 37, "A", {}),
    ],
)
def test_the_writer_is_strict(frame: Frame) -> None:
    with pytest.raises(Unwritable):
        write(frame)


MUTATIONS = st.lists(
    st.tuples(
        st.sampled_from(["drop", "double", "swap", "put"]),
        st.integers(0, 400),
        st.sampled_from([*'[]{},:"\\0289-.eE \x00ü\ud800', "null", "NaN", "\\u", "[2,", "1e999", "{" * 40]),
    ),
    min_size=1,
    max_size=6,
)


def mutate(text: str, mutations: list[tuple[str, int, str]]) -> str:
    for how, where, what in mutations:
        at = where % (len(text) + 1)
        match how:
            case "drop":
                text = text[:at] + text[at + 1 :]
            case "double":
                text = text[:at] + text[at : at + 7] * 2 + text[at + 7 :]
            case "swap":
                text = text[:at] + what + text[at + 1 :]
            case _:
                text = text[:at] + what + text[at:]
    return text


@pytest.mark.requirement("J06")
@settings(max_examples=600)
@given(st.sampled_from([text for text, _ in TEXTS]), MUTATIONS)
@example('[2,"7","Heartbeat",{}]', [("put", 22, "{" * 40)])
def test_damaged_frames_are_refused_or_read(text: str, mutations: list[tuple[str, int, str]]) -> None:
    damaged = mutate(text, mutations)
    try:
        frame = read(damaged).frame
    except Unreadable as exc:
        assert exc.id is None or exc.kind is not None  # noqa: PT017
        return
    assert read(write(frame)).frame == frame
