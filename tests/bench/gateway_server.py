"""A server to measure, in a process of its own: `python -m tests.bench.gateway_server bare|door|core`.

bare: uvicorn as it comes, an application that echoes. door: the same application behind our listener. core: behind our
listener, with every frame read, validated and answered by the session, but nothing stored.
"""

import asyncio
import sys
from datetime import timedelta
from typing import Any

import uvicorn
import uvloop

from stations.gateway.listener import Listener
from stations.ocpp.schemas import Part, validators
from stations.ocpp.session import Asked, Session
from stations.ocpp.validation import check
from stations.ocpp.versions import Version


async def echo(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept", "subprotocol": "ocpp1.6"})
    while (event := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": event["text"]})


async def converse(scope: Any, receive: Any, send: Any) -> None:
    session = Session(Version.V16, call_timeout=timedelta(seconds=60))
    await receive()
    await send({"type": "websocket.accept", "subprotocol": "ocpp1.6"})
    while (event := await receive())["type"] == "websocket.receive":
        asked = session.receive(event["text"])
        assert isinstance(asked, Asked)
        check(Version.V16, asked.call.action, Part.REQUEST, asked.call.payload)
        await send({"type": "websocket.send", "text": session.answer(asked.call.id, {})})


async def serve_bare() -> None:
    config = uvicorn.Config(
        echo, port=0, ws="websockets-sansio", lifespan="off", log_level="error", ws_per_message_deflate=False
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    say(server.servers[0].sockets[0].getsockname()[1])
    await serving


async def serve_door(app: Any) -> None:
    validators(Version.V16)
    listener = Listener("bench", profile=1, app=app, report=lambda refusal: None)
    await listener.listen()
    say(listener.address[1])
    await asyncio.Event().wait()


def say(port: int) -> None:
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    kind = sys.argv[1]
    uvloop.run(serve_bare() if kind == "bare" else serve_door(echo if kind == "door" else converse))
