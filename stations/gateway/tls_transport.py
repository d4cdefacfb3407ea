"""A TLS connection over a TCP transport: to the event loop a protocol, to the WebSocket protocol a transport.

Own, because the event loops' TLS hides why a handshake failed and who failed it, sends no alert to a refused peer, and
fixes the context for as long as the server listens.
"""

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from typing import Any, cast

from stations.gateway.evidence import TLSFacts
from stations.gateway.pump import HandshakePump
from stations.gateway.tls import Noted

READ_SIZE = 64 * 1024
# Taken after the handshake: without the message callback reading and writing cost a fifth.
QUIET = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)


class TLSTransport(asyncio.Protocol, asyncio.Transport):
    def __init__(
        self,
        context: ssl.SSLContext,
        pump: HandshakePump,
        *,
        on_open: Callable[["TLSTransport", TLSFacts], asyncio.Protocol],
        on_failure: Callable[[ssl.SSLError, Noted], None],
        on_lost: Callable[[], None],
    ) -> None:
        asyncio.Transport.__init__(self)
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._noted: Noted | None = Noted()
        self._tls.noted = self._noted  # type: ignore[attr-defined]
        self._pump, self._on_open, self._on_failure, self._on_lost = pump, on_open, on_failure, on_lost
        self._tcp: asyncio.Transport | None = None
        self._protocol: asyncio.Protocol | None = None
        self._queued = self._paused = self._closing = False

    # What the event loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._tcp = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self._closing:
            return
        self._incoming.write(data)
        if self._protocol is not None:
            self._read()
        elif not self._queued:
            self._queued = True
            self._pump.add(self._shake)

    def eof_received(self) -> bool:
        return False

    def pause_writing(self) -> None:
        if self._protocol is not None:
            self._protocol.pause_writing()

    def resume_writing(self) -> None:
        if self._protocol is not None:
            self._protocol.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._closing = True
        protocol, self._protocol = self._protocol, None
        if protocol is not None:
            protocol.connection_lost(exc)
        self._on_lost()

    # The handshake

    def _shake(self) -> None:
        self._queued = False
        if self._closing:
            return
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            self._flush()
        except ssl.SSLError as exc:
            self._fail(exc)
        else:
            self._opened()

    def _fail(self, exc: ssl.SSLError) -> None:
        self._flush()  # the alert, so that the peer learns why
        noted, self._noted = self._noted or Noted(), None
        self._closing = True
        self._on_failure(exc, noted)
        if self._tcp is not None:
            self._tcp.close()

    def _opened(self) -> None:
        self._noted = None
        del self._tls.noted  # type: ignore[attr-defined]
        self._tls.context = QUIET
        suite = self._tls.cipher()
        facts = TLSFacts(self._tls.version() or "", suite[0] if suite else "", self._tls.getpeercert(binary_form=True))
        self._flush()
        protocol = self._protocol = self._on_open(self, facts)
        protocol.connection_made(self)
        self._read()

    # Data

    def _read(self) -> None:
        try:
            while self._protocol is not None and not self._paused and not self._closing:
                data = self._tls.read(READ_SIZE)
                if not data:
                    self.close()
                    break
                self._protocol.data_received(data)
                if not self._incoming.pending and not self._tls.pending():
                    break
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            self.close()
        except ssl.SSLError:
            self.abort()
            return
        self._flush()

    def _flush(self) -> None:
        if self._outgoing.pending and self._tcp is not None:
            self._tcp.write(self._outgoing.read())

    # What the WebSocket protocol calls

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if data and not self._closing:
            self._tls.write(data)
            self._flush()

    def close(self) -> None:
        if self._closing or self._tcp is None:
            return
        self._closing = True
        with contextlib.suppress(ssl.SSLError):
            self._tls.unwrap()  # writes our close_notify; the peer's is not waited for
        self._flush()
        self._tcp.close()

    def abort(self) -> None:
        self._closing = True
        if self._tcp is not None:
            self._tcp.abort()

    def is_closing(self) -> bool:
        return self._closing or self._tcp is None or self._tcp.is_closing()

    def pause_reading(self) -> None:
        self._paused = True
        if self._tcp is not None and not self._tcp.is_closing():
            self._tcp.pause_reading()

    def resume_reading(self) -> None:
        """What was decrypted already is handed over first: the peer may send nothing more until it is answered."""
        if not self._paused:
            return
        self._paused = False
        if self._tcp is not None and not self._tcp.is_closing():
            self._tcp.resume_reading()
            if self._incoming.pending or self._tls.pending():
                asyncio.get_running_loop().call_soon(self._read)

    def is_reading(self) -> bool:
        return not self._paused and not self.is_closing()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        if self._tcp is not None:
            self._tcp.set_write_buffer_limits(high, low)

    def get_write_buffer_size(self) -> int:
        return self._tcp.get_write_buffer_size() if self._tcp is not None else 0

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._tcp.get_extra_info(name, default) if self._tcp is not None else default
