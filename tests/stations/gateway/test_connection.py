"""What happens once a connection is open: sizes, keep-alive, slow and vanished peers, limits, the end."""

import asyncio
import os
import socket
import struct
from typing import Any

import pytest

from stations.gateway.evidence import Cause
from stations.gateway.limits import Crowd, Guest, Limits, counted_as
from stations.gateway.pump import HandshakePump
from tests.stations.gateway.conftest import Desk, Open
from tests.stations.gateway.wire import Stream, close_of, ended, frame, head, read_frame, request


async def open_stream(listener: Any, **more: Any) -> Stream:
    stream = await asyncio.open_connection(*listener.address, **more)
    stream[1].write(request())
    assert (await head(stream))[0] == 101
    return stream


async def soon(condition: Any, seconds: float = 5.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


@pytest.mark.requirement("J06")
async def test_text_that_is_no_utf8_arrives_and_the_connection_stays(open_listener: Open, desk: Desk) -> None:
    stream = await open_stream(await open_listener())
    desk.taking.clear()
    stream[1].write(frame(b'[2,"1","\xff"]'))
    await soon(lambda: desk.heard)
    assert desk.heard == [{"type": "websocket.receive", "text": '[2,"1","\udcff"]'}]
    stream[1].close()
    await soon(lambda: not desk.taking.is_set())
    desk.taking.set()


async def test_fragments_and_binary_frames(open_listener: Open, desk: Desk) -> None:
    stream = await open_stream(await open_listener())
    euro = "€".encode()
    stream[1].write(frame(euro[:1], fin=False) + frame(b"", opcode=9) + frame(euro[1:], opcode=0))
    assert await read_frame(stream) == (10, b"")
    assert await read_frame(stream) == (1, euro)
    stream[1].write(frame(b"\x00\xff", opcode=2))
    assert await read_frame(stream) == (2, b"\x00\xff")
    stream[1].close()


async def test_a_message_over_the_limit_is_refused_with_a_reason(open_listener: Open, desk: Desk) -> None:
    listener = await open_listener(limits=Limits(message_bytes=200_000))
    stream = await open_stream(listener)
    stream[1].write(frame(b"x" * 200_000))
    assert await read_frame(stream) == (1, b"x" * 200_000)
    stream[1].write(frame(b"x" * 200_001))
    code, reason = await close_of(stream)
    assert code == 1009
    assert "200001" in reason
    stream[1].close()
    await soon(lambda: desk.ends)
    assert desk.ends[0][0] == 1009


@pytest.mark.requirement("J11")
@pytest.mark.parametrize("compression", [False, True])
async def test_compression_only_where_switched_on(open_listener: Open, compression: bool) -> None:
    listener = await open_listener(limits=Limits(compression=compression))
    stream = await asyncio.open_connection(*listener.address)
    stream[1].write(request(more=["Sec-WebSocket-Extensions: permessage-deflate"]))
    _, headers = await head(stream)
    assert ("sec-websocket-extensions" in headers) is compression
    stream[1].close()


@pytest.mark.requirement("J12")
async def test_pings_come_and_their_interval_can_be_changed(open_listener: Open, desk: Desk) -> None:
    listener = await open_listener(limits=Limits(ping_interval=0.05, ping_timeout=1.0))
    stream = await open_stream(listener)
    for _ in range(3):
        opcode, data = await read_frame(stream)
        assert opcode == 9
        stream[1].write(frame(data, opcode=10))
    desk.scopes[0]["ocpp"].socket.set_ping(None)
    await asyncio.sleep(0.2)
    late = asyncio.create_task(read_frame(stream))
    if await asyncio.wait({late}, timeout=0.1) != (set(), {late}):  # one may have been on its way, no more
        late = asyncio.create_task(read_frame(stream))
        assert await asyncio.wait({late}, timeout=0.2) == (set(), {late})
    desk.scopes[0]["ocpp"].socket.set_ping(0.02)
    assert (await late)[0] == 9
    stream[1].close()


@pytest.mark.requirement("J12")
async def test_a_silent_peer_is_let_go(open_listener: Open, desk: Desk) -> None:
    listener = await open_listener(limits=Limits(ping_interval=0.05, ping_timeout=0.1))
    stream = await open_stream(listener)
    assert (await read_frame(stream))[0] == 9
    assert await close_of(stream) == (1011, "keepalive ping timeout")
    stream[1].close()
    await soon(lambda: desk.ends)


async def test_any_frame_shows_life(open_listener: Open, desk: Desk) -> None:
    """Some stations know no pong."""
    listener = await open_listener(limits=Limits(ping_interval=0.1, ping_timeout=0.5))
    stream = await open_stream(listener)
    for _ in range(16):
        stream[1].write(frame(b"alive"))
        await asyncio.sleep(0.1)
    assert desk.ends == []
    stream[1].close()
    await soon(lambda: desk.ends)
    assert desk.ends[0][0] == 1006


async def test_a_peer_that_drops_is_told_as_1006_and_one_that_says_goodbye_with_its_code(
    open_listener: Open, desk: Desk
) -> None:
    listener = await open_listener()
    first, second = await open_stream(listener), await open_stream(listener)
    first[1].transport.abort()
    await soon(lambda: desk.ends)
    second[1].write(frame(struct.pack("!H", 1001) + b"bye", opcode=8))
    assert await close_of(second) == (1001, "bye")
    await soon(lambda: len(desk.ends) == 2)
    assert desk.ends == [(1006, ""), (1001, "bye")]
    second[1].close()
    await soon(lambda: not listener.site.crowd.inside)


async def test_reading_waits_for_the_application(open_listener: Open, desk: Desk) -> None:
    listener = await open_listener()
    stream = await open_stream(listener)
    desk.taking.clear()
    for number in range(100):
        stream[1].write(frame(str(number).encode() + b"x" * 120_000))
    await asyncio.sleep(0.2)
    taken = desk.scopes[0]["ocpp"].socket.queue.qsize()
    assert taken < 12, "what the application has not taken must wait outside"
    stream[1].transport.abort()
    desk.taking.set()
    await soon(lambda: not listener.site.crowd.inside)


async def test_a_peer_that_does_not_read_is_cut_and_its_memory_freed(open_listener: Open, desk: Desk) -> None:
    listener = await open_listener(limits=Limits(send_buffer=64 * 1024, stall=0.3, ping_interval=None))
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.setblocking(False)
    await asyncio.get_running_loop().sock_connect(raw, listener.address)
    stream = await asyncio.open_connection(sock=raw)
    stream[1].write(request())
    assert (await head(stream))[0] == 101
    stream[1].transport.pause_reading()
    desk.flood = os.urandom(50_000)
    stream[1].write(frame(b"go"))
    await soon(lambda: listener.site.crowd.inside and desk.heard)
    guest = next(iter(listener.site.crowd.inside))
    assert guest is not None
    await soon(lambda: not listener.site.crowd.inside)
    desk.flood = None
    stream[1].transport.abort()


async def test_a_half_open_peer_is_cut_though_its_buffer_is_full(open_listener: Open, desk: Desk) -> None:
    """The stall timer is set long: it is the missing pong that must end this one, full buffer or not."""
    listener = await open_listener(limits=Limits(stall=60.0, ping_interval=0.1, ping_timeout=0.2, send_buffer=1024))
    stream = await open_stream(listener)
    stream[1].transport.pause_reading()
    desk.flood = os.urandom(100_000)
    stream[1].write(frame(b"go"))
    await soon(lambda: desk.heard)
    await soon(lambda: not listener.site.crowd.inside, 6.0)
    desk.flood = None
    stream[1].transport.abort()


async def test_limits_in_all_and_by_address(open_listener: Open, desk: Desk) -> None:
    listener = await open_listener(limits=Limits(connections=3, per_address=2))
    streams = [await open_stream(listener) for _ in range(2)]
    turned_away = await asyncio.open_connection(*listener.address)
    assert await ended(turned_away) == b""
    assert [refusal.cause for refusal in desk.refusals] == [Cause.ADDRESS_FULL]
    elsewhere = await open_stream(listener, local_addr=("127.0.0.2", 0))
    full = await asyncio.open_connection(*listener.address, local_addr=("127.0.0.3", 0))
    assert await ended(full) == b""
    assert desk.refusals[-1].cause is Cause.FULL
    streams[0][1].close()
    await soon(lambda: len(listener.site.crowd.inside) == 2)
    streams.append(await open_stream(listener))
    for stream in [*streams, elsewhere, turned_away, full]:
        stream[1].close()


@pytest.mark.parametrize("said", [b"", b"GET /ocpp/CP001 HTTP/1.1\r\nX: "])
async def test_the_deadline_is_absolute(open_listener: Open, desk: Desk, said: bytes) -> None:
    listener = await open_listener(limits=Limits(open_within=0.3))
    stream = await asyncio.open_connection(*listener.address)
    started = asyncio.get_running_loop().time()
    ending = asyncio.create_task(ended(stream))
    while not ending.done():
        if said:
            stream[1].write(said if not desk.scopes else b"y")
        await asyncio.sleep(0.05)
    assert 0.25 < asyncio.get_running_loop().time() - started < 2
    assert [refusal.cause for refusal in desk.refusals] == [Cause.DEADLINE]
    stream[1].close()


async def test_an_open_connection_has_met_its_deadline(open_listener: Open, desk: Desk) -> None:
    stream = await open_stream(await open_listener(limits=Limits(open_within=0.6)))
    await asyncio.sleep(1.0)
    stream[1].write(frame(b"still here"))
    assert await read_frame(stream) == (1, b"still here")
    assert desk.refusals == []
    stream[1].close()


async def test_drain_closes_all_with_a_reason_and_lets_nobody_in(open_listener: Open, desk: Desk) -> None:
    listener = await open_listener()
    address = listener.address
    streams = [await open_stream(listener) for _ in range(5)]
    silent = await asyncio.open_connection(*address)
    await soon(lambda: len(listener.site.crowd.inside) == 6)
    draining = asyncio.create_task(listener.drain(code=1012, reason="restarting", within=3.0))
    for stream in streams:
        assert await close_of(stream) == (1012, "restarting")
        stream[1].write(frame(struct.pack("!H", 1012), opcode=8))
        assert await ended(stream) == b""
    await asyncio.wait_for(draining, 2)
    await soon(lambda: len(desk.ends) == 5)
    assert set(desk.ends) == {(1012, "restarting")}
    assert not listener.site.crowd.inside
    with pytest.raises(OSError):  # noqa: PT011
        await asyncio.open_connection(*address)
    for stream in [*streams, silent]:
        stream[1].close()


async def test_drain_can_be_spread(open_listener: Open) -> None:
    listener = await open_listener()
    streams = [await open_stream(listener) for _ in range(4)]
    loop = asyncio.get_running_loop()
    started = loop.time()
    draining = asyncio.create_task(listener.drain(spread=0.4, within=0.5))
    times = []
    for stream in listener.sockets:
        await soon(lambda stream=stream: stream.close_sent)
        times.append(loop.time() - started)
    assert max(times) - min(times) > 0.2
    for stream in streams:
        stream[1].close()
    await draining


async def test_a_peer_that_ignores_the_goodbye_is_cut(open_listener: Open, desk: Desk) -> None:
    listener = await open_listener(limits=Limits(close_within=0.2))
    stream = await open_stream(listener)
    desk.scopes[0]["ocpp"].socket.hang_up(1000, "newer connection")
    assert await close_of(stream) == (1000, "newer connection")
    await soon(lambda: not listener.site.crowd.inside)
    assert desk.ends == [(1000, "newer connection")]
    stream[1].close()


async def test_an_answer_after_the_end_is_a_disconnect_and_no_mistake(
    open_listener: Open, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    listener = await open_listener()
    stream = await open_stream(listener)
    desk.taking.clear()
    stream[1].write(frame(b"work"))
    await soon(lambda: desk.heard)
    here = desk.scopes[0]["ocpp"].socket
    here.hang_up(1012, "restarting")
    with pytest.raises(OSError):  # noqa: PT011
        await here.send({"type": "websocket.send", "text": "too late"})
    desk.taking.set()
    assert await close_of(stream) == (1012, "restarting")
    stream[1].write(frame(struct.pack("!H", 1012), opcode=8))
    await soon(lambda: not listener.site.crowd.inside)
    assert caplog.records == []
    stream[1].close()


async def test_pings_of_a_peer_that_does_not_read_pile_nothing_up(open_listener: Open, desk: Desk) -> None:
    limits = Limits(send_buffer=64 * 1024, stall=60.0, ping_interval=None)
    listener = await open_listener(limits=limits)
    stream = await open_stream(listener)
    stream[1].transport.pause_reading()
    here = desk.scopes[0]["ocpp"].socket
    pings = frame(b"x" * 125, opcode=9) * 500
    for _ in range(150):  # ten megabytes of pongs
        stream[1].write(pings)
        await stream[1].drain()
        await asyncio.sleep(0)
    await soon(lambda: not here.writable.is_set())
    assert here.transport.get_write_buffer_size() < 400_000
    here.cut()
    stream[1].transport.abort()
    await soon(lambda: not listener.site.crowd.inside)


async def test_the_kernel_is_told_what_a_connection_may_hold(open_listener: Open, desk: Desk) -> None:
    stream = await open_stream(await open_listener())
    raw = desk.scopes[0]["ocpp"].socket.transport.get_extra_info("socket")
    assert raw.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) <= 2 * 256 * 1024
    assert raw.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        assert raw.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 30_000
    stream[1].close()


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
    ],
)
def test_one_subscriber_counts_as_one_address(address: str, counted: str) -> None:
    assert counted_as((address, 1)) == counted


def test_leaving_twice_counts_once() -> None:
    crowd = Crowd(Limits(per_address=1))
    guest = Guest(("192.0.2.7", 1), lambda: None, 0.0)
    assert crowd.refuses(guest.peer) is None
    crowd.enter(guest)
    assert crowd.refuses(guest.peer) is Cause.ADDRESS_FULL
    crowd.leave(guest)
    crowd.leave(guest)
    assert crowd.refuses(guest.peer) is None
    assert crowd.overdue(1.0) == []


async def test_the_pump_leaves_room_for_others(open_listener: Open) -> None:
    done: list[str] = []
    pump = HandshakePump(turn=0.001)

    def step() -> None:
        until = asyncio.get_running_loop().time() + 0.002
        while asyncio.get_running_loop().time() < until:
            pass
        done.append("step")

    for _ in range(5):
        pump.add(step)
    while done.count("step") < 5:
        await asyncio.sleep(0)
        done.append("other")
    assert "".join(word[0] for word in done).count("ss") == 0
