"""A server to measure, in a process of its own: `python -m tests.bench.gateway_server bare|door|core [folder]`.

bare: uvicorn as it comes, an application that echoes. door: the same application behind our listener. core: behind our
listener, with every frame read, validated and answered by the session, but nothing stored. With a folder of
certificates a second listener asks stations for theirs. Prints its ports.
"""

import asyncio
import ssl
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import uvicorn
import uvloop

from stations.gateway.evidence import Refusal
from stations.gateway.limits import Limits
from stations.gateway.listener import Listener
from stations.gateway.tls import TLSSettings
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
    say([server.servers[0].sockets[0].getsockname()[1]])
    await serving


async def serve_door(app: Any, folder: Path | None) -> None:
    validators(Version.V16)
    limits, ports = Limits(per_address=20_000), []
    for tls in [None, mutual(folder)] if folder else [None]:
        listener = Listener("bench", profile=3 if tls else 1, app=app, report=complain, limits=limits, tls=tls)
        await listener.listen()
        ports.append(listener.address[1])
    say(ports)
    await asyncio.Event().wait()


def mutual(folder: Path) -> ssl.SSLContext:
    return TLSSettings(
        [(folder / "server.pem", folder / "server.key")], client_ca=folder / "ca.pem", crl=folder / "ca.crl"
    ).context()


def complain(refusal: Refusal) -> None:
    sys.stderr.write(f"{refusal}\n")


def say(ports: list[int]) -> None:
    sys.stdout.write(" ".join(map(str, ports)) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    kind = sys.argv[1]
    place = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    uvloop.run(serve_bare() if kind == "bare" else serve_door(echo if kind == "door" else converse, place))
