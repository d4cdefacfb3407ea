"""A charging station that is not there: real sockets, a clock, keys and certificates of its own, and some drivers."""

import asyncio
import base64
import contextlib
import random
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

from stations.simulator.clock import Clock
from stations.simulator.configuration import Settings
from stations.simulator.dialects import Dialect, dialect
from stations.simulator.wire import CallFailed, Payload, Wire

FIRST_RETRY_S, LONGEST_RETRY_S = 1.0, 30.0
IDLE_S, CHARGING_S, SAMPLE_S = (20.0, 90.0), (40.0, 180.0), 10.0
POWER_W = 11_000
AWAY = (OSError, ConnectionClosed, InvalidHandshake, TimeoutError, asyncio.CancelledError)


@dataclass(frozen=True)
class Papers:
    """Who the station is, and how it proves that. `key` is what goes into Basic; None for profile 3."""

    identity: str
    url: str  # up to and without the identity
    protocol: str
    key: bytes | None = field(default=None, repr=False)
    tls: ssl.SSLContext | None = None


class SimulatedStation:
    """`keep_key` is called with a new key before it is confirmed, as a real station writes it to its flash first."""

    def __init__(
        self,
        papers: Papers,
        *,
        clock: Clock | None = None,
        keep_key: Callable[[bytes], None] = lambda _: None,
        drivers: bool = True,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.papers, self.key = papers, papers.key
        self.clock = clock or Clock()
        self.settings = Settings()
        self.status = ""
        self.meter_wh = random.randrange(10_000, 2_000_000)  # noqa: S311 - a meter reading, not a secret
        self._keep_key, self._drivers, self._say = keep_key, drivers, say
        self._dialect: Dialect = dialect(papers.protocol)
        self._later: set[asyncio.Task[Any]] = set()
        self._reconnect = asyncio.Event()
        self._wire: Wire

    async def run(self) -> None:
        """For ever: a station comes back from everything."""
        pause = FIRST_RETRY_S
        while True:
            try:
                async with await self.connect() as socket:
                    pause = FIRST_RETRY_S
                    await self._live(socket)
            except (OSError, ConnectionClosed, InvalidHandshake, TimeoutError, CallFailed) as exc:
                self._say(f"{self.papers.identity}: {type(exc).__name__}, again in {pause:.0f} s")
            await asyncio.sleep(pause * random.uniform(0.8, 1.2))  # noqa: S311 - a pause, not a secret
            pause = min(pause * 2, LONGEST_RETRY_S)

    async def connect(self) -> ClientConnection:
        headers = {}
        if self.key is not None:
            pair = self.papers.identity.encode() + b":" + self.key
            headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
        return await connect(
            f"{self.papers.url}/{quote(self.papers.identity, safe='')}",
            subprotocols=[Subprotocol(self.papers.protocol)],
            additional_headers=headers,
            ssl=self.papers.tls,
            max_size=2**20,
            proxy=None,
        )

    async def _live(self, socket: ClientConnection) -> None:
        wire = self._wire = Wire(socket, self._answer)
        self._reconnect.clear()
        reading = asyncio.create_task(wire.read())
        working = asyncio.create_task(self._work(wire))
        renewing = asyncio.create_task(self._reconnect.wait())
        try:
            done, _ = await asyncio.wait({reading, working, renewing}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in (reading, working, renewing):
                task.cancel()
                with contextlib.suppress(*AWAY, CallFailed):
                    await task

    async def _work(self, wire: Wire) -> None:
        interval = await self._boot(wire)
        self._say(f"{self.papers.identity}: accepted, {self.papers.protocol}")
        await self._show(wire, "Available")
        async with asyncio.TaskGroup() as group:
            group.create_task(self._heartbeats(wire, interval))
            if self._drivers:
                group.create_task(self._serve_drivers(wire))

    async def _boot(self, wire: Wire) -> int:
        while True:
            answer = await wire.call("BootNotification", self._dialect.boot(self.papers.identity))
            self._set_clock(answer)
            self.status = answer["status"]
            if self.status == "Accepted":
                return int(answer["interval"])
            await asyncio.sleep(max(int(answer["interval"]), 1))

    async def _heartbeats(self, wire: Wire, interval: int) -> None:
        while True:
            await asyncio.sleep(max(interval, 1))
            self._set_clock(await wire.call("Heartbeat", {}))

    async def _serve_drivers(self, wire: Wire) -> None:
        while True:
            await asyncio.sleep(random.uniform(*IDLE_S))  # noqa: S311 - when drivers come, not a secret
            await self.charge(wire, seconds=random.uniform(*CHARGING_S))  # noqa: S311

    async def charge(self, wire: Wire, *, seconds: float) -> None:
        """One whole session."""
        token = f"SIM{random.randrange(10**6):06}"  # noqa: S311 - a driver of the demo, not a secret
        await self._show(wire, "Occupied")
        action, payload = self._dialect.start(self.clock.text(), token, self.meter_wh)
        self._dialect.started(await wire.call(action, payload))
        end = asyncio.get_running_loop().time() + seconds
        while (left := end - asyncio.get_running_loop().time()) > 0:
            await asyncio.sleep(min(SAMPLE_S, left))
            self.meter_wh += round(POWER_W * min(SAMPLE_S, left) / 3600)
            await wire.call(*self._dialect.values(self.clock.text(), self.meter_wh))
        await wire.call(*self._dialect.stop(self.clock.text(), token, self.meter_wh))
        await self._show(wire, "Available")

    async def _show(self, wire: Wire, status: str) -> None:
        await wire.call("StatusNotification", self._dialect.status(self.clock.text(), status))

    def _set_clock(self, answer: Payload) -> None:
        self.clock.set(datetime.fromisoformat(answer["currentTime"]))

    # ── what it is asked ─────────────────────────────────────────────────────────────────────────────────────────

    async def _answer(self, action: str, payload: Payload) -> Payload | None:
        match action:
            case "ChangeConfiguration":
                return {"status": self._change(payload["key"], payload["value"])}
            case "GetConfiguration":
                return self.settings.configuration(payload.get("key", []))
            case "SetVariables":
                for wish in payload["setVariableData"]:
                    self._note_key(wish["variable"]["name"], wish["attributeValue"])
                return self.settings.set_variables(payload["setVariableData"])
            case "GetVariables":
                return self.settings.get_variables(payload["getVariableData"])
            case "GetBaseReport":
                self._afterwards("NotifyReport", self.settings.report(payload["requestId"], self.clock.text()))
                return {"status": "Accepted"}
            case "Reset":
                self._soon()
                return {"status": "Accepted"}
            case "TriggerMessage" | "ClearCache" | "ChangeAvailability":
                return {"status": "Accepted"}
        return None

    def _change(self, name: str, value: str) -> str:
        self._note_key(name, value)
        return self.settings.change(name, value)

    def _note_key(self, name: str, value: str) -> None:
        if name == "AuthorizationKey":
            self._take_key(bytes.fromhex(value))
        elif name == "BasicAuthPassword":
            self._take_key(value.encode())

    def _take_key(self, key: bytes) -> None:
        """Written down first, then confirmed; the next connection uses it, and that comes soon."""
        self._keep_key(key)
        self.key = key
        self._soon()

    def _afterwards(self, action: str, payload: Payload) -> None:
        """A call that follows our answer."""
        wire = self._wire

        async def send() -> None:
            await asyncio.sleep(0.2)
            with contextlib.suppress(*AWAY, CallFailed):
                await wire.call(action, payload)

        task = asyncio.create_task(send())
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    def _soon(self) -> None:
        asyncio.get_running_loop().call_later(0.5, self._reconnect.set)
