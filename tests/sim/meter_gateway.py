"""A Smart Meter Gateway's time service: NTP packets inside a TLS connection with certificates on both sides.

Written with the standard library's `ssl`, while the client uses pyOpenSSL.
"""

import socket
import ssl
import struct
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from tests.sim import time_codec as codec
from tests.sim.time_certificates import Authority


class Gateway:
    """Serves whoever shows a certificate of `authority`, from `with` to its end."""

    def __init__(self, authority: Authority) -> None:
        self.offset_ns = 0
        self.wait_s = 0.0
        self.hangs_up_after = 1_000  # replies
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.TemporaryDirectory() as folder:
            leaf, anchor = Path(folder) / "leaf.pem", Path(folder) / "anchor.pem"
            identity = authority.issue()
            leaf.write_bytes(identity.certificate + identity.key)
            anchor.write_bytes(authority.pem)
            self._context.load_cert_chain(leaf)
            self._context.load_verify_locations(anchor)
        self._context.verify_mode = ssl.CERT_REQUIRED
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> "Gateway":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                plain, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(plain,), daemon=True).start()

    def _serve(self, plain: socket.socket) -> None:
        with plain, suppress(OSError), self._context.wrap_socket(plain, server_side=True) as channel:
            for _ in range(self.hangs_up_after):
                asked = channel.recv(48)
                if len(asked) != 48:
                    return
                arrived = codec.stamp(time.time_ns() + self.offset_ns)
                time.sleep(self.wait_s)
                left = codec.stamp(time.time_ns() + self.offset_ns)
                head = struct.pack(">BBbbII4s", 0x24, 2, 0, -20, 1, 1, b"\x0a\0\0\1")
                # In two pieces: a stream keeps no borders.
                channel.sendall(head + bytes(8))
                channel.sendall(asked[40:48] + arrived + left)
