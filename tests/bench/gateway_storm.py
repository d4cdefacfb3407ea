"""Many stations at once, in a process of its own: `python -m tests.bench.gateway_storm <port> <stations> [folder]`.

All connect, with a client certificate if a folder of them is named, boot, and stay until their answer is there. Prints
how many were answered, how many were turned away, and the seconds it took.
"""

import asyncio
import ssl
import sys
from pathlib import Path
from time import perf_counter

import uvloop

from stations.ocpp.frames import Call, write
from tests.stations.gateway.wire import frame, request
from tests.stations.ocpp.samples import BOOT_16

BOOT = frame(write(Call("1", "BootNotification", BOOT_16)).encode())


class Station(asyncio.Protocol):
    def __init__(self) -> None:
        self.answered: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.heard = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        transport.write(request())  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        opened = b"\r\n\r\n" in self.heard
        self.heard += data
        if not opened and b"\r\n\r\n" in self.heard:
            self.transport.write(BOOT)  # type: ignore[attr-defined]
        elif opened and not self.answered.done():
            self.answered.set_result(True)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.answered.done():
            self.answered.set_result(False)


async def come(port: int, context: ssl.SSLContext | None) -> bool:
    loop = asyncio.get_running_loop()
    try:
        name = "localhost" if context else None
        _, station = await loop.create_connection(Station, "127.0.0.1", port, ssl=context, server_hostname=name)
        return await asyncio.wait_for(station.answered, 30)
    except (OSError, TimeoutError):
        return False


async def main(port: int, count: int, folder: Path | None) -> None:
    context = None
    if folder is not None:
        context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
        context.load_cert_chain(folder / "station.pem", folder / "station.key")
    started = perf_counter()
    came = await asyncio.gather(*(come(port, context) for _ in range(count)))
    sys.stdout.write(f"{sum(came)} {count - sum(came)} {perf_counter() - started}\n")


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]) if len(sys.argv) > 3 else None))
