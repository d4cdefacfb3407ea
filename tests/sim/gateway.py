"""A gateway process of its own, on a data folder of its own, and raw clients that know nothing of our codec."""

import base64
import json
import os
import signal
import sqlite3
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.sim.tree import OURS, ROOT, free_port

BOOT_16 = {"chargePointVendor": "Acme", "chargePointModel": "One", "chargePointSerialNumber": "S-1"}
BOOT_2X = {"reason": "PowerUp", "chargingStation": {"vendorName": "Acme", "model": "Two"}}
PATIENCE_S = 15.0


class GatewayProcess:
    def __init__(self, home: Path, **environment: str) -> None:
        home.mkdir(mode=0o700, exist_ok=True)
        self.home, self.ports = home, {profile: free_port() for profile in (1, 2, 3)}
        ports = {f"OCPP_PORT_{profile}": str(port) for profile, port in self.ports.items()}
        inherited = {name: value for name, value in os.environ.items() if name not in OURS}
        self.environment = {**inherited, "MERIDIAN_HOME": str(home), **ports, **environment}
        self.manage("migrate", "-v0")
        self.process = self.start()

    def start(self) -> subprocess.Popen[str]:
        """Running once all three listeners have said so."""
        with (self.home / "gateway.err").open("a") as complaints:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "gateway"],
                cwd=ROOT,
                env={**self.environment, "PYTHONUNBUFFERED": "1"},
                stdout=subprocess.PIPE,
                stderr=complaints,
                text=True,
            )
        assert self.process.stdout is not None
        for _ in self.ports:
            line = self.process.stdout.readline()
            assert line.startswith("profile "), (self.home / "gateway.err").read_text()
        return self.process

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        self.process.send_signal(number)
        self.process.wait(timeout=15)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def manage(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *words], cwd=ROOT, env=self.environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def cli(self, *words: str) -> Any:
        return json.loads(self.manage(*words, "--json"))

    def sql(self, question: str, *values: Any) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.home / "meridian.sqlite3", timeout=20)) as rows:
            return rows.execute(question, values).fetchall()


class Client:
    """What a station is to us: JSON texts over a WebSocket."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket, self._number = socket, 0
        self.asked: list[list[Any]] = []

    def receive(self) -> list[Any]:
        frame: list[Any] = json.loads(self.socket.recv(timeout=PATIENCE_S))
        return frame

    def send(self, frame: list[Any] | str) -> None:
        self.socket.send(frame if isinstance(frame, str) else json.dumps(frame))

    def call(self, action: str, payload: Any, *, number: str = "") -> list[Any]:
        """The answer's frame. Calls that come in meanwhile are kept in `asked`."""
        self._number += 1
        number = number or f"n{self._number}"
        self.send([2, number, action, payload])
        while True:
            frame = self.receive()
            if frame[0] == 2:
                self.asked.append(frame)
            elif frame[1] == number:
                return frame

    def next_call(self) -> list[Any]:
        return self.asked.pop(0) if self.asked else self.receive()

    def answer(self, call: list[Any], payload: Any) -> None:
        self.send([3, call[1], payload])

    def boot(self) -> Any:
        old = self.socket.subprotocol == "ocpp1.6"
        return self.call("BootNotification", BOOT_16 if old else BOOT_2X)[2]


@contextmanager
def station(
    gateway: GatewayProcess,
    path: str,
    key: bytes | None = None,
    *,
    profile: int = 1,
    protocols: tuple[str, ...] = ("ocpp1.6",),
    tls: ssl.SSLContext | None = None,
    user: str = "",
) -> Iterator[Client]:
    headers = {}
    if key is not None:
        headers["Authorization"] = "Basic " + base64.b64encode((user or path).encode() + b":" + key).decode()
    scheme = "ws" if profile == 1 else "wss"
    with connect(
        f"{scheme}://127.0.0.1:{gateway.ports[profile]}/ocpp/{path}",
        subprotocols=[Subprotocol(name) for name in protocols] or None,
        additional_headers=headers,
        ssl=tls,
        proxy=None,
        open_timeout=PATIENCE_S,
    ) as socket:
        yield Client(socket)
