"""What others give: a central system on the `ocpp` and `websockets` packages that keeps nothing. Prints its port."""

import asyncio
import logging
import sys
from datetime import UTC, datetime
from typing import Any

import websockets
from ocpp.routing import on
from ocpp.v16 import ChargePoint, call_result
from ocpp.v16.enums import Action


class Peer(ChargePoint):  # type: ignore[misc]
    @on(Action.heartbeat)
    def on_heartbeat(self) -> Any:
        return call_result.Heartbeat(current_time=datetime.now(UTC).isoformat())

    @on(Action.status_notification)
    def on_status(self, **_: Any) -> Any:
        return call_result.StatusNotification()

    @on(Action.meter_values)
    def on_values(self, **_: Any) -> Any:
        return call_result.MeterValues()


async def main() -> None:
    logging.disable(logging.CRITICAL)

    async def serve(socket: Any) -> None:
        await Peer("bench", socket).start()

    async with websockets.serve(serve, "127.0.0.1", 0, subprotocols=["ocpp1.6"], compression=None) as server:
        sys.stdout.write(f"{next(iter(server.sockets)).getsockname()[1]}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
