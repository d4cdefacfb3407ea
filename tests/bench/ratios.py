"""Measure against the machine itself: a figure is worth something only beside what the machine can do at that moment.

F is how many durable flushes of 4 KiB the disk does in a second; L is how long it takes to hash one leaf and one node.
What is compared is run in turns (A B A B …) in one run, so that a busy moment of a shared machine hits both alike,
and the median of the rounds is taken.

    figures = medians(rounds=7, flush=lambda: flush_seconds(folder), append=lambda: append_seconds(100))
    ratio = figures["flush"] / figures["append"]      # appends per second, as a share of F
"""

import hashlib
import math
import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from statistics import median

PAGE = 4096
LEAF_BYTES = 330  # a typical log book entry


def flush_seconds(folder: Path, *, count: int = 200) -> float:
    """1/F: seconds that one durable flush of 4 KiB takes in this folder."""
    path = folder / f"flush-{os.getpid()}"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    flush = getattr(os, "fdatasync", os.fsync)
    page = os.urandom(PAGE)
    try:
        # Overwrite a file of full size: a growing file flushes its length as well, which is another question.
        os.pwrite(descriptor, page, 0)
        os.fsync(descriptor)
        started = time.perf_counter()
        for _ in range(count):
            os.pwrite(descriptor, page, 0)
            flush(descriptor)
        return (time.perf_counter() - started) / count
    finally:
        os.close(descriptor)
        path.unlink()


def hash_seconds(*, leaf_bytes: int = LEAF_BYTES, count: int = 50_000) -> float:
    """L: seconds that hashing one leaf and one inner node takes, as RFC 6962 does it."""
    leaf, sha256 = os.urandom(leaf_bytes), hashlib.sha256
    left = sha256(leaf).digest()
    started = time.perf_counter()
    for _ in range(count):
        right = sha256(b"\x00" + leaf).digest()
        left = sha256(b"\x01" + left + right).digest()
    return (time.perf_counter() - started) / count


def medians(*, rounds: int = 5, **measured: Callable[[], float]) -> dict[str, float]:
    """Run everything once a round, in turns, after one round that does not count; give the median of each."""
    taken: dict[str, list[float]] = {name: [] for name in measured}
    for number in range(rounds + 1):
        for name, measure in measured.items():
            seconds = measure()
            if number:
                taken[name].append(seconds)
    return {name: median(values) for name, values in taken.items()}


def each(act: Callable[[], object], *, count: int) -> float:
    """Seconds that one call takes, over so many calls."""
    started = time.perf_counter()
    for _ in range(count):
        act()
    return (time.perf_counter() - started) / count


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values does not exceed."""
    ranked = sorted(values)
    return ranked[max(0, math.ceil(len(ranked) * share) - 1)]


def table(title: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table: text to the left, numbers to the right."""
    lines = [[cell(value) for value in row] for row in rows]
    widths = [max(len(row[column]) for row in [list(head), *lines]) for column in range(len(head))]
    out = [f"\n{title}"]
    for row in [list(head), ["─" * width for width in widths], *lines]:
        first, *others = [text.rjust(width) for text, width in zip(row, widths, strict=True)]
        out.append("  " + "  ".join([first.strip().ljust(widths[0]), *others]).rstrip())
    sys.stdout.write("\n".join(out) + "\n")
    sys.stdout.flush()


def cell(value: object) -> str:
    return f"{value:,.2f}" if isinstance(value, float) else str(value)
