"""A simulated time server, and how to look at it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.sim.time_server import TimeServer
from timesync.client import probing
from timesync.client.results import Probe
from timesync.client.targets import Memory, Plan, Target
from timesync.nts.codes import Code

# Patient where success is expected, so that a busy machine makes no failure of it.
QUICK = Plan(patience=1.5, connect=2.0, establish=4.0, spacing=(0.0, 0.001))
IMPATIENT = {"patience": 0.25, "connect": 0.6, "establish": 2.0}


@pytest.fixture
def server() -> Iterator[TimeServer]:
    with TimeServer() as running:
        yield running


def target_of(server: TimeServer, **changes: Any) -> Target:
    known = Target("sim", server.address, server.ke_port, anchors_pem=server.authority.pem, allow_private=True)
    return replace(known, **changes)


def look(target: Target, memory: Memory | None = None, *, by_person: bool = False, **plan: Any) -> Probe:
    memories = {target.name: memory} if memory else {}
    (probe,) = probing.run([target], plan=replace(QUICK, **plan), memories=memories, by_person=by_person)
    return probe


def codes(probe: Probe) -> set[Code]:
    return {trouble.code for trouble in probe.troubles}
