"""The gateway process: listeners, the writer, the beat of its lease, the doorbell, and a clean end."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from channels.layers import get_channel_layer

from stations import bell, presence, upkeep
from stations.commands import Hear
from stations.dispatch import Tables
from stations.gateway.desk import Desk
from stations.gateway.door import Door
from stations.gateway.errands import House
from stations.gateway.evidence import Cause, Refusal
from stations.gateway.limits import Limits
from stations.gateway.listener import Listener
from stations.gateway.reception import Reception, certificate_facts
from stations.gateway.showing import Showing
from stations.knocking import Knock
from stations.models import Gateway
from stations.ocpp.schemas import validators
from stations.ocpp.versions import Version

log = logging.getLogger(__name__)
BEAT_S, SWEEP_S, SEEN_S = 5.0, 1.0, 15.0
MANY, DRAIN_SPREAD_S = 100, 2.0  # so many do not all come back at once


@dataclass(frozen=True)
class Plan:
    """What to listen on, and by which tables to answer."""

    ports: dict[int, tuple[str, int]]  # profile -> host and port
    tables: Tables
    results: dict[str, Hear]
    tls: dict[int, Any] = field(default_factory=dict)  # profile -> a source of contexts; see `stations.gateway.secure`
    call_timeout: timedelta = timedelta(seconds=60)
    limits: Limits = field(default_factory=Limits)
    trusted_organizations: frozenset[str] = frozenset()
    say: Callable[[str], None] = log.info


class Service:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.desk = Desk()
        self.door = Door(trusted_organizations=plan.trusted_organizations)
        self.listeners: dict[int, Listener] = {}
        self.stopping = asyncio.Event()
        self.reception: Reception

    async def run(self) -> None:
        """Until SIGTERM or SIGINT. Raise OSError when a port cannot be had."""
        for version in Version:
            validators(version)
        self.desk.writer.start()
        gateway: Gateway = await self.desk.do(partial(presence.start, _name(), at=_now()))
        house = House(self.desk, self.plan.tables, self.plan.results, _now, self.plan.call_timeout)
        self.reception = Reception(house, self.door, gateway)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stopping.set)
        tasks: list[asyncio.Task[None]] = []
        try:
            await self._listen()
            tasks = [asyncio.create_task(_forever(work)) for work in self._chores(gateway)]
            await self.stopping.wait()
        finally:
            await self._end(gateway, tasks)

    async def _listen(self) -> None:
        for profile, (host, port) in self.plan.ports.items():
            source = self.plan.tls.get(profile)
            report = partial(self._report, profile)
            listener = Listener(
                f"profile {profile}",
                profile=profile,
                app=self.reception,
                report=report,
                limits=self.plan.limits,
                tls=await asyncio.to_thread(source.context) if source is not None else None,
            )
            await listener.listen(host=host, port=port)
            self.listeners[profile] = listener
            self.plan.say(f"profile {profile} on {host}:{listener.address[1]}")

    def _chores(self, gateway: Gateway) -> list[Callable[[], Awaitable[None]]]:
        return [
            partial(self._beat, gateway),
            self._sweep,
            self._remember_seen,
            self._answer_bell,
            self._renew_tls,
            Showing(self.desk, self.reception).look,
        ]

    async def _beat(self, gateway: Gateway) -> None:
        await self.desk.do(partial(presence.beat, gateway, at=_now()))
        await asyncio.sleep(BEAT_S)

    async def _sweep(self) -> None:
        """The bell may be lost: rows that wait for a station that is here are found again, at the latest now."""
        await asyncio.sleep(SWEEP_S)
        inside = list(self.reception.inside)
        waiting, shut = await self.desk.do(partial(upkeep.look, inside, at=_now(), results=self.plan.results))
        self.reception.ring(waiting)
        for station_id in shut:
            self.reception.shut(station_id, "this station is not let in any more")

    async def _remember_seen(self) -> None:
        await asyncio.sleep(SEEN_S)
        heard = self.reception.heard()
        if heard:
            await self.desk.do(partial(upkeep.remember_seen, heard))

    async def _answer_bell(self) -> None:
        layer = get_channel_layer()
        if layer is None:
            await asyncio.sleep(3600)
            return
        channel = await layer.new_channel()
        await layer.group_add(bell.GROUP, channel)
        while True:
            message = await layer.receive(channel)
            if message["type"] == "commands.wait":
                self.reception.ring(message["stations"])
            elif message["type"] == "connection.shut":
                self.reception.shut(message["station"], message["reason"])
            elif message["type"] == "connection.moved":
                self.reception.moved(message["station"], message["connection"])

    async def _renew_tls(self) -> None:
        """Certificates, anchors and revocation lists are swapped without a lost connection; see `secure`."""
        await asyncio.sleep(SWEEP_S)
        for profile, source in self.plan.tls.items():
            changed = await asyncio.to_thread(source.changed)
            if changed is not None:
                self.listeners[profile].tls = changed
                self.plan.say(f"profile {profile} uses renewed certificates")
            for station_id in self.reception.with_serials(source.revoked()):
                self.reception.shut(station_id, "the certificate of this station was revoked")

    def _report(self, profile: int, refusal: Refusal) -> None:
        facts: dict[str, Any] = {"detail": refusal.detail, "cause": refusal.cause.value, "listener": refusal.listener}
        if refusal.certificate is not None:
            facts |= certificate_facts(refusal.certificate)
        if refusal.verify_code is not None:
            facts["verify_code"] = refusal.verify_code
        if refusal.status is not None:
            facts["status"] = refusal.status
        if refusal.hello is not None:
            facts["versions"] = [format(number, "04x") for number in refusal.hello.versions]
            facts["suites"] = [format(number, "04x") for number in refusal.hello.suites][:40]
        address = refusal.peer[0] if refusal.peer else "front"
        self.reception.note(Knock(profile, address, REASONS[refusal.cause], "", facts), at=_now())

    async def _end(self, gateway: Gateway, tasks: list["asyncio.Task[None]"]) -> None:
        for task in tasks:
            task.cancel()
        for listener in self.listeners.values():
            spread = DRAIN_SPREAD_S if len(listener.sockets) > MANY else 0.0
            await listener.drain(spread=spread, within=2.0)
        with contextlib.suppress(Exception):
            await self.desk.do(partial(presence.stop, gateway))
        self.door.close()
        await self.desk.writer.stop()


REASONS = {
    Cause.FULL: "full",
    Cause.ADDRESS_FULL: "full",
    Cause.DRAINING: "full",
    Cause.DEADLINE: "too-slow",
    Cause.TLS: "tls",
    Cause.REQUEST: "bad-request",
}


async def _forever(work: Callable[[], Awaitable[None]]) -> None:
    """A chore that fails is said and tried again: the gateway must outlive a database or an engine that is away."""
    while True:
        try:
            await work()
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("a chore of the gateway failed and is tried again")
            await asyncio.sleep(1.0)


def _name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


def _now() -> datetime:
    return datetime.now(UTC)
