"""Simulated stations, for a first look and for tests of an installation."""

import asyncio
import contextlib
import json
import signal
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from console import life
from stations.simulator import fleet
from stations.simulator.station import SimulatedStation


class Command(BaseCommand):
    help = "Run simulated stations: they are registered here, boot, charge, and answer. Prints a line a station."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--stations", type=int, default=5, metavar="N", help="how many")
        parser.add_argument("--profile", type=int, choices=(1, 2, 3), help="only of this security profile")
        parser.add_argument("--protocol", choices=fleet.PROTOCOLS, metavar="V", help="ocpp1.6, ocpp2.0.1 or ocpp2.1")
        parser.add_argument("--url", help="ws(s)://host:port/ocpp, when not this installation's own listener")
        parser.add_argument("--for", dest="seconds", type=float, metavar="SECONDS", help="then end; else until Ctrl-C")
        parser.add_argument("--json", action="store_true", help="each line as a JSON document")

    def handle(self, **options: Any) -> None:
        chosen = fleet.kinds(profile=options["profile"], protocol=options["protocol"])
        now = datetime.now(UTC)
        stations = []
        for number in range(options["stations"]):
            kind = chosen[number % len(chosen)]
            station = fleet.enlist(kind, number // len(chosen) + 1, url=options["url"], at=now, say=self.stderr.write)
            stations.append(station)
            facts = {"id": station.papers.identity, "profile": kind.profile, "protocol": kind.protocol}
            text = json.dumps(facts) if options["json"] else f"{station.papers.identity} at {station.papers.url}"
            self.stdout.write(text)
        heart = life.begin("stations")
        asyncio.run(_run(stations, options["seconds"]))
        heart.stopped.set()


async def _run(stations: list[SimulatedStation], seconds: float | None) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    tasks = [asyncio.create_task(station.run()) for station in stations]
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
