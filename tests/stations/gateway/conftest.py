"""Listeners on real sockets with an application that knows a few stations, on both event loops."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import uvloop
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from stations.gateway import replies
from stations.gateway.evidence import Refusal
from stations.gateway.listener import Listener
from stations.ocpp.basic import BadCredentials, Presented, parse
from stations.ocpp.identity import BadPath, identity_from
from stations.ocpp.versions import Version, choose
from tests.stations.gateway.authority import Authority, Issued

KEY = bytes(range(236, 256))  # 20 bytes that are no UTF-8
STATIONS = {"CP001", "RDAM 123", "café", "a/b", "100%25", "a:b"}


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


def accepts(presented: Presented | BadCredentials) -> bool:
    return isinstance(presented, Presented) and any(key == KEY for key in presented.keys())  # noqa: SIM118


class Desk:
    """An application that lets known stations in, echoes what they say, and notes how each connection went."""

    def __init__(self) -> None:
        self.scopes: list[Any] = []
        self.heard: list[Any] = []
        self.ends: list[tuple[int, str]] = []
        self.refusals: list[Refusal] = []
        self.taking = asyncio.Event()
        self.taking.set()
        self.flood: bytes | None = None

    async def __call__(self, scope: Any, receive: Callable[[], Awaitable[Any]], send: replies.Send) -> None:
        self.scopes.append(scope)
        await receive()
        try:
            identity = identity_from(scope["raw_path"])
        except BadPath:
            identity = ""
        if identity not in STATIONS:
            await replies.unknown_station(send)
            return
        presented = parse(dict(scope["headers"]).get(b"authorization"), identity=identity)
        if scope["ocpp"].profile < 3 and not accepts(presented):
            await replies.bad_credentials(send)
            return
        version = choose(scope["subprotocols"])
        if version is None:
            await replies.no_common_version(send, spoken=[version.value for version in Version])
            return
        await send({"type": "websocket.accept", "subprotocol": version.value})
        await self._echo(receive, send)

    async def _echo(self, receive: Callable[[], Awaitable[Any]], send: replies.Send) -> None:
        while (event := await receive())["type"] == "websocket.receive":
            self.heard.append(event)
            await self.taking.wait()
            await send({**event, "type": "websocket.send"})
            while self.flood is not None:
                await send({"type": "websocket.send", "bytes": self.flood})
        self.ends.append((event["code"], event.get("reason", "")))


@pytest.fixture
async def desk() -> Desk:
    return Desk()


Open = Callable[..., Awaitable[Listener]]


@pytest.fixture
async def open_listener(desk: Desk) -> AsyncIterator[Open]:
    listeners: list[Listener] = []

    async def open_one(*, profile: int = 1, path: Path | None = None, **more: Any) -> Listener:
        listener = Listener(f"profile {profile}", profile=profile, app=desk, report=desk.refusals.append, **more)
        await listener.listen(path=path)
        listeners.append(listener)
        return listener

    yield open_one
    for listener in listeners:
        await listener.drain(within=1.0)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def server_certificates(authority: Authority) -> list[Issued]:
    keys = [rsa.generate_private_key(65537, 2048), None]
    return [authority.issue("localhost", key=key, usage=ExtendedKeyUsageOID.SERVER_AUTH) for key in keys]
