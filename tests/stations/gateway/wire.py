"""A client that can do wrong: raw bytes over a socket, and just enough of WebSocket to see what comes back."""

import asyncio
import os
import struct
from base64 import b64encode
from collections.abc import Iterable

from tests.stations.gateway.conftest import KEY

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def basic(identity: str, key: bytes = KEY, scheme: str = "Basic") -> str:
    return f"{scheme} {b64encode(identity.encode() + b':' + key).decode()}"


def request(
    path: bytes | str = "/ocpp/CP001",
    *,
    user: str | None = "CP001",
    key: bytes = KEY,
    scheme: str = "Basic",
    protocols: Iterable[str] = ("ocpp1.6",),
    method: str = "GET",
    drop: Iterable[str] = (),
    more: Iterable[str] = (),
) -> bytes:
    headers = {
        "Host": "Host: here",
        "Upgrade": "Upgrade: websocket",
        "Connection": "Connection: Upgrade",
        "Sec-WebSocket-Key": "Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==",
        "Sec-WebSocket-Version": "Sec-WebSocket-Version: 13",
    }
    lines = [line for name, line in headers.items() if name not in drop]
    lines += [f"Sec-WebSocket-Protocol: {', '.join(protocols)}"] if protocols else []
    lines += [f"Authorization: {basic(user, key, scheme)}"] if user is not None else []
    raw = path if isinstance(path, bytes) else path.encode()
    return method.encode() + b" " + raw + b" HTTP/1.1\r\n" + "\r\n".join([*lines, *more, "", ""]).encode("latin-1")


def frame(data: bytes, *, opcode: int = 1, fin: bool = True) -> bytes:
    mask = os.urandom(4) if len(data) < 100_000 else bytes(4)  # a mask of zeros costs no time on large ones
    masked = bytes(byte ^ mask[at % 4] for at, byte in enumerate(data)) if any(mask) else data
    return bytes([(128 if fin else 0) | opcode]) + _length(len(data)) + mask + masked


def _length(size: int) -> bytes:
    if size < 126:
        return bytes([128 | size])
    return b"\xfe" + struct.pack("!H", size) if size < 65536 else b"\xff" + struct.pack("!Q", size)


async def head(stream: Stream) -> tuple[int, dict[str, str]]:
    text = (await asyncio.wait_for(stream[0].readuntil(b"\r\n\r\n"), 5)).decode("latin-1")
    status, *lines = text.rstrip().split("\r\n")
    pairs = (line.partition(":") for line in lines)
    return int(status.split()[1]), {name.lower(): value.strip() for name, _, value in pairs}


async def read_frame(stream: Stream) -> tuple[int, bytes]:
    first, second = await asyncio.wait_for(stream[0].readexactly(2), 10)
    size = second & 127
    if size > 125:
        size = int.from_bytes(await stream[0].readexactly(2 if size == 126 else 8))
    return first & 15, await asyncio.wait_for(stream[0].readexactly(size), 10)


async def close_of(stream: Stream) -> tuple[int, str]:
    opcode, data = await read_frame(stream)
    assert opcode == 8, (opcode, data)
    return struct.unpack("!H", data[:2])[0], data[2:].decode()


async def ended(stream: Stream) -> bytes:
    """What still came before the end."""
    try:
        return await asyncio.wait_for(stream[0].read(), 10)
    except ConnectionError:
        return b""
