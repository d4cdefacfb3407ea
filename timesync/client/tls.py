"""TLS 1.3 on the event loop, with what NTS needs and the standard library lacks: the exporter (RFC 5705).

pyOpenSSL works on a pair of memory buffers here; the socket is the loop's. It checks no names, so `service_identity`
does, and its errors say only that verification failed, so the reasons are collected while it verifies.
"""

import asyncio
import functools
import socket
from ipaddress import ip_address
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from OpenSSL import SSL, crypto
from service_identity import VerificationError
from service_identity.pyopenssl import verify_hostname, verify_ip_address

from timesync.client.addresses import Address
from timesync.client.targets import Identity
from timesync.nts.codes import Code
from timesync.nts.failures import Failure

CHUNK = 16384
# <openssl/x509_vfy.h>
REASONS = {
    9: Code.CERTIFICATE_NOT_YET_VALID,
    10: Code.CERTIFICATE_EXPIRED,
    18: Code.CERTIFICATE_SELF_SIGNED,
    19: Code.CERTIFICATE_UNTRUSTED,  # a self-signed root above it, which is not ours
    20: Code.CERTIFICATE_UNTRUSTED,
    21: Code.CERTIFICATE_UNTRUSTED,
    23: Code.CERTIFICATE_REVOKED,
}
VERSION_WORDS = ("unsupported protocol", "protocol version", "wrong version number")


@functools.lru_cache(maxsize=256)
def trust(
    anchors_pem: bytes, *, system: bool = False, identity: Identity | None = None, alpn: bytes | None, oldest: int
) -> SSL.Context:
    """What a connection believes. Never changed once made, so many connections may share it.

    Raises Failure(NO_TRUST_ANCHORS) rather than make one that can believe nothing.
    """
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_min_proto_version(oldest)
    store = context.get_cert_store()
    if store is None or not (system or anchors_pem.strip()):
        raise Failure(Code.NO_TRUST_ANCHORS)
    store.set_flags(crypto.X509StoreFlags.PARTIAL_CHAIN)  # an anchor need not be a root
    try:
        for anchor in x509.load_pem_x509_certificates(anchors_pem) if anchors_pem.strip() else ():
            store.add_cert(crypto.X509.from_cryptography(anchor))
    except ValueError as error:
        raise Failure(Code.NO_TRUST_ANCHORS, reason="the anchors are no PEM certificates") from error
    if system:
        context.set_default_verify_paths()
    if alpn:
        context.set_alpn_protos([alpn])
    if identity:
        _show(context, identity)
    context.set_verify(SSL.VERIFY_PEER, _note)
    return context


def _show(context: SSL.Context, identity: Identity) -> None:
    own, *chain = x509.load_pem_x509_certificates(identity.certificate_pem)
    key = load_pem_private_key(identity.key_pem, None)
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise ValueError("our key must be of RSA or of an elliptic curve")
    context.use_certificate(own)
    for issuer in chain:
        context.add_extra_chain_cert(issuer)
    context.use_privatekey(key)


def _note(connection: SSL.Connection, _: crypto.X509, reason: int, depth: int, is_good: int) -> bool:
    """Remember why, and never say yes where OpenSSL says no."""
    if not is_good:
        connection.get_app_data().append((reason, depth))
    return bool(is_good)


class Channel:
    """A connection whose peer is known. Every wait in here ends with the caller's `asyncio.timeout`."""

    def __init__(self, context: SSL.Context, plain: socket.socket, host: str) -> None:
        self._loop = asyncio.get_running_loop()
        self._socket = plain
        self._host = host
        self._reasons: list[tuple[int, int]] = []
        self.tls = SSL.Connection(context, None)
        self.tls.set_app_data(self._reasons)
        self.tls.set_connect_state()
        if not _is_ip(host):
            self.tls.set_tlsext_host_name(host.encode("idna"))

    async def handshake(self) -> None:
        """Raises Failure with what is wrong with the peer. Nothing of ours was sent by then."""
        try:
            await self._drive(self.tls.do_handshake)
            self._check_name()
        except (SSL.ZeroReturnError, SSL.SysCallError, OSError) as error:
            raise Failure(Code.TLS_CLOSED) from error
        except SSL.Error as error:
            raise self._explain(error) from error

    async def write(self, data: bytes) -> None:
        """Raises Failure, or OSError when the connection is gone."""
        try:
            await self._drive(lambda: self.tls.sendall(data))
        except SSL.Error as error:
            raise self._explain(error) from error

    async def read(self) -> bytes:
        """What comes next; empty when the peer has closed, in whatever manner. Raises Failure when it refuses us."""
        try:
            return bytes(await self._drive(lambda: self.tls.recv(CHUNK)))
        except (SSL.ZeroReturnError, SSL.SysCallError, OSError):
            return b""
        except SSL.Error as error:
            raise self._explain(error) from error

    async def _drive(self, act: Any) -> Any:
        while True:
            try:
                done = act()
            except SSL.WantReadError:
                await self._flush()
                received = await self._loop.sock_recv(self._socket, CHUNK)
                if not received:
                    raise SSL.ZeroReturnError from None
                self.tls.bio_write(received)
            except SSL.Error:
                await self._flush()  # our alert tells the peer why
                raise
            else:
                await self._flush()
                return done

    async def _flush(self) -> None:
        try:
            while True:
                await self._loop.sock_sendall(self._socket, self.tls.bio_read(CHUNK))
        except SSL.WantReadError:
            return

    def _check_name(self) -> None:
        try:
            if _is_ip(self._host):
                verify_ip_address(self.tls, self._host)
            else:
                verify_hostname(self.tls, self._host)
        except VerificationError as error:
            raise Failure(Code.CERTIFICATE_WRONG_NAME, host=self._host, **self._facts()) from error

    def _explain(self, error: SSL.Error) -> Failure:
        if self._reasons:
            number, depth = self._reasons[0]
            code = REASONS.get(number, Code.CERTIFICATE_INVALID)
            return Failure(code, check=number, depth=depth, **self._facts())
        said = " ".join(str(part[-1]) for part in (error.args[0] if error.args else ())) or type(error).__name__
        if any(words in said for words in VERSION_WORDS):
            return Failure(Code.TLS_VERSION, said=said)
        if "application protocol" in said:
            return Failure(Code.ALPN_MISSING, said=said)
        return Failure(Code.TLS_REFUSED, said=said)

    def _facts(self) -> dict[str, str]:
        leaf = self.tls.get_peer_certificate(as_cryptography=True)
        if leaf is None:
            return {}
        return {"subject": leaf.subject.rfc4514_string(), "not_after": leaf.not_valid_after_utc.isoformat()}

    def close(self) -> None:
        self._socket.close()


async def connect(addresses: list[Address], *, seconds: float) -> tuple[socket.socket, Address]:
    """A TCP connection to the first of these that takes one."""
    loop = asyncio.get_running_loop()
    failure = Failure(Code.UNREACHABLE)
    for address in addresses:
        plain = socket.socket(address.family, socket.SOCK_STREAM)
        plain.setblocking(False)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            async with asyncio.timeout(seconds / len(addresses)):
                await loop.sock_connect(plain, address.sockaddr)
            return plain, address
        except TimeoutError:
            failure = Failure(Code.TCP_TIMEOUT, address=address.ip)
        except ConnectionRefusedError:
            failure = Failure(Code.TCP_REFUSED, address=address.ip)
        except OSError as error:
            failure = Failure(Code.UNREACHABLE, address=address.ip, errno=error.errno or 0)
        except BaseException:  # cancelled: nobody else knows of this socket
            plain.close()
            raise
        plain.close()
    raise failure


def _is_ip(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
