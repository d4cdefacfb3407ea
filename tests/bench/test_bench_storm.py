"""When everybody comes back at once: nobody is turned away, and those who are connected hardly notice."""

import resource
from pathlib import Path

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.bench.loading import cpu_seconds, load, storm
from tests.bench.ratios import table
from tests.bench.test_bench_gateway import server
from tests.stations.gateway.authority import Authority

pytestmark = pytest.mark.bench
OPEN_FILES = 12_000


@pytest.fixture(autouse=True)
def _many_files() -> None:
    """Inherited by the processes that are measured."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < OPEN_FILES:
        if hard != resource.RLIM_INFINITY and hard < OPEN_FILES:
            pytest.skip(f"only {hard} open files are allowed")
        resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, hard))


def test_five_thousand_stations_come_back() -> None:
    with server("core") as (pid, (port,)):
        answered, refused, seconds = storm(port, 5000)
        cpu = cpu_seconds(pid)
    table(
        "5,000 stations connect and boot at once (ws)",
        ["", "seconds", "ms CPU each", "refused"],
        [("storm", seconds, cpu / 5000 * 1e3, refused)],
    )
    assert (answered, refused) == (5000, 0)
    assert seconds < 30


@pytest.fixture
def certificates(tmp_path: Path) -> Path:
    authority = Authority(tmp_path)
    issued = {
        "server": authority.issue("localhost", usage=ExtendedKeyUsageOID.SERVER_AUTH),
        "station": authority.issue("CP001"),
    }
    for name, one in issued.items():
        for path, kind in zip(one.files, ("pem", "key"), strict=True):
            path.rename(tmp_path / f"{name}.{kind}")
    authority.file.rename(tmp_path / "ca.pem")
    authority.revocations().rename(tmp_path / "ca.crl")
    return tmp_path


def test_open_stations_are_served_while_others_shake_hands(certificates: Path) -> None:
    with server("core", str(certificates)) as (pid, (plain, mutual)):
        quiet = load(plain, 200, 4, watched=pid, pause=0.2)
        came: list[tuple[int, int, float]] = []
        stormy = load(
            plain,
            200,
            4,
            watched=pid,
            pause=0.2,
            meanwhile=lambda: came.append(storm(mutual, 1500, certificates)),
        )
    answered, refused, seconds = came[0]
    table(
        "200 open stations, 5 messages a second each, while 1,500 connect with certificates",
        ["", "p99 before, ms", "p99 meanwhile, ms", "storm, s", "refused"],
        [("storm", quiet.p99 * 1e3, stormy.p99 * 1e3, seconds, refused)],
    )
    assert (answered, refused) == (1500, 0)
    assert stormy.messages > 2000
    assert stormy.p99 < 0.3
