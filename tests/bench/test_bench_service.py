"""The whole gateway with its database, against what bare sockets and an in-memory central system give in the same run.

B: uvicorn as it comes, echoing the same frames. P: the `ocpp` and `websockets` packages, keeping nothing. Ours:
validated, recorded and committed on SQLite with synchronous=FULL before each answer. What is compared is messages for
each second of CPU: how much of a shared machine's time we get does not matter then.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.bench.loading import ROOT, load
from tests.bench.ratios import medians, table
from tests.bench.service_stations import PREFIX
from tests.bench.test_bench_gateway import server
from tests.sim.gateway import GatewayProcess

pytestmark = [
    pytest.mark.bench,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="CPU time of a process is read from /proc"),
]
STATIONS, SECONDS = 250, 4.0


@contextmanager
def service(home: Path, stations: int, *, profile: int = 1) -> Iterator[GatewayProcess]:
    gateway = GatewayProcess(home)
    gateway.end()
    words = [sys.executable, "-m", "tests.bench.service_stations", str(stations), str(profile)]
    environment = {**gateway.environment, "DJANGO_SETTINGS_MODULE": "console.settings"}
    subprocess.run(words, cwd=ROOT, env=environment, check=True)
    gateway.start()
    try:
        yield gateway
    finally:
        gateway.end()


def cost(pid: int, port: int, *, prefix: str = "") -> float:
    """Seconds of CPU that a message costs that process."""
    said = load(port, STATIONS, SECONDS, watched=pid, prefix=prefix)
    assert said.errors == 0 or not prefix
    return said.cpu / said.messages


def peer_cost() -> float:
    command = [sys.executable, "-m", "tests.bench.service_peer"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            return cost(process.pid, int(process.stdout.readline()))
        finally:
            process.kill()


def bare_cost() -> float:
    with server("bare") as (pid, (port,)):
        return cost(pid, port)


def test_durable_messages_against_bare_sockets_and_an_in_memory_peer(tmp_path: Path) -> None:
    with service(tmp_path / "home", STATIONS) as gateway:
        port = gateway.ports[1]
        pid = gateway.process.pid
        load(port, STATIONS, 1.0, watched=pid, prefix=PREFIX)
        costs = medians(rounds=3, B=bare_cost, P=peer_cost, ours=lambda: cost(pid, port, prefix=PREFIX))
        calm = load(port, STATIONS, SECONDS, watched=pid, pause=0.5, prefix=PREFIX).p99
    rate = {name: 1 / seconds for name, seconds in costs.items()}
    rows = [(name, rate[name], costs[name] * 1e6, rate[name] / rate["B"], rate[name] / rate["P"]) for name in rate]
    table(f"A message of {STATIONS} stations", ["", "messages/CPU-s", "µs CPU", "× B", "× P"], rows)
    table("500 messages a second in all", ["", "p99, ms", "goal, ms"], [("ours", calm * 1e3, 100)])
    goals = [("× B", rate["ours"] / rate["B"], 0.35), ("× P", rate["ours"] / rate["P"], 3.0)]
    table("Goals, which a noisy machine may miss", ["", "here", "goal"], goals)
    assert min(rate.values()) > 0
