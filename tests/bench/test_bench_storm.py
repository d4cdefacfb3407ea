"""When everybody comes back at once: nobody is turned away, and those who are connected hardly notice."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.bench.ratios import table
from tests.bench.test_bench_gateway import ROOT, cpu_seconds, server
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


def start(name: str, *words: object) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", f"tests.bench.{name}", *map(str, words)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def said(process: "subprocess.Popen[str]") -> list[float]:
    return [float(word) for word in process.communicate(timeout=120)[0].split()]


def test_five_thousand_stations_come_back() -> None:
    with server("core") as (pid, (port,)):
        answered, refused, seconds = said(start("gateway_storm", port, 5000))
        cpu = cpu_seconds(pid)
    table(
        "5,000 stations connect and boot at once (ws)",
        ["", "seconds", "ms CPU each", "refused"],
        [("storm", seconds, cpu / 5000 * 1e3, int(refused))],
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
    with server("core", str(certificates)) as (_, (plain, mutual)):
        _, quiet = said(start("gateway_load", plain, 200, 4, 0.2))
        load = start("gateway_load", plain, 200, 4, 0.2)
        answered, refused, seconds = said(start("gateway_storm", mutual, 1500, certificates))
        messages, stormy = said(load)
    table(
        "200 open stations, 5 messages a second each, while 1,500 connect with certificates",
        ["", "p99 before, ms", "p99 meanwhile, ms", "storm, s", "refused"],
        [("storm", quiet * 1e3, stormy * 1e3, seconds, int(refused))],
    )
    assert (answered, refused) == (1500, 0)
    assert messages > 2000
    assert stormy < 0.3
