"""The gateway's door against bare uvicorn, in one run and in turns: microseconds of CPU that a message costs."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import process_time

import pytest

from stations.ocpp.frames import Call, read, write
from stations.ocpp.redaction import redact
from stations.ocpp.schemas import Part, validators
from stations.ocpp.validation import check
from stations.ocpp.versions import Version
from tests.bench.loading import ROOT, load
from tests.bench.ratios import medians, table
from tests.stations.ocpp.samples import METER_VALUES, TRANSACTION_2X

STATIONS, SECONDS = 100, 2.0
pytestmark = pytest.mark.bench


@contextmanager
def server(kind: str, *more: str) -> Iterator[tuple[int, list[int]]]:
    """Its process and ports."""
    command = [sys.executable, "-m", "tests.bench.gateway_server", kind, *more]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.pid, [int(port) for port in process.stdout.readline().split()]
    finally:
        process.kill()
        process.communicate()


def cpu_per_message(kind: str) -> float:
    with server(kind) as (pid, (port,)):
        said = load(port, STATIONS, SECONDS, watched=pid)
        return said.cpu / said.messages


def cpu_each(act: Callable[[], object], *, count: int = 5000) -> float:
    """CPU and not wall clock: others may be at work on this machine."""
    started = process_time()
    for _ in range(count):
        act()
    return (process_time() - started) / count


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="CPU time of a process is read from /proc")
def test_the_door_costs_little_more_than_bare_uvicorn() -> None:
    costs = medians(
        rounds=3,
        bare=lambda: cpu_per_message("bare"),
        door=lambda: cpu_per_message("door"),
        core=lambda: cpu_per_message("core"),
    )
    rows = [(name, cost * 1e6, cost / costs["bare"]) for name, cost in costs.items()]
    table("A message through the gateway (100 stations, one at a time each)", ["", "µs CPU", "× bare"], rows)
    assert costs["door"] < 1.35 * costs["bare"]
    assert costs["core"] < 2 * costs["bare"]


def test_validation_stays_below_five_microseconds() -> None:
    texts = {
        "1.6 MeterValues": (Version.V16, Call("1", "MeterValues", METER_VALUES)),
        "2.0.1 TransactionEvent": (Version.V201, Call("1", "TransactionEvent", TRANSACTION_2X)),
        "2.1 TransactionEvent": (Version.V21, Call("1", "TransactionEvent", TRANSACTION_2X)),
    }
    rows = []
    for name, (version, call) in texts.items():
        validators(version)
        text = write(call)
        costs = medians(
            rounds=5,
            read=lambda text=text: cpu_each(lambda: read(text)),
            check=lambda version=version, call=call: cpu_each(
                lambda: check(version, call.action, Part.REQUEST, call.payload)
            ),
            redact=lambda text=text, call=call: cpu_each(lambda: redact(call.payload, text=text)),
            write=lambda call=call: cpu_each(lambda: write(call)),
        )
        rows.append((name, len(text), *(cost * 1e6 for cost in costs.values())))
        assert costs["check"] < 5e-6
    table("One frame in the core, in µs", ["", "bytes", "read", "check", "redact", "write"], rows)
