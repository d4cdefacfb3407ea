"""Run the generator and the storm, and read what they say."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Said:
    messages: int
    p99: float  # seconds
    errors: int  # answers that are no result; an echo has nothing else
    cpu: float  # seconds of the watched process, between the first answer of the last station and the end


def load(
    port: int,
    stations: int,
    seconds: float,
    *,
    watched: int,
    pause: float = 0,
    prefix: str = "",
    meanwhile: Callable[[], None] = lambda: None,
) -> Said:
    words = [sys.executable, "-m", "tests.bench.gateway_load", *map(str, (port, stations, seconds, pause, prefix))]
    with subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        before = cpu_seconds(watched)
        process.stdin.write("count\n")
        process.stdin.flush()
        meanwhile()
        messages, p99, errors = process.stdout.readline().split()
        spent = cpu_seconds(watched) - before
        process.stdin.write("end\n")
    return Said(int(messages), float(p99), int(errors), spent)


def storm(port: int, stations: int, *more: object) -> tuple[int, int, float]:
    """How many were answered, how many were not, and the seconds until the last."""
    words = [sys.executable, "-m", "tests.bench.gateway_storm", *map(str, (port, stations, *more))]
    said = subprocess.run(words, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True, timeout=180).stdout.split()
    return int(said[0]), int(said[1]), float(said[2])


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_kib(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])
