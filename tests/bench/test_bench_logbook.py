"""The log books against the machine: durable appends as a share of F, sealing and checking as a multiple of L."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from time import monotonic

import pytest
from django.db import connection, transaction

from security import logbook, proofs, sealing
from security.merkle import tree
from security.models import Book
from tests.bench.ratios import each, flush_seconds, hash_seconds, medians, table

AT = datetime(2026, 6, 1, 12, 0, 0, tzinfo=UTC)
PAYLOAD = {"before": "2026-06-01T11:59:52.114Z", "after": "2026-06-01T12:00:00.314Z", "delta_ns": 7200000000, "n": 0}
WRITERS = 16
pytestmark = [pytest.mark.bench, pytest.mark.django_db(transaction=True)]


def enter() -> None:
    with transaction.atomic():
        logbook.append("metrological", "clock.adjusted", PAYLOAD, subject="station:DE*ABC*E1", actor="s:E1", at=AT)


def new() -> logbook.NewEntry:
    return logbook.NewEntry("clock.adjusted", PAYLOAD, "station:DE*ABC*E1", "station:DE*ABC*E1", AT)


def enter_hundred() -> None:
    with transaction.atomic():
        logbook.append_many("metrological", [new() for _ in range(100)])


def work(count: int) -> float:
    """In a process of its own, as gateways and workers are; returns when it was done."""
    for _ in range(count):
        enter()
    connection.close()
    return monotonic()


def by_writers(count: int) -> float:
    """Seconds per entry when many processes want the head of one book at once."""
    connection.close()  # a connection must not be shared with the children
    with ProcessPoolExecutor(WRITERS, mp_context=get_context("fork")) as pool:
        list(pool.map(work, [1] * WRITERS))  # all are there and connected
        started = monotonic()
        done = max(pool.map(work, [count // WRITERS] * WRITERS))
    return (done - started) / (count // WRITERS * WRITERS)


def test_appends_as_a_share_of_flushes(tmp_path: Path) -> None:
    enter()
    measured: dict[str, Callable[[], float]] = {
        "flush": lambda: flush_seconds(tmp_path),
        "one": lambda: each(enter, count=200),
        "hundred": lambda: each(enter_hundred, count=5) / 100,
    }
    goals = {"one": 0.5, "hundred": 5.0}
    if connection.vendor == "postgresql":
        measured["writers"] = lambda: by_writers(480)
        goals = {"one": 0.15, "writers": 0.3, "hundred": 5.0}
    figures = medians(rounds=5, **measured)
    flush = figures["flush"]
    rows = [(name, f"{1 / figures[name]:,.0f}", f"{flush / figures[name]:.2f}", goal) for name, goal in goals.items()]
    table(f"log book on {connection.vendor}, F = {1 / flush:,.0f}/s", ("append", "entries/s", "in F", "goal"), rows)
    book = Book.objects.get(name="metrological")
    assert book.entries.count() == book.size
    for name, goal in goals.items():
        assert flush / figures[name] >= goal, name


def test_sealing_and_proofs(tmp_path: Path) -> None:
    many = 20_000
    with transaction.atomic():
        for _ in range(many // 1000):
            logbook.append_many("metrological", [new() for _ in range(1000)])
    book = Book.objects.get(name="metrological")
    figures = medians(
        rounds=3,
        hashes=lambda: hash_seconds(),
        examine=lambda: each(lambda: sealing.examine(book, None), count=1) / many,
        proof=lambda: each(lambda: proofs.inclusion(book, many // 3, many), count=20),
    )
    hashes = figures["hashes"]
    rows = [
        ("recompute before a seal", f"{figures['examine'] / hashes:.1f} L an entry", "6"),
        (f"inclusion proof at {many:,}", f"{figures['proof'] * 1000:.2f} ms", "5 ms"),
    ]
    table(f"log book on {connection.vendor}, L = {hashes * 1e6:.2f} µs", ("what", "figure", "goal"), rows)
    tree.check_inclusion(
        bytes(book.entries.get(sequence=many // 3).leaf),
        index=many // 3,
        size=many,
        proof=proofs.inclusion(book, many // 3, many),
        root=proofs.root_at(book, many),
    )
    assert figures["proof"] <= 0.005
