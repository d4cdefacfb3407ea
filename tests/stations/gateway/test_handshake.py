import asyncio
from pathlib import Path
from typing import Any

import pytest

from stations.gateway.evidence import Cause
from stations.gateway.limits import Limits
from tests.stations.gateway.conftest import KEY, Desk, Open
from tests.stations.gateway.wire import close_of, ended, frame, head, read_frame, request

HELLO = b'[2,"1","Heartbeat",{}]'

LET_IN: list[tuple[str, bytes]] = [
    ("plain", request()),
    ("trailing slash", request("/ocpp/CP001/")),
    ("space", request("/ocpp/RDAM%20123", user="RDAM 123")),
    ("letter beyond ASCII", request("/ocpp/caf%C3%A9", user="café")),
    ("encoded slash", request("/ocpp/a%2Fb", user="a/b")),
    ("encoded per cent", request("/ocpp/100%2525", user="100%25")),
    ("colon", request("/ocpp/a:b", user="a:b")),
    ("basic in small letters", request(scheme="basic")),
    ("hexadecimal key", request(key=KEY.hex().encode())),
    ("several versions", request(protocols=["ocpp1.5", "ocpp1.6"])),
    ("header names in any case", request().replace(b"Sec-WebSocket-Protocol", b"SEC-websocket-PROTOCOL")),
    ("a query", request("/ocpp/CP001?x=1")),
]
REFUSED: list[tuple[str, bytes, int]] = [
    ("unknown identity", request("/ocpp/CP999", user="CP999"), 404),
    ("broken escape", request("/ocpp/%zz"), 404),
    ("no identity", request("/ocpp/"), 404),
    ("other endpoint", request("/chat/CP001"), 404),
    ("no credentials", request(user=None), 401),
    ("wrong key", request(key=b"wrong"), 401),
    ("other user", request(user="CP002"), 401),
    ("plain GET", b"GET /ocpp/CP001 HTTP/1.1\r\nHost: here\r\n\r\n", 426),
    ("no Connection header", request(drop=["Connection"]), 426),
    ("POST", request(method="POST"), 405),
    ("no key", request(drop=["Sec-WebSocket-Key"]), 400),
    ("bad key", request().replace(b"x3JJHMbDL1EzLkh9GBhXDw==", b"x3JJ"), 400),
    ("version 8", request().replace(b"Version: 13", b"Version: 8"), 400),
    ("raw UTF-8 in the path", request("/ocpp/café"), 400),
    ("garbage", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello\r\n\r\n", 400),
    ("old HTTP", request().replace(b"HTTP/1.1", b"HTTP/1.0"), 505),
    ("long path", request("/ocpp/" + "x" * 9000), 414),
    ("long header", request(more=["X: " + "y" * 9000]), 431),
    ("many headers", request(more=[f"X-{n}: y" for n in range(150)]), 431),
    ("large head", request(more=[f"X-{n}: {'y' * 4000}" for n in range(5)]), 431),
]


async def connect(listener: Any) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection(*listener.address)


@pytest.mark.requirement("J01")
@pytest.mark.requirement("J15")
@pytest.mark.parametrize(("said", "sent"), LET_IN, ids=[row[0] for row in LET_IN])
async def test_let_in(open_listener: Open, desk: Desk, said: str, sent: bytes) -> None:
    stream = await connect(await open_listener())
    stream[1].write(sent)
    status, headers = await head(stream)
    assert status == 101
    assert headers["sec-websocket-protocol"] == "ocpp1.6"
    assert "sec-websocket-extensions" not in headers
    stream[1].write(frame(HELLO))
    assert await read_frame(stream) == (1, HELLO)
    stream[1].close()
    assert desk.refusals == []
    assert all(name == name.lower() for name, _ in desk.scopes[0]["headers"])


@pytest.mark.requirement("J04")
@pytest.mark.requirement("J15")
@pytest.mark.parametrize(("said", "sent", "status"), REFUSED, ids=[row[0] for row in REFUSED])
async def test_refused(
    open_listener: Open, desk: Desk, caplog: pytest.LogCaptureFixture, said: str, sent: bytes, status: int
) -> None:
    stream = await connect(await open_listener())
    stream[1].write(sent)
    assert (await head(stream))[0] == status
    await ended(stream)
    stream[1].close()
    if status not in (401, 404):  # those are the application's, which tells of them itself
        assert [(refusal.cause, refusal.status) for refusal in desk.refusals] == [(Cause.REQUEST, status)]
        assert desk.refusals[0].peer is not None
    assert caplog.records == []


async def test_bad_credentials_are_asked_for(open_listener: Open) -> None:
    stream = await connect(await open_listener())
    stream[1].write(request(user=None))
    status, headers = await head(stream)
    assert (status, headers["www-authenticate"]) == (401, 'Basic realm="OCPP", charset="UTF-8"')
    stream[1].close()


@pytest.mark.requirement("J03")
@pytest.mark.parametrize("protocols", [["ocpp1.5"], ["chat", "ocpp2.0"], []])
async def test_no_common_version(open_listener: Open, protocols: list[str]) -> None:
    stream = await connect(await open_listener())
    stream[1].write(request(protocols=protocols))
    status, headers = await head(stream)
    assert status == 101
    assert "sec-websocket-protocol" not in headers
    assert await close_of(stream) == (1002, "offer one of ocpp1.6, ocpp2.0.1, ocpp2.1")
    stream[1].close()


async def test_a_frame_in_the_same_packet_is_served(open_listener: Open) -> None:
    stream = await connect(await open_listener())
    stream[1].write(request() + frame(HELLO))
    assert (await head(stream))[0] == 101
    assert await read_frame(stream) == (1, HELLO)
    stream[1].close()


async def test_a_request_byte_by_byte(open_listener: Open) -> None:
    stream = await connect(await open_listener())
    for byte in request():
        stream[1].write(bytes([byte]))
        await asyncio.sleep(0)
    assert (await head(stream))[0] == 101
    stream[1].close()


async def test_a_head_without_end_is_cut(open_listener: Open, desk: Desk) -> None:
    stream = await connect(await open_listener(limits=Limits(header_bytes=4000)))
    stream[1].write(b"GET /ocpp/CP001 HTTP/1.1\r\n" + b"X: y\r\n" * 100)
    await asyncio.sleep(0.05)
    stream[1].write(b"Z: " + b"z" * 4000)
    assert (await head(stream))[0] == 431
    stream[1].close()
    assert desk.refusals[0].status == 431


async def test_a_unix_socket_for_a_front(open_listener: Open, desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "ocpp.sock"
    listener = await open_listener(path=path)
    assert path.stat().st_mode & 0o777 == 0o660
    stream = await asyncio.open_unix_connection(path)
    stream[1].write(request() + frame(HELLO))
    assert (await head(stream))[0] == 101
    assert await read_frame(stream) == (1, HELLO)
    assert desk.scopes[0]["ocpp"].peer is None
    stream[1].close()
    await listener.drain(within=1)
    await open_listener(path=path)  # what is left of the first is not in the way
