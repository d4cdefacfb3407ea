"""How exact and how cheap our NTS client is, beside chronyd's own client on the same machine: `make bench`.

Server and clients share one clock, so the true offset is zero and every offset found is error. Bare microseconds say
little on another machine; the ratio to chronyd in the same seconds does.
"""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.bench import ratios
from tests.sim import chrony
from tests.sim.chrony import ChronyServer
from tests.sim.time_server import TimeServer
from timesync.client import probing
from timesync.client.results import Probe
from timesync.client.targets import Memory, Plan, Target
from timesync.nts.codes import Code
from timesync.nts.pacing import Attempts

BACK_TO_BACK = Plan(queries=16, spacing=(0.0, 0.002))
INTERLEAVED, RESULT = "kernel, interleaved", "result of a probe (best of 4)"
METHODS: dict[str, Plan] = {
    "program stamps": replace(BACK_TO_BACK, kernel_stamps=False),
    "kernel stamps": replace(BACK_TO_BACK, interleave=False),
    INTERLEAVED: BACK_TO_BACK,
}
ROUNDS = 100
PROBES = 150
COVERED = 10_000
ASYMMETRIC = 1_000


def target_of(server: ChronyServer) -> Target:
    return Target("chrony", "localhost", server.ke_port, anchors_pem=server.authority.pem, allow_private=True)


def microseconds(offsets: list[int], share: float) -> float:
    return ratios.percentile([abs(offset) / 1_000 for offset in offsets], share)


@pytest.mark.bench
@pytest.mark.requirement("T08")
def test_accuracy_beside_chronyd(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chrony.command()
    found: dict[str, list[int]] = {name: [] for name in (*METHODS, RESULT)}
    (tmp_path / "server").mkdir()
    with (
        chrony.running(chrony.prepare(tmp_path / "server")) as server,
        chrony.measuring(tmp_path / "basic", server, interleaved=False) as basic,
        chrony.measuring(tmp_path / "xleave", server, interleaved=True) as xleave,
    ):
        asyncio.run(measure(target_of(server), found))
        found["chronyd, basic"] = chrony.offsets_ns(basic)
        found["chronyd, xleave"] = chrony.offsets_ns(xleave)
    rows = [
        (
            name,
            len(offsets),
            microseconds(offsets, 0.5),
            microseconds(offsets, 0.95),
            microseconds(offsets, 0.95) / microseconds(found["chronyd, basic"], 0.95),
            microseconds(offsets, 0.95) / microseconds(found["chronyd, xleave"], 0.95),
        )
        for name, offsets in found.items()
    ]
    with capsys.disabled():
        head = ["|offset|, same host", "samples", "p50 us", "p95 us", "to basic", "to xleave"]
        ratios.table("NTS: error of measured offsets", head, rows)
    assert all(found.values())


async def measure(target: Target, found: dict[str, list[int]]) -> None:
    """All methods in turns, so that a busy moment hits each of them alike."""
    memories = dict.fromkeys(METHODS, Memory())
    for _ in range(ROUNDS):
        for name, plan in METHODS.items():
            probe = await probing.probe(target, plan=plan, memory=memories[name])
            memories[name] = probe.memory
            # The first exchange after a pause is always basic, and is counted with its like.
            interleaved = name == INTERLEAVED
            found[name] += [one.offset_ns for one in probe.samples if one.is_interleaved == interleaved]
        probe = await probing.probe(target, plan=replace(BACK_TO_BACK, queries=4), memory=memories[INTERLEAVED])
        memories[INTERLEAVED] = probe.memory
        found[RESULT] += [probe.best.offset_ns] if probe.best else []


@pytest.mark.bench
def test_cost_of_probes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """CPU of this process alone: the server is another one."""
    chrony.command()
    quick = Plan(spacing=(0.0, 0.0))
    with chrony.running(chrony.prepare(tmp_path)) as server:
        target = target_of(server)
        full = cpu_seconds(lambda: asyncio.run(repeat(target, quick, count=PROBES)))
        memory = probing.run([target], plan=quick)[0].memory
        queries = cpu_seconds(lambda: asyncio.run(repeat(target, replace(quick, queries=2_000), memory=memory)))
    with capsys.disabled():
        rows = [
            ("full probe (keys + 4 queries)", full / PROBES * 1e6, PROBES / full),
            ("one query", queries / 2_000 * 1e6, 2_000 / queries),
        ]
        ratios.table("NTS: cost for the client", ["", "CPU us", "per core-second"], rows)


async def repeat(target: Target, plan: Plan, *, memory: Memory | None = None, count: int = 1) -> None:
    for _ in range(count):
        probe = await probing.probe(target, plan=plan, memory=memory)
        assert probe.best is not None


def cpu_seconds(act: Callable[[], object]) -> float:
    started = time.process_time()
    act()
    return time.process_time() - started


@pytest.mark.bench
@pytest.mark.requirement("T08")
def test_how_often_the_bound_covers_the_truth(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chrony.command()
    with chrony.running(chrony.prepare(tmp_path)) as server:
        rows = [
            coverage(f"chronyd, {name}", target_of(server), plan, COVERED // len(METHODS))
            for name, plan in METHODS.items()
        ]
    with TimeServer() as simulated:
        target = Target("sim", "127.0.0.1", simulated.ke_port, anchors_pem=simulated.authority.pem, allow_private=True)

        def bend(datagram: bytes) -> bytes:
            """Another way for the next one: up to 5 ms there, up to 5 ms back, never the same."""
            simulated.behaviour.wait_in_s = random.choice([0.0, random.uniform(0, 0.005)])
            simulated.behaviour.wait_back_s = random.choice([0.0, random.uniform(0, 0.005)])
            return datagram

        simulated.behaviour.bend = bend
        rows.append(coverage("simulated, asymmetric ways", target, BACK_TO_BACK, ASYMMETRIC))
    with capsys.disabled():
        ratios.table("NTS: the truth within the bound", ["", "samples", "covered %", "worst error/bound"], rows)


def coverage(name: str, target: Target, plan: Plan, count: int) -> tuple[str, int, float, float]:
    used: list[float] = []
    for probe in asyncio.run(until(target, replace(plan, queries=100, spacing=(0.0, 0.0)), count)):
        assert not {trouble.code for trouble in probe.troubles} - {Code.NEGATIVE_DELAY}, probe.troubles
        used += [abs(sample.offset_ns) / sample.bound_ns for sample in probe.samples]
    return name, len(used), 100 * sum(share <= 1 for share in used) / len(used), max(used)


async def until(target: Target, plan: Plan, count: int) -> list[Probe]:
    """Probes that hold at least so many samples together."""
    probes: list[Probe] = []
    memory = Memory()
    while sum(len(probe.samples) for probe in probes) < count:
        probes.append(await probing.probe(target, plan=plan, memory=memory))
        memory = replace(probes[-1].memory, attempts=Attempts())
    return probes
