"""The witness over HTTP: `POST /add-checkpoint` and `GET /<hex sha256(origin)>/checkpoint`."""

from __future__ import annotations

import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from security.witnessing.rules import TEXT, Refusal
from security.witnessing.witness import Witness

LONGEST = 1 << 17
CHECKPOINT = re.compile(r"/([0-9a-f]{64})/checkpoint")


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], witness: Witness) -> None:
        super().__init__(address, Handler)
        self.witness = witness


class Handler(BaseHTTPRequestHandler):
    server: Server
    timeout = 20
    server_version, sys_version = "witness", ""

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if self.path != "/add-checkpoint":
            return self._answer(404, "no such address\n")
        if not (length.isascii() and length.isdigit() and int(length) <= LONGEST):
            self.close_connection = True
            return self._answer(413, "too long, or without its length\n")
        try:
            line = self.server.witness.add(self.rfile.read(int(length)))
        except Refusal as exc:
            return self._answer(exc.status, exc.body, exc.kind)
        return self._answer(200, line)

    def do_GET(self) -> None:
        match = CHECKPOINT.fullmatch(self.path)
        held = self.server.witness.memory.raw(match[1]) if match else None
        if held is None:
            return self._answer(404, "nothing is known of this book\n")
        return self._answer(200, held.decode("utf-8"))

    def _answer(self, status: int, body: str, kind: str = TEXT) -> None:
        data = body.encode("utf-8")
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Quiet: what was seen is in the state folder."""
