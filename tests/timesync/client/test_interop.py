"""Our client with a real chronyd as server, and a real chronyd as client of our simulated server.

What passes here cannot be a mistake that client and simulator make together.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.sim import chrony
from tests.sim.chrony import ChronyServer
from tests.sim.time_server import TimeServer
from tests.timesync.client.conftest import codes, look
from timesync.client.results import Probe
from timesync.client.targets import Memory, Protection, Target
from timesync.nts.codes import Code
from timesync.nts.pacing import Attempts


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ChronyServer]:
    chrony.command()
    with chrony.running(chrony.prepare(tmp_path)) as running:
        yield running


def target_of(server: ChronyServer, **changes: object) -> Target:
    known = Target("chrony", "localhost", server.ke_port, anchors_pem=server.authority.pem, allow_private=True)
    return replace(known, **changes)


def visit(server: ChronyServer, memory: Memory | None = None, **changes: object) -> Probe:
    return look(target_of(server, **changes), memory, patience=0.5, connect=2.0, establish=4.0)


@pytest.mark.requirement("T01")
@pytest.mark.requirement("T04")
@pytest.mark.requirement("T06")
@pytest.mark.requirement("T08")
def test_chronyd_serves_our_client(server):
    memory = Memory()
    for _ in range(3):
        probe = visit(server, memory)
        assert probe.troubles == ()
        assert probe.best is not None
        assert all(exchange.is_authenticated for exchange in probe.exchanges)
        assert abs(probe.best.offset_ns) <= probe.best.bound_ns
        assert probe.best.stratum == 1
        memory = probe.memory
        assert memory.association is not None
        assert len(memory.association.cookies) == 8
        assert memory.association.port == server.ntp_port


@pytest.mark.requirement("T09")
def test_chronyd_that_lost_its_keys_gets_us_new_ones(tmp_path):
    chrony.command()
    server = chrony.prepare(tmp_path)
    with chrony.running(server):
        memory = replace(visit(server).memory, attempts=Attempts())
    with chrony.running(server):  # restarted with its keys kept: our cookies still hold
        kept = visit(server, memory)
        assert kept.establishment is None
        assert kept.best is not None
    server.forget_keys()
    with chrony.running(server):
        probe = visit(server, replace(kept.memory, attempts=Attempts()))
        assert Code.NTS_NAK in codes(probe)
        assert probe.establishment is not None
        assert probe.best is not None


@pytest.mark.requirement("T02")
def test_chronyd_without_our_algorithm_says_so(server):
    assert codes(visit(server, aeads=(17,))) == {Code.KE_NO_AEAD}


@pytest.mark.requirement("T03")
def test_chronyd_ignores_the_wish_for_signatures(server):
    probe = visit(server, signed_responses=True)
    assert probe.best is not None
    assert probe.exchanges[0].signature is None


@pytest.mark.requirement("T09")
def test_chronyd_without_time_is_not_believed(tmp_path):
    chrony.command()
    with chrony.running(chrony.prepare(tmp_path, has_time=False)) as server:
        probe = visit(server)
        assert codes(probe) == {Code.UNSYNCHRONISED}
        assert probe.exchanges[0].is_authenticated
        assert probe.best is None


@pytest.mark.requirement("T08")
def test_chronyd_asked_plainly_is_marked_unauthenticated(server):
    probe = visit(server, host="127.0.0.1", port=server.ntp_port, protection=Protection.NONE)
    assert probe.best is not None
    assert not probe.is_authenticated


@pytest.mark.parametrize("lie_s", [0, 5, -3600])
def test_chronyd_takes_time_from_our_simulated_server(tmp_path, lie_s):
    chrony.command()
    with TimeServer() as simulated:
        simulated.behaviour.offset_ns = lie_s * 1_000_000_000
        said = chrony.ask(
            tmp_path,
            host="localhost",
            ke_port=simulated.ke_port,
            ntp_port=simulated.ntp_port,
            anchor=simulated.authority.pem,
        )
        found = chrony.wrong_by(said)
        assert found is not None, said
        assert abs(found - lie_s) < 0.01
        assert simulated.establishments == 1


def test_chronyd_does_not_take_time_from_a_server_it_cannot_trust(tmp_path):
    chrony.command()
    with TimeServer() as simulated, TimeServer() as other:
        said = chrony.ask(
            tmp_path,
            host="localhost",
            ke_port=simulated.ke_port,
            ntp_port=simulated.ntp_port,
            anchor=other.authority.pem,
        )
        assert chrony.wrong_by(said) is None
        assert "certificate" in said, said
        assert simulated.requests == 0
