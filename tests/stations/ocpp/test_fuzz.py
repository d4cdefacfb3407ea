"""A hundred thousand damaged frames through one session: nothing breaks, every call is answered at most once, and
memory does not grow."""

import gc
import random
import tracemalloc
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from stations.ocpp.faults import Fault
from stations.ocpp.frames import Call, write
from stations.ocpp.redaction import redact, redact_text
from stations.ocpp.schemas import Part
from stations.ocpp.session import Asked, Ignored, Rejected, Session
from stations.ocpp.validation import Tolerance, Violation, check, refusal_of_action
from stations.ocpp.versions import Version
from tests.stations.ocpp.samples import BOOT_2X, BOOT_16, METER_VALUES, STREAM_21, TEXTS, TRANSACTION_2X

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)
FRAMES = 100_000
REAL = [
    *(text for text, _ in TEXTS),
    *(
        write(Call("7", action, payload))
        for action, payload in [
            ("BootNotification", BOOT_16),
            ("BootNotification", BOOT_2X),
            ("MeterValues", METER_VALUES),
            ("TransactionEvent", TRANSACTION_2X),
            ("NotifyPeriodicEventStream", STREAM_21),
        ]
    ),
    '[3,"m0",{"status":"Accepted"}]',
    '[4,"m1","NotSupported","",{}]',
]
BITS = [
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    '"',
    "\\",
    "null",
    "1e999",
    "NaN",
    "9" * 25,
    "\\ud800",
    "\udcff",
    "\x00",
    "ü",
    "2",
    "3",
]


def damaged(chance: random.Random) -> str:
    text = chance.choice(REAL)
    for _ in range(chance.choice([0, 1, 1, 1, 2, 5])):
        at = chance.randrange(len(text) + 1)
        match chance.randrange(4):
            case 0:
                text = text[:at] + text[at + chance.randrange(1, 5) :]
            case 1:
                text = text[:at] + chance.choice(BITS) + text[at:]
            case 2:
                text = text[:at] + chance.choice(BITS) + text[at + 1 :]
            case _:
                text = text[:at] + text[at : at + chance.randrange(1, 40)] * 2 + text[at:]
    return text


def feed(here: Session, text: str, number: int) -> None:
    before = here.in_hand
    event = here.receive(text)
    if isinstance(event, Asked):
        answer(here, event.call)
    elif isinstance(event, Rejected):
        assert id_of(event.reply) == event.id
    elif isinstance(event, Ignored):
        redact_text(text)
    assert here.in_hand == before, "what was taken in hand has been answered"
    if here.out is None:
        here.ask(Call(f"m{number}", "ClearCache", {}), at=NOW)
    elif number % 50 == 0:
        here.expire(at=NOW + timedelta(hours=1))


def answer(here: Session, call: Call) -> None:
    redact(call.payload)
    fault = refusal_of_action(here.version, call.action)
    if fault is None:
        try:
            check(here.version, call.action, Part.REQUEST, call.payload, tolerate=Tolerance)
        except Violation as exc:
            fault = exc.fault
    reply = here.answer(call.id, {}) if fault is None else here.refuse(call.id, fault or Fault.OTHER)
    assert id_of(reply) == call.id


def id_of(reply: str) -> str:
    """Whatever we answer is a whole frame; its id is echoed however long or empty it was."""
    kind, call_id, *rest = orjson.loads(reply)
    assert (kind, len(rest)) in ((3, 1), (4, 3))
    return str(call_id)


@pytest.mark.soak
@pytest.mark.requirement("J06")
@pytest.mark.parametrize("version", Version)
def test_a_hundred_thousand_damaged_frames(version: Version) -> None:
    chance = random.Random(20261121)
    here = Session(version, call_timeout=timedelta(seconds=60))
    for number in range(2000):
        feed(here, damaged(chance), number)
    gc.collect()
    tracemalloc.start()
    settled = tracemalloc.get_traced_memory()[0]
    for number in range(2000, 2000 + FRAMES // 20):
        feed(here, damaged(chance), number)
    gc.collect()
    grown = tracemalloc.get_traced_memory()[0] - settled
    tracemalloc.stop()
    assert grown < 200_000, f"{grown} bytes more after {FRAMES // 20} frames"
    for number in range(10_000, 10_000 + FRAMES):
        feed(here, damaged(chance), number)
    assert sum(here.ignored.values()) > FRAMES / 10
