"""A UDP socket whose packets the kernel stamps, where it can.

Python's socket module lacks the constants, and asyncio's datagram transports hand on no ancillary data, so the socket
is our own and the loop only watches it. A program's stamp carries all the time that it waited to run: on a busy
machine that is a hundred times what the network takes.
"""

import asyncio
import platform
import socket
import struct
import sys
import time
from contextlib import suppress

from timesync.client.addresses import Address
from timesync.client.lines import Arrival
from timesync.client.results import Stamp, StampSource

# <asm-generic/socket.h> and <linux/net_tstamp.h>; a few architectures count differently and get no kernel stamps.
SO_TIMESTAMPNS, SO_TIMESTAMPING = 35, 37
TX_SOFTWARE, RX_SOFTWARE, SOFTWARE, OPT_ID, OPT_CMSG, OPT_TSONLY = 1 << 1, 1 << 3, 1 << 4, 1 << 7, 1 << 10, 1 << 11
FLAGS = TX_SOFTWARE | RX_SOFTWARE | SOFTWARE | OPT_ID | OPT_CMSG | OPT_TSONLY
GENERIC = ("x86_64", "aarch64", "riscv64", "ppc64le", "s390x", "loongarch64")
TIMESPEC = struct.Struct("@ll")
EXTENDED_ERROR = struct.Struct("@IBBBBII")  # errno, origin, type, code, pad, info, data
ORIGIN_TIMESTAMPING = 4
LARGEST = 2048
ANCILLARY = 512
ERROR_QUEUE: int = getattr(socket, "MSG_ERRQUEUE", 0)
NS = 1_000_000_000


class StampedSocket:
    """Connected to one address: the kernel drops what comes from elsewhere, and tells us of ICMP refusals."""

    def __init__(self, address: Address, *, kernel_stamps: bool = True) -> None:
        self.ip = address.ip
        self._socket = socket.socket(address.family, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._kernel = kernel_stamps and _ask_for_stamps(self._socket)
        self._sent = -1  # the kernel counts from 0
        self._program_ns = 0
        self._kernel_ns: int | None = None
        try:
            self._socket.connect(address.sockaddr)
        except OSError:
            self._socket.close()
            raise
        self.own_ip = str(self._socket.getsockname()[0])

    async def send(self, request: bytes) -> None:
        self._sent += 1
        self._kernel_ns = None
        self._program_ns = time.time_ns()
        self._socket.send(request)

    def departure(self) -> Stamp:
        if self._kernel and self._kernel_ns is None:
            self._read_departures()
        if self._kernel_ns is None:
            return Stamp(self._program_ns, StampSource.PROGRAM)
        return Stamp(self._kernel_ns, StampSource.KERNEL)

    async def receive(self, *, until: float) -> Arrival | None:
        loop = asyncio.get_running_loop()
        arrival = self._receive_now()
        while arrival is None and loop.time() < until:
            await self._readable(loop, until)
            arrival = self._receive_now()
        return arrival

    def close(self) -> None:
        self._socket.close()

    def _receive_now(self) -> Arrival | None:
        # A departure stamp that waits to be read would wake the loop again and again.
        if self._kernel:
            self._read_departures()
        try:
            datagram, ancillary, _, _ = self._socket.recvmsg(LARGEST, ANCILLARY)
        except BlockingIOError:
            return None
        now = time.time_ns()
        for level, kind, data in ancillary:
            if level == socket.SOL_SOCKET and kind in (SO_TIMESTAMPING, SO_TIMESTAMPNS):
                return Arrival(datagram, Stamp(_timespec(data), StampSource.KERNEL))
        return Arrival(datagram, Stamp(now, StampSource.PROGRAM))

    async def _readable(self, loop: asyncio.AbstractEventLoop, until: float) -> None:
        woken: asyncio.Future[None] = loop.create_future()

        def wake() -> None:
            if not woken.done():
                woken.set_result(None)

        loop.add_reader(self._socket, wake)
        timer = loop.call_at(until, wake)
        try:
            await woken
        finally:
            timer.cancel()
            loop.remove_reader(self._socket)

    def _read_departures(self) -> None:
        with suppress(BlockingIOError):
            while True:
                _, ancillary, _, _ = self._socket.recvmsg(0, ANCILLARY, ERROR_QUEUE)
                number, stamp = _departure(ancillary)
                if number == self._sent:
                    self._kernel_ns = stamp


def _ask_for_stamps(sock: socket.socket) -> bool:
    if sys.platform != "linux" or platform.machine() not in GENERIC or not ERROR_QUEUE:
        return False
    for option, value in ((SO_TIMESTAMPING, FLAGS), (SO_TIMESTAMPNS, 1)):
        with suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, option, value)
            return option == SO_TIMESTAMPING
    return False


def _departure(ancillary: list[tuple[int, int, bytes]]) -> tuple[int | None, int | None]:
    """Which packet left when."""
    number = stamp = None
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPING:
            stamp = _timespec(data)
        elif len(data) >= EXTENDED_ERROR.size:
            _, origin, _, _, _, _, packet = EXTENDED_ERROR.unpack_from(data)
            number = packet if origin == ORIGIN_TIMESTAMPING else None
    return number, stamp


def _timespec(data: bytes) -> int:
    seconds, nanoseconds = TIMESPEC.unpack_from(data)
    return int(seconds) * NS + int(nanoseconds)
