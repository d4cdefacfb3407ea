"""Figures for Prometheus.

Two kinds, told apart by their help texts. What requests did is counted in this very web process and starts at nothing
with it: with several web processes each is its own target. What the installation is (processes, readiness) is read from
the database at the moment of asking, so every web process gives the same answer.
"""

import os
from collections.abc import Iterator

from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from console import health, life
from console.models import Process

registry = CollectorRegistry()
REQUESTS = Counter(
    "meridian_requests",
    "Requests answered by this web process since it started",
    ["view", "method", "status"],
    registry=registry,
)
SECONDS = Histogram(
    "meridian_request_seconds",
    "Time this web process took for a request, by view",
    ["view"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
    registry=registry,
)
ProcessCollector(registry=registry)
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def count(view: str, *, method: str, status: int, seconds: float) -> None:
    REQUESTS.labels(view, method if method in METHODS else "other", str(status)).inc()
    SECONDS.labels(view).observe(seconds)


class Installation(Collector):
    def collect(self) -> Iterator[Metric]:
        build = GaugeMetricFamily("meridian_build_info", "The version of this web process", labels=["version", "pid"])
        build.add_metric([settings.VERSION, str(os.getpid())], 1)
        yield build
        ready = GaugeMetricFamily("meridian_ready", "1 where the installation is well, by part", labels=["part"])
        for finding in health.ready():
            ready.add_metric([finding.name], int(finding.ok))
        yield ready
        yield from self._processes()

    def _processes(self) -> Iterator[Metric]:
        labels = ["host", "process"]
        seen = GaugeMetricFamily("meridian_process_seen_seconds", "Age of the last sign of life", labels=labels)
        alive = GaugeMetricFamily("meridian_process_alive", "1 with a sign of life in the last 15 s", labels=labels)
        restarts = GaugeMetricFamily("meridian_process_restarts", "Restarts by its supervisor", labels=labels)
        try:
            rows = list(Process.objects.all())
        except DatabaseError:
            return  # meridian_ready{part="database"} tells it
        now = timezone.now()
        for row in rows:
            age = (now - row.seen_at).total_seconds()
            seen.add_metric([row.host, row.name], age)
            alive.add_metric([row.host, row.name], int(life.is_alive(row, at=now)))
            restarts.add_metric([row.host, row.name], row.restarts)
        yield from (seen, alive, restarts)


registry.register(Installation())


def exposition() -> bytes:
    text: bytes = generate_latest(registry)
    return text
