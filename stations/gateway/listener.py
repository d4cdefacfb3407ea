"""One port (or Unix socket) on which stations of one security profile knock."""

import asyncio
import contextlib
import logging
import math
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from stations.gateway.evidence import Cause, Refusal, TLSFacts
from stations.gateway.limits import Guest, Limits
from stations.gateway.pump import HandshakePump
from stations.gateway.site import Site
from stations.gateway.tls import Noted, presented_certificate, read_hello
from stations.gateway.tls_transport import TLSTransport
from stations.gateway.websocket import StationSocket, uvicorn_config

LOG = logging.getLogger(__name__)
BACKLOG = 4096  # with asyncio's 100 a storm of 3000 stations took 28 seconds, most of it in repeated knocks
SEND_BUFFER = 256 * 1024  # of the kernel, for each connection: no limit of ours sees what lies there
UNACKNOWLEDGED_MS = 30_000  # a peer that acknowledges nothing for so long is gone
SOMAXCONN = Path("/proc/sys/net/core/somaxconn")

Report = Callable[[Refusal], None]


class Listener:
    """`tls` may be assigned at any time: the next handshake uses the new context, open connections go on."""

    def __init__(
        self,
        name: str,
        *,
        profile: int,
        app: Any,
        report: Report,
        limits: Limits = Limits(),  # noqa: B008 - frozen
        tls: ssl.SSLContext | None = None,
        pump: HandshakePump | None = None,
    ) -> None:
        ping = (limits.ping_interval, limits.ping_timeout)
        config = uvicorn_config(app, message_bytes=limits.message_bytes, ping=ping, compression=limits.compression)
        self.site = Site(name, profile, limits=limits, config=config, report=report)
        self.tls = tls
        self._pump = pump or HandshakePump()
        self._server: asyncio.Server | None = None

    @property
    def address(self) -> Any:
        """As the socket has it: (host, port) or a path. Useful when port 0 let the system choose."""
        if self._server is None:
            raise RuntimeError("not listening")
        return self._server.sockets[0].getsockname()

    @property
    def sockets(self) -> list[StationSocket]:
        return [connection for connection in self.site.state.connections if isinstance(connection, StationSocket)]

    async def listen(self, *, host: str = "127.0.0.1", port: int = 0, path: Path | None = None) -> None:
        """Raise OSError where it cannot. With a path: a front has ended TLS and speaks through a Unix socket."""
        ears = _unix_socket(path) if path is not None else _tcp_socket(host, port)
        loop = asyncio.get_running_loop()
        make = loop.create_unix_server if path is not None else loop.create_server
        self._server = await make(self._accept, sock=ears, backlog=BACKLOG)
        allowed = _backlog_allowed()
        if allowed < BACKLOG:
            LOG.warning(
                "net.core.somaxconn is %d: a storm of stations will knock in vain; set it to %d", allowed, BACKLOG
            )

    def _accept(self) -> asyncio.Protocol:
        return StationSocket(self.site) if self.tls is None else TLSGate(self.site, self.tls, self._pump)

    async def drain(
        self, *, code: int = 1012, reason: str = "restarting", spread: float = 0.0, within: float = 10.0
    ) -> None:
        """Stop listening, then close all: spread over some seconds, so that they do not all return at once."""
        self.site.draining = True
        if self._server is not None:
            self._server.close()
        open_sockets = self.sockets
        for connection in open_sockets:
            connection.hang_up(code, reason)
            if spread:
                await asyncio.sleep(spread / len(open_sockets))
        for guest in self.site.crowd.overdue(math.inf):
            if not guest.told:  # else its answer is on the way
                guest.cut()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                while self.site.crowd.inside:
                    await asyncio.sleep(0.01)
        for guest in list(self.site.crowd.inside):
            guest.cut()


class TLSGate(TLSTransport):
    """A TLS connection of a listener: admitted before any work, refused with evidence, or opened to a WebSocket."""

    def __init__(self, site: Site, context: ssl.SSLContext, pump: HandshakePump) -> None:
        super().__init__(context, pump, on_open=self._welcome, on_failure=self._turn_away, on_lost=self._leave)
        self._site = site
        self._guest: Guest | None = None
        self._shaken = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._guest = self._site.admit(cast(asyncio.Transport, transport))

    def data_received(self, data: bytes) -> None:
        if self._guest is not None:
            super().data_received(data)

    def _welcome(self, _transport: TLSTransport, facts: TLSFacts) -> asyncio.Protocol:
        self._shaken = True
        return StationSocket(self._site, guest=self._guest, tls=facts)

    def _turn_away(self, exc: ssl.SSLError, noted: Noted) -> None:
        self._site.refuse(
            self._guest,
            Cause.TLS,
            getattr(exc, "verify_message", None) or (exc.reason or str(exc)).replace("_", " ").lower(),
            verify_code=getattr(exc, "verify_code", None),
            certificate=presented_certificate(noted.certificates),
            hello=read_hello(noted.hello),
        )

    def _leave(self) -> None:
        if self._guest is None:
            return
        if not self._shaken and not self._site.draining:
            self._site.refuse(self._guest, Cause.TLS, "the peer hung up during the handshake")
        self._site.left(self._guest)


def _tcp_socket(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    ears = socket.socket(family, socket.SOCK_STREAM)
    try:
        ears.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Accepted sockets take these over from the listening one.
        ears.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        ears.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            ears.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED_MS)
        ears.bind((host, port))
    except OSError:
        ears.close()
        raise
    return ears


def _unix_socket(path: Path) -> socket.socket:
    """Readable and writable by the group: that of the front. A socket left behind by a crash is in the way."""
    ears = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if path.is_socket():
            path.unlink()
        ears.bind(str(path))
        path.chmod(0o660)
    except OSError:
        ears.close()
        raise
    return ears


def _backlog_allowed() -> int:
    try:
        return int(SOMAXCONN.read_text())
    except (OSError, ValueError):
        return BACKLOG
