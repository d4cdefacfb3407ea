"""A time server over real sockets: NTS-KE, NTP under NTS, plain NTP, interleaved mode, signed responses.

    with TimeServer() as server:
        server.behaviour.offset_ns = 5_000_000_000      # from now on it lies

As a program it serves the demo:

    python -m tests.sim.time_server --folder DIR --ke-port 4460 --ntp-port 1123 --offset-ms 0
"""

import argparse
import json
import os
import socket
import struct
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from cryptography import x509
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from OpenSSL import SSL

from tests.sim import time_codec as codec
from tests.sim.time_behaviour import Behaviour
from tests.sim.time_certificates import Authority, Identity
from tests.sim.time_codec import KE, Asked, Baker

LABEL = b"EXPORTER-network-time-security"
KEY_ID = 7
REMEMBERED = 4096  # transmit stamps kept for interleaved mode


class TimeServer:
    """Runs in threads of its own from `start` to `stop`; `behaviour` may change at any time."""

    def __init__(
        self,
        *,
        address: str = "127.0.0.1",
        authority: Authority | None = None,
        identity: Identity | None = None,
        ke_port: int = 0,
        ntp_port: int = 0,
    ) -> None:
        self.authority = authority or Authority()
        self.identity = identity or self.authority.issue("localhost", address)
        self.behaviour = Behaviour()
        self.baker = Baker()
        self.signer = ec.generate_private_key(ec.SECP256R1())
        self.requests = 0  # NTP requests seen
        self.establishments = 0
        self.seen_cookies: list[bytes] = []
        self.last_ke: list[KE] = []
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._tcp = socket.create_server((address, ke_port), family=family)
        self._udp = socket.socket(family, socket.SOCK_DGRAM)
        self._udp.bind((address, ntp_port))
        self.address = address
        self.ke_port: int = self._tcp.getsockname()[1]
        self.ntp_port: int = self._udp.getsockname()[1]
        self._started_ns = time.time_ns()
        self._sent: dict[bytes, int] = {}
        self._running = True
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._accept, self._serve)]

    def start(self) -> "TimeServer":
        for thread in self._threads:
            thread.start()
        return self

    def stop(self) -> None:
        self._running = False
        with suppress(OSError):
            self._tcp.shutdown(socket.SHUT_RDWR)
        if self._threads[1].is_alive():
            self._udp.sendto(b"stop", self._udp.getsockname())
        for thread in self._threads:
            thread.join(5)
        self._tcp.close()
        self._udp.close()

    def __enter__(self) -> "TimeServer":
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def forget_cookies(self) -> None:
        """As after a change of the server's secret: every cookie that is out is stale."""
        self.baker = Baker()

    def stop_ntp(self) -> None:
        """From now on the machine answers with ICMP: nobody listens here."""
        self._udp.sendto(b"stop", self._udp.getsockname())
        self._threads[1].join(5)
        self._udp.close()

    # Key establishment

    def _accept(self) -> None:
        while self._running:
            try:
                plain, _ = self._tcp.accept()
            except OSError:
                return
            threading.Thread(target=self._establish, args=(plain,), daemon=True).start()

    def _establish(self, plain: socket.socket) -> None:
        plain.settimeout(None)
        with plain, suppress(SSL.Error, OSError):
            if not self.behaviour.shakes_hands:
                while self._running and plain.recv(4096):
                    pass
                return
            tls = SSL.Connection(self._context(), plain)
            tls.set_accept_state()
            tls.do_handshake()
            asked = None
            received = b""
            while asked is None:
                received += tls.recv(4096)
                asked = codec.read_ke(received)
            self.establishments += 1
            self.last_ke = asked
            time.sleep(self.behaviour.answers_after_s)
            answer = self.behaviour.answer
            if answer is None:
                answer = codec.write_ke(self.behaviour.records(self._agree(asked, tls)))
            if answer[: self.behaviour.answers_only]:
                tls.sendall(answer[: self.behaviour.answers_only])
            tls.shutdown()

    def _context(self) -> SSL.Context:
        context = SSL.Context(SSL.TLS_METHOD)
        if self.behaviour.speaks_tls_1_3:
            context.set_min_proto_version(SSL.TLS1_3_VERSION)
        else:
            context.set_max_proto_version(SSL.TLS1_2_VERSION)
        if self.behaviour.speaks_alpn:
            context.set_alpn_select_callback(lambda _, offered: b"ntske/1" if b"ntske/1" in offered else b"")
        key = load_pem_private_key(self.identity.key, None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        context.use_certificate(x509.load_pem_x509_certificate(self.identity.certificate))
        context.use_privatekey(key)
        return context

    def _agree(self, asked: list[KE], tls: SSL.Connection) -> list[KE]:
        wanted = {kind: body for _, kind, body in asked}
        offered = struct.unpack(f">{len(wanted[4]) // 2}H", wanted[4])
        chosen = next((aead for aead in offered if aead in self.behaviour.aeads), None)
        if chosen is None:
            return [(True, 1, b"\0\0"), (True, 4, b""), (True, 0, b"")]
        compliant = self.behaviour.knows_1024 and 1024 in wanted
        named = 15 if chosen == 30 and not compliant else chosen
        c2s, s2c = (
            tls.export_keying_material(LABEL, codec.KEY_LENGTHS[chosen], struct.pack(">HHB", 0, named, side))
            for side in (0, 1)
        )
        answer: list[KE] = [(True, 1, b"\0\0"), (True, 4, struct.pack(">H", chosen))]
        if compliant and chosen == 30:
            answer.append((False, 1024, b""))
        if self.behaviour.ntp_host is not None:
            answer.append((True, 6, self.behaviour.ntp_host.encode()))
        answer.append((True, 7, struct.pack(">H", self.behaviour.ntp_port or self.ntp_port)))
        if 16384 in wanted and self.behaviour.signs:
            point = self.signer.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
            answer.append((False, 16385, struct.pack(">HH", KEY_ID, len(point)) + point))
        answer += [(False, 5, self.baker.bake(chosen, c2s, s2c)) for _ in range(8)]
        return [*answer, (True, 0, b"")]

    # NTP

    def now_ns(self) -> int:
        told = self.behaviour
        now = self._started_ns if told.is_frozen else time.time_ns()
        return now + told.offset_ns + (now - self._started_ns) * told.drift_ppm // 1_000_000

    def _serve(self) -> None:
        while self._running:
            raw, client = self._udp.recvfrom(4096)
            if raw == b"stop":
                return
            arrived = self.now_ns()
            asked = codec.read_request(raw)
            if asked is None:
                continue
            self.requests += 1
            told = self.behaviour
            if not told.drops(self.requests) and len(raw) <= told.drops_larger_than:
                self._reply(asked, arrived, client)

    def _reply(self, asked: Asked, arrived: int, client: tuple[str, int]) -> None:
        told = self.behaviour
        if told.wait_in_s:
            time.sleep(told.wait_in_s)
            arrived = self.now_ns()  # only now does it seem to come in
        time.sleep(told.wait_s)
        datagram = self._datagram(asked, arrived)
        for packet in told.before(datagram):
            self._udp.sendto(packet, client)
        sent = self.now_ns()
        time.sleep(told.wait_back_s)
        self._udp.sendto(told.bend(datagram), client)
        self._remember(arrived, sent)
        for packet in told.after(datagram):
            self._udp.sendto(packet, client)
        if told.signs == "scheduled" and asked.wants_signature:
            self._udp.sendto(self._signed(datagram), client)

    def _remember(self, arrived: int, sent: int) -> None:
        if len(self._sent) >= REMEMBERED:
            self._sent.pop(next(iter(self._sent)))
        self._sent[codec.stamp(arrived)] = sent

    def _datagram(self, asked: Asked, arrived: int) -> bytes:
        if asked.cookie is None or not self.behaviour.authenticates:
            return self._header(asked, arrived) + (codec.field(0x0104, asked.identifier) if asked.identifier else b"")
        self.seen_cookies.append(asked.cookie)
        keys = self.baker.read(asked.cookie)
        identifier = codec.field(0x0104, asked.identifier or b"")
        if keys is None or self.behaviour.naks or not self._is_genuine(asked, keys):
            return self._header(asked, arrived, kiss=b"NTSN") + identifier
        aead, _, s2c = keys
        if self.behaviour.kiss and not self.behaviour.kiss_is_authenticated:
            return self._header(asked, arrived) + identifier
        count = 1 + asked.placeholders if self.behaviour.cookies is None else self.behaviour.cookies
        inside = b"".join(codec.field(0x0204, self.baker.bake(*keys)) for _ in range(count))
        if self.behaviour.signs == "scheduled" and asked.wants_signature:
            inside += codec.field(0xFF01, b"\x80" + bytes(15))
        head = self._header(asked, arrived) + identifier
        datagram = head + codec.authenticator(aead, s2c, head, inside)
        return self._signed(datagram) if self.behaviour.signs == "direct" and asked.wants_signature else datagram

    def _is_genuine(self, asked: Asked, keys: tuple[int, bytes, bytes]) -> bool:
        try:
            return codec.unseal(keys[0], keys[1], asked.head, asked.nonce, asked.sealed) == b""
        except (InvalidTag, ValueError):
            return False

    def _header(self, asked: Asked, arrived: int, *, kiss: bytes | None = None) -> bytes:
        told = self.behaviour
        kiss = kiss or told.kiss
        leap, stratum, refid = (3, 0, kiss) if kiss else (told.leap, told.stratum, told.refid)
        first = struct.pack(">BBbb", leap * 64 + 4 * 8 + 4, stratum, 0, told.precision)
        reference = codec.stamp(arrived - 1_000_000_000)
        previous = self._sent.get(asked.origin) if told.interleaves else None
        if previous is not None and asked.receive != asked.transmit:
            origin, transmit = asked.receive, codec.stamp(previous + told.half_lie_ns)
        else:
            origin, transmit = asked.transmit, codec.stamp(self.now_ns() + told.half_lie_ns)
        stamps = bytes(16) if told.zero_stamps else codec.stamp(arrived) + transmit
        return first + struct.pack(">II", told.root_delay, told.root_dispersion) + refid + reference + origin + stamps

    def _signed(self, datagram: bytes) -> bytes:
        signature = self.signer.sign(datagram, ec.ECDSA(hashes.SHA256()))
        return datagram + codec.field(0xFF02, struct.pack(">HH", KEY_ID, len(signature)) + signature)


def main() -> None:
    parser = argparse.ArgumentParser(description="a simulated NTS time server")
    parser.add_argument("--folder", type=Path, required=True, help="where authority.pem is put")
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--ke-port", type=int, default=4460)
    parser.add_argument("--ntp-port", type=int, default=1123)
    parser.add_argument("--offset-ms", type=int, default=0)
    options = parser.parse_args()
    server = TimeServer(address=options.address, ke_port=options.ke_port, ntp_port=options.ntp_port)
    server.behaviour.offset_ns = options.offset_ms * 1_000_000
    options.folder.mkdir(parents=True, exist_ok=True)
    anchor = options.folder / "authority.pem"
    anchor.write_bytes(server.authority.pem)
    server.start()
    told = {"ke_port": server.ke_port, "ntp_port": server.ntp_port, "anchor": str(anchor), "pid": os.getpid()}
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()
    threading.Event().wait()


if __name__ == "__main__":
    main()
