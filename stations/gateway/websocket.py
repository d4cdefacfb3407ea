"""One station's WebSocket: uvicorn's protocol class on our own transport, without its HTTP server.

Used so, the class leaves some things undone which its HTTP half would have done, and some are wrong for stations: each
method here puts one right, and says which. The names that it overrides are private to uvicorn; the version is pinned
and tests/stations/gateway holds every one of these rules.
"""

import asyncio
import contextlib
import logging
import socket
import struct
from dataclasses import dataclass
from typing import Any, cast

from uvicorn.config import Config
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidState
from websockets.http11 import Request, Response

from stations.gateway.evidence import Cause, Peer, TLSFacts
from stations.gateway.limits import Guest
from stations.gateway.site import Site

LOG = logging.getLogger(__name__)
LOG.setLevel(logging.WARNING)  # two lines per connection are said otherwise; refusals are events, not log lines
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Arrival:
    """What the application finds in `scope["ocpp"]`."""

    listener: str
    profile: int
    peer: Peer
    tls: TLSFacts | None
    socket: "StationSocket"


class StationSocket(WebSocketsSansIOProtocol):
    def __init__(self, site: Site, *, guest: Guest | None = None, tls: TLSFacts | None = None) -> None:
        super().__init__(site.config, site.state, {}, asyncio.get_running_loop())
        self.site, self.guest, self.tls = site, guest, tls
        self.outermost = guest is None
        self.logger = LOG
        self.conn.logger = LOG
        self.close_timeout = site.limits.close_within
        self.head_bytes = 0
        self.heard_at = self.loop.time()
        self.stall_timer: asyncio.TimerHandle | None = None

    # Coming and going

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self.guest is None:
            self.guest = self.site.admit(cast(asyncio.Transport, transport))
            if self.guest is None:
                return
        super().connection_made(transport)
        # The class would ask for asyncio's own TLS.
        self.scheme = "wss" if self.tls else "ws"
        self.transport.set_write_buffer_limits(high=self.site.limits.send_buffer)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.guest is None:
            return
        if self.stall_timer is not None:
            self.stall_timer.cancel()
        if self.outermost:
            self.site.left(self.guest)
        # The class tells 1005, "no code", for a peer that just went away: 1006 is the code for that.
        received = self.conn.close_rcvd
        code, reason = (received.code, received.reason) if received else (1006, "")
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        super().connection_lost(exc)

    def hang_up(self, code: int, reason: str = "") -> None:
        """End it from outside the application, which sees a disconnect with this code."""
        if self.close_sent or self.disconnected or self.transport is None:
            return
        if not self.handshake_complete:
            self._reject(503, "The gateway is stopping.")
            return
        try:
            self.conn.send_close(code, reason)
        except InvalidState:
            return
        self.stop_keepalive()
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        self.close_timer = self.loop.call_later(self.close_timeout, self.cut)

    def cut(self) -> None:
        """End it at once. The reset frees what the kernel still holds for a peer that does not read."""
        if self.transport is not None and (raw := self.transport.get_extra_info("socket")) is not None:
            with contextlib.suppress(OSError):
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            self.transport.abort()

    # The opening handshake

    def data_received(self, data: bytes) -> None:
        self.heard_at = self.loop.time()
        if self.handshake_initiated:
            super().data_received(data)
            return
        self.head_bytes += len(data)
        super().data_received(data)
        # The class says nothing to what does not parse as a request.
        if not self.handshake_initiated:
            if self.conn.handshake_exc is not None:
                self._refuse_unparsed()
            elif self.head_bytes > self.site.limits.header_bytes:
                self._reject(431, "The request is too large.")

    def handle_connect(self, event: Request) -> None:
        size = len(event.path) + sum(len(name) + len(value) for name, value in event.headers.raw_items())
        if size > self.site.limits.header_bytes:
            self._reject(431, "The request is too large.")
            return
        super().handle_connect(event)
        if self.response.status_code != 101:
            self._tell(self.response)
            return
        # ASGI wants the names in lower case. The application has not run yet: its task starts in the next turn.
        self.scope["headers"] = [(name.lower(), value) for name, value in self.scope["headers"]]
        arrival = Arrival(self.site.name, self.site.profile, self.client, self.tls, self)
        self.scope["ocpp"] = arrival  # type: ignore[typeddict-unknown-key]

    def _refuse_unparsed(self) -> None:
        self.handshake_initiated = self.handshake_complete = self.close_sent = True
        output = b"".join(self.conn.data_to_send())
        if not output:  # websockets has answered a line that is too long, but not one that is no HTTP
            output = self.conn.reject(400, "This is not a WebSocket handshake.\n").serialize()
        self.site.refuse(self.guest, Cause.REQUEST, str(self.conn.handshake_exc), status=int(output[9:12]))
        self.transport.write(output)
        self.transport.close()

    def _reject(self, status: int, text: str) -> None:
        self.handshake_initiated = self.handshake_complete = self.close_sent = True
        response = self.conn.reject(status, text + "\n")
        self._tell(response)
        self.transport.write(response.serialize())
        self.disconnected = True  # for an application that is just making up its mind
        self.queue.put_nowait({"type": "websocket.disconnect", "code": 1006})
        self.transport.close()

    def _tell(self, response: Response) -> None:
        detail = (response.body or b"").decode(errors="replace").partition("\n")[0]
        self.site.refuse(self.guest, Cause.REQUEST, detail, status=response.status_code)

    def start_keepalive(self) -> None:
        """Called when the 101 is out: the deadline is met."""
        if self.guest is not None:
            self.site.opened(self.guest)
        super().start_keepalive()

    # Messages

    def send_receive_event_to_app(self) -> None:
        """As the class has it, but text that is no UTF-8 is handed on, with lone surrogates for the odd bytes.

        RFC 6455 would have the connection fail. A station with one bad byte in a name would then connect, send it and
        fail for ever; OCPP's own error answer is what its maker can act on.
        """
        data = self.frames[0] if len(self.frames) == 1 else b"".join(self.frames)
        self.frames = []
        if self.close_sent:
            return
        if self.curr_msg_data_type == "text":
            self.queue.put_nowait({"type": "websocket.receive", "text": data.decode("utf-8", "surrogateescape")})
        else:
            self.queue.put_nowait({"type": "websocket.receive", "bytes": bytes(data)})
        if not self.read_paused:
            self.read_paused = True
            self.transport.pause_reading()

    async def send(self, message: Any) -> None:
        if self.close_sent and self.initial_response is None:
            # Ended from outside while the application worked: that is a peer gone, not a mistake of the application.
            raise ClientDisconnected
        await super().send(message)
        if self.initial_response is not None and self.close_sent:
            # The class would log that the application returned without a handshake, though it has answered.
            self.handshake_complete = True

    # Peers that do not read, do not answer, or are gone

    def handle_ping(self) -> None:
        """No pong to a peer that does not read: it could have us pile them up as fast as it pings."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()

    def pause_writing(self) -> None:
        super().pause_writing()
        if self.stall_timer is None:
            self.stall_timer = self.loop.call_later(self.site.limits.stall, self.cut)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self.stall_timer is not None:
            self.stall_timer.cancel()
            self.stall_timer = None

    def set_ping(self, interval: float | None, timeout: float | None = None) -> None:
        """Change the keep-alive of this connection; None or 0 ends it. It may be called at any time."""
        self.stop_keepalive()
        self.ping_interval = interval
        self.ping_timeout = timeout or self.ping_timeout
        if self.handshake_complete and not self.close_sent:
            super().start_keepalive()

    def keepalive_timeout(self) -> None:
        """Any frame shows life: some stations know no pong. A peer that is gone cannot drain what we wrote, and the
        class would wait for that for ever."""
        if self.heard_at > self.ping_sent_at:
            self.pong_timer = self.pending_ping_payload = None
            self.schedule_ping()
            return
        super().keepalive_timeout()
        self.loop.call_later(2.0, self.cut)


def uvicorn_config(app: Any, *, message_bytes: int, ping: tuple[float | None, float], compression: bool) -> Config:
    config = Config(
        app,
        interface="asgi3",
        log_config=None,
        ws_max_size=message_bytes,
        ws_ping_interval=ping[0],
        ws_ping_timeout=ping[1],
        ws_per_message_deflate=compression,
    )
    # Not config.load(): it would wrap the application so that headers of the peer name its address.
    config.loaded_app, config.loaded = app, True
    return config
