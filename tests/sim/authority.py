"""Time-stamp authorities over real HTTP: one run by OpenSSL, and answers that no honest authority would give."""

import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from asn1crypto import tsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CONFIG = """
[tsa]
dir = {folder}
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
"""


class OpensslAuthority:
    """`openssl ts -reply` behind a key and a certificate of its own."""

    def __init__(
        self, folder: Path, *, start: timedelta = timedelta(days=-1), end: timedelta = timedelta(days=30)
    ) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        now = datetime.now(UTC)
        root, self.root = self._certificate("root", None, None, now - timedelta(days=30), now + timedelta(days=300))
        key, leaf = self._certificate("tsa", root, self.root, now + start, now + end)
        self._pem("tsa.pem", leaf.public_bytes(serialization.Encoding.PEM))
        self._pem(
            "tsa.key",
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            ),
        )
        self._pem("serial", b"01")
        self._pem("openssl.cnf", CONFIG.format(folder=folder).encode())
        self.chain = self.root.public_bytes(serialization.Encoding.PEM).decode()
        self.ca = self._pem("ca.pem", self.chain.encode())

    def _pem(self, name: str, data: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(data)
        return path

    def _certificate(self, name: str, by: Any, issuer: Any, start: datetime, end: datetime) -> tuple[Any, Any]:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Zeitsiegel {name}")])
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer.subject if issuer else subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(end)
            .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), True)
        )
        if issuer:
            builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True)
        return key, builder.sign(by or key, hashes.SHA256())

    def answer(self, query: bytes) -> bytes:
        (self.folder / "q.tsq").write_bytes(query)
        subprocess.run(
            [
                "openssl",
                "ts",
                "-reply",
                "-config",
                "openssl.cnf",
                "-section",
                "tsa",
                "-queryfile",
                "q.tsq",
                "-out",
                "r.tsr",
            ],
            cwd=self.folder,
            check=True,
            capture_output=True,
        )
        return (self.folder / "r.tsr").read_bytes()


Answer = Callable[[bytes], tuple[int, bytes]]


def other_nonce(authority: OpensslAuthority) -> Answer:
    """The answer to an older question about the same bytes, played again."""

    def answer(query: bytes) -> tuple[int, bytes]:
        asked = tsp.TimeStampReq.load(query)
        asked["nonce"] = 7
        return 200, authority.answer(asked.dump(force=True))

    return answer


def other_imprint(authority: OpensslAuthority) -> Answer:
    def answer(query: bytes) -> tuple[int, bytes]:
        asked = tsp.TimeStampReq.load(query)
        asked["message_imprint"]["hashed_message"] = b"\x01" * 32
        return 200, authority.answer(asked.dump(force=True))

    return answer


@contextmanager
def served(answer: Callable[[str, bytes], tuple[int, bytes, str]]) -> Iterator[str]:
    """Serve POST and GET on loopback by a function (path, body) → (status, body, kind)."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self._say(answer(self.path, self.rfile.read(int(self.headers["Content-Length"]))))

        def do_GET(self) -> None:
            self._say(answer(self.path, b""))

        def _say(self, said: tuple[int, bytes, str]) -> None:
            status, body, kind = said
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
