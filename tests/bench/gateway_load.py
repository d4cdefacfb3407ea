"""A generator: `python -m tests.bench.gateway_load <port> <stations> <seconds> [pause] [prefix]`.

Every station says its next message when the last one was answered, after the pause. With a prefix each has an identity
of its own, else all are the same. Says `open` when all have had an answer, waits for a line, and begins to count;
then says how many messages there were, the 99th percentile of the seconds that they took, and how many were answered by
anything but a result, and waits for another line before it hangs up.
"""

import asyncio
import sys
from functools import partial
from time import perf_counter

import uvloop

from stations.ocpp.frames import Call, write
from tests.bench.ratios import percentile
from tests.bench.service_stations import KEY
from tests.stations.gateway.wire import frame, request
from tests.stations.ocpp.samples import METER_VALUES

STATUS = {"connectorId": 1, "errorCode": "NoError", "status": "Charging", "timestamp": "2026-11-21T10:00:00Z"}
# What a session consists of: readings mostly, a status or a heartbeat in between.
MIX = [("MeterValues", METER_VALUES)] * 3 + [("StatusNotification", STATUS), ("Heartbeat", {})]
TEXTS = [write(Call(str(number), *MIX[number % len(MIX)])).encode() for number in range(20)]


class Station(asyncio.Protocol):
    def __init__(self, pause: float, identity: str = "") -> None:
        self.pause, self.identity, self.errors = pause, identity, 0
        self.frames = [frame(text) for text in TEXTS]
        self.open, self.said, self.took = False, 0, list[float]()
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        opening = request(f"/ocpp/{self.identity}", user=self.identity, key=KEY) if self.identity else request()
        transport.write(opening)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.open:
            if b"\r\n\r\n" not in self.buffer:
                return
            self.open, self.buffer = True, b""
        elif not self._whole():
            return
        else:
            self.took.append(perf_counter() - self.since)
            self.errors += b"[3," not in self.buffer[:8]
            self.buffer = b""
        if self.pause:
            asyncio.get_running_loop().call_later(self.pause, self.say)
        else:
            self.say()

    def say(self) -> None:
        self.since = perf_counter()
        self.transport.write(self.frames[self.said % len(self.frames)])  # type: ignore[attr-defined]
        self.said += 1

    def _whole(self) -> bool:
        if len(self.buffer) < 4:
            return len(self.buffer) >= 2 and len(self.buffer) >= 2 + self.buffer[1]
        size = self.buffer[1] if self.buffer[1] < 126 else 2 + int.from_bytes(self.buffer[2:4])
        return len(self.buffer) >= 2 + size


async def main(port: int, count: int, seconds: float, pause: float, prefix: str) -> None:
    loop = asyncio.get_running_loop()
    makers = [partial(Station, pause, f"{prefix}{number}" if prefix else "") for number in range(count)]
    stations = [(await loop.create_connection(make, "127.0.0.1", port))[1] for make in makers]
    while not all(station.took for station in stations):
        await asyncio.sleep(0.01)
    await tell("open")
    for station in stations:
        station.took.clear()
    await asyncio.sleep(seconds)
    took = [each for station in stations for each in station.took]
    await tell(f"{len(took)} {percentile(took, 0.99)} {sum(station.errors for station in stations)}")


async def tell(what: str) -> None:
    """Say it, and go on when it was heard."""
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.readline)


if __name__ == "__main__":
    words = [*sys.argv[1:], *["0", ""][len(sys.argv) - 4 :]]
    uvloop.run(main(int(words[0]), int(words[1]), float(words[2]), float(words[3]), words[4]))
