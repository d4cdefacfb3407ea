"""The process that stations connect to."""

import asyncio
import sys
from datetime import UTC, datetime
from typing import Any

import uvloop
from django.conf import settings
from django.core.management.base import BaseCommand

from console import life
from console.routing import RESULTS, TABLES
from security.pki import listeners
from stations.gateway.secure import Source
from stations.gateway.service import Plan, Service


class Command(BaseCommand):
    help = "Serve OCPP to stations: one port for each security profile."
    requires_system_checks = []

    def handle(self, **options: Any) -> None:
        listeners.ensure(at=datetime.now(UTC))
        plan = Plan(
            ports={profile: (settings.OCPP_BINDS[profile], port) for profile, port in settings.OCPP_PORTS.items()},
            tables=TABLES,
            results=RESULTS,
            tls={2: Source(2, mutual=False), 3: Source(3, mutual=True)},
            trusted_organizations=frozenset(settings.STATION_ORGANISATIONS),
            say=self.stdout.write,
        )
        heart = life.begin("gateway")
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(_serve(plan))
        except OSError as exc:
            sys.exit(f"gateway: a port cannot be had ({exc}): set OCPP_PORT_1, _2 or _3 to a free one")
        finally:
            heart.stopped.set()


async def _serve(plan: Plan) -> None:
    await Service(plan).run()
