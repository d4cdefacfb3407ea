"""Every refusal of TLS leaves evidence; certificates change under traffic."""

import asyncio
import ssl
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from stations.gateway.evidence import Cause, Certificate
from stations.gateway.limits import Limits
from stations.gateway.tls import SUITES, TLSSettings, presented_certificate, read_hello
from tests.stations.gateway.authority import DAY, Authority, Issued
from tests.stations.gateway.conftest import Desk, Open
from tests.stations.gateway.test_connection import soon
from tests.stations.gateway.wire import Stream, close_of, ended, frame, head, read_frame, request

TLS12, TLS13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3


def settings(authority: Authority, servers: list[Issued], **more: Any) -> TLSSettings:
    return TLSSettings([server.files for server in servers], **more)


def client(
    authority: Authority,
    *,
    station: Issued | None = None,
    version: ssl.TLSVersion | None = None,
    suites: str | None = None,
) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(authority.file)
    if version is not None:
        context.minimum_version = context.maximum_version = version
    if suites is not None:
        context.set_ciphers(suites)
    if station is not None:
        context.load_cert_chain(*station.files)
    return context


async def dial(listener: Any, context: ssl.SSLContext, **more: Any) -> Stream:
    return await asyncio.open_connection(*listener.address, ssl=context, server_hostname="localhost", **more)


async def refused(listener: Any, context: ssl.SSLContext) -> None:
    """In TLS 1.3 the client is done before the server has looked: it hears of it on its first read."""
    try:
        stream = await dial(listener, context)
    except OSError:
        return
    stream[1].write(request())
    with pytest.raises(ssl.SSLError):
        assert await asyncio.wait_for(stream[0].read(), 5) == "an alert must come"
    stream[1].close()


@pytest.fixture
def mutual(authority: Authority, server_certificates: list[Issued]) -> TLSSettings:
    return settings(authority, server_certificates, client_ca=authority.file, crl=authority.revocations())


@pytest.mark.requirement("C12")
@pytest.mark.parametrize("version", [TLS12, TLS13])
async def test_profile_2(
    open_listener: Open, desk: Desk, authority: Authority, server_certificates: list[Issued], version: ssl.TLSVersion
) -> None:
    listener = await open_listener(profile=2, tls=settings(authority, server_certificates).context())
    stream = await dial(listener, client(authority, version=version))
    stream[1].write(request() + frame(b"x" * 100_000))
    assert (await head(stream))[0] == 101
    assert await read_frame(stream) == (1, b"x" * 100_000)
    scope = desk.scopes[0]
    assert scope["scheme"] == "wss"
    assert scope["ocpp"].tls.version == ("TLSv1.2" if version is TLS12 else "TLSv1.3")
    assert scope["ocpp"].tls.certificate is None
    stream[1].close()
    await soon(lambda: not listener.site.crowd.inside)
    assert desk.refusals == []


@pytest.mark.requirement("C13")
@pytest.mark.parametrize("version", [TLS12, TLS13])
async def test_profile_3(
    open_listener: Open, desk: Desk, authority: Authority, mutual: TLSSettings, version: ssl.TLSVersion
) -> None:
    listener = await open_listener(profile=3, tls=mutual.context())
    stream = await dial(listener, client(authority, station=authority.issue("CP001"), version=version))
    stream[1].write(request(user=None))
    assert (await head(stream))[0] == 101
    stream[1].write(frame(b"hello"))
    assert await read_frame(stream) == (1, b"hello")
    certificate = Certificate.parse(desk.scopes[0]["ocpp"].tls.certificate)
    assert (certificate.common_names, certificate.organizations) == (("CP001",), ("Meridian",))
    stream[1].close()


@pytest.mark.requirement("C12")
@pytest.mark.parametrize("suite", SUITES)
async def test_each_of_the_four_suites(
    open_listener: Open, desk: Desk, authority: Authority, server_certificates: list[Issued], suite: str
) -> None:
    listener = await open_listener(profile=2, tls=settings(authority, server_certificates).context())
    stream = await dial(listener, client(authority, version=TLS12, suites=suite))
    stream[1].write(request())
    assert (await head(stream))[0] == 101
    assert desk.scopes[0]["ocpp"].tls.suite == suite
    stream[1].close()


@pytest.mark.requirement("C12")
def test_nothing_else_is_offered(authority: Authority, server_certificates: list[Issued]) -> None:
    context = settings(authority, server_certificates).context()
    offered = {cipher["name"]: cipher["protocol"] for cipher in context.get_ciphers()}
    assert {name for name, protocol in offered.items() if protocol == "TLSv1.2"} == set(SUITES)
    assert {name for name, protocol in offered.items() if protocol != "TLSv1.2"} == {
        "TLS_AES_256_GCM_SHA384",
        "TLS_CHACHA20_POLY1305_SHA256",
        "TLS_AES_128_GCM_SHA256",
    }
    assert context.minimum_version is TLS12
    for option in (ssl.OP_NO_COMPRESSION, ssl.OP_NO_RENEGOTIATION, ssl.OP_NO_TICKET, ssl.OP_CIPHER_SERVER_PREFERENCE):
        assert context.options & option
    assert context.num_tickets == 0


def other_authority(folder: Path) -> Authority:
    folder.mkdir(exist_ok=True)
    return Authority(folder, common_name="Somebody Else")


BAD_CERTIFICATES: list[tuple[str, int, Callable[[Authority, Path], Issued]]] = [
    ("wrong authority", 20, lambda ours, folder: other_authority(folder / "other").issue("CP001")),
    ("self-signed", 18, lambda ours, _: ours.issue("CP001", self_signed=True)),
    ("expired", 10, lambda ours, _: ours.issue("CP001", starts=-9 * DAY, ends=-DAY)),
    ("not yet valid", 9, lambda ours, _: ours.issue("CP001", starts=DAY)),
    ("server's purpose", 26, lambda ours, _: ours.issue("CP001", usage=ExtendedKeyUsageOID.SERVER_AUTH)),
    ("short key", 66, lambda ours, _: ours.issue("CP001", key=rsa.generate_private_key(65537, 1024))),
]


@pytest.mark.requirement("C12")
@pytest.mark.requirement("C13")
@pytest.mark.parametrize("version", [TLS12, TLS13])
@pytest.mark.parametrize(("said", "code", "make"), BAD_CERTIFICATES, ids=[row[0] for row in BAD_CERTIFICATES])
async def test_bad_certificates_are_refused_with_evidence(
    open_listener: Open,
    desk: Desk,
    authority: Authority,
    mutual: TLSSettings,
    tmp_path: Path,
    version: ssl.TLSVersion,
    said: str,
    code: int,
    make: Callable[[Authority, Path], Issued],
) -> None:
    listener = await open_listener(profile=3, tls=mutual.context())
    station = make(authority, tmp_path)
    await refused(listener, client(authority, station=station, version=version, suites="DEFAULT:@SECLEVEL=0"))
    await soon(lambda: desk.refusals)
    (refusal,) = desk.refusals
    assert (refusal.cause, refusal.verify_code) == (Cause.TLS, code)
    assert refusal.detail
    assert refusal.certificate is not None
    assert refusal.certificate.serial == station.certificate.serial_number
    assert refusal.certificate.common_names == ("CP001",)
    assert refusal.hello is not None
    assert (0x0304 if version is TLS13 else 0x0303) in refusal.hello.versions
    assert desk.scopes == []
    await soon(lambda: not listener.site.crowd.inside)


@pytest.mark.requirement("C13")
@pytest.mark.parametrize("version", [TLS12, TLS13])
async def test_revoked_and_unproven(
    open_listener: Open, desk: Desk, authority: Authority, server_certificates: list[Issued], version: ssl.TLSVersion
) -> None:
    station = authority.issue("CP001")
    lists = [
        (authority.revocations(station.certificate.serial_number), 23),
        (authority.revocations(ends=-timedelta(hours=1)), 12),  # an expired list refuses everybody
    ]
    for crl, code in lists:
        context = settings(authority, server_certificates, client_ca=authority.file, crl=crl).context()
        listener = await open_listener(profile=3, tls=context)
        await refused(listener, client(authority, station=station, version=version))
        await soon(lambda: desk.refusals)
        assert desk.refusals.pop().verify_code == code


WRONG_WAYS: list[tuple[str, dict[str, Any], str]] = [
    ("no certificate in 1.2", {"version": TLS12}, "peer did not return a certificate"),
    ("no certificate in 1.3", {"version": TLS13}, "peer did not return a certificate"),
    ("TLS 1.1", {"version": ssl.TLSVersion.TLSv1_1, "suites": "ALL:@SECLEVEL=0"}, "unsupported protocol"),
    ("AES-CBC", {"version": TLS12, "suites": "AES128-SHA:@SECLEVEL=0"}, "no shared cipher"),
    ("ChaCha only", {"version": TLS12, "suites": "ECDHE-ECDSA-CHACHA20-POLY1305"}, "no shared cipher"),
    ("anonymous", {"version": TLS12, "suites": "ADH-AES128-GCM-SHA256:@SECLEVEL=0"}, "no shared cipher"),
]


@pytest.mark.requirement("C12")
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
@pytest.mark.parametrize(("said", "how", "reason"), WRONG_WAYS, ids=[row[0] for row in WRONG_WAYS])
async def test_unfit_clients_are_refused(
    open_listener: Open, desk: Desk, authority: Authority, mutual: TLSSettings, said: str, how: Any, reason: str
) -> None:
    listener = await open_listener(profile=3, tls=mutual.context())
    await refused(listener, client(authority, **how))
    await soon(lambda: desk.refusals)
    assert (desk.refusals[0].cause, desk.refusals[0].detail) == (Cause.TLS, reason)


async def test_those_who_speak_no_tls(open_listener: Open, desk: Desk, mutual: TLSSettings) -> None:
    listener = await open_listener(profile=3, tls=mutual.context(), limits=Limits(open_within=1.5))
    plain = await asyncio.open_connection(*listener.address)
    plain[1].write(request())
    await ended(plain)
    gone = await asyncio.open_connection(*listener.address)
    gone[1].transport.abort()
    await soon(lambda: len(desk.refusals) == 2)
    silent = await asyncio.open_connection(*listener.address)
    await ended(silent)
    assert [(refusal.cause, refusal.detail) for refusal in desk.refusals] == [
        (Cause.TLS, "http request"),
        (Cause.TLS, "the peer hung up during the handshake"),
        (Cause.DEADLINE, ""),
    ]
    for stream in (plain, gone, silent):
        stream[1].close()


async def test_silence_after_tls_is_cut_too(
    open_listener: Open, desk: Desk, authority: Authority, server_certificates: list[Issued]
) -> None:
    context = settings(authority, server_certificates).context()
    listener = await open_listener(profile=2, tls=context, limits=Limits(open_within=1.5))
    stream = await dial(listener, client(authority))
    await ended(stream)
    assert [refusal.cause for refusal in desk.refusals] == [Cause.DEADLINE]
    stream[1].close()


@pytest.mark.requirement("C12")
async def test_certificates_change_under_traffic(
    open_listener: Open, authority: Authority, server_certificates: list[Issued]
) -> None:
    listener = await open_listener(profile=2, tls=settings(authority, server_certificates).context())
    streams = [await dial(listener, client(authority)) for _ in range(3)]
    for stream in streams:
        stream[1].write(request())
        assert (await head(stream))[0] == 101
    talking = asyncio.create_task(_talk(streams))
    renewed = authority.issue("localhost", usage=ExtendedKeyUsageOID.SERVER_AUTH)
    await asyncio.sleep(0.05)
    with pytest.raises(OSError):  # noqa: PT011
        TLSSettings([(authority.file, renewed.files[0])]).context()
    listener.tls = settings(authority, [renewed]).context()
    newcomer = await dial(listener, client(authority))
    shown = newcomer[1].get_extra_info("ssl_object").getpeercert(binary_form=True)
    assert Certificate.parse(shown).serial == renewed.certificate.serial_number
    assert await talking == 3 * 50
    for stream in [*streams, newcomer]:
        stream[1].close()


async def _talk(streams: list[Stream]) -> int:
    heard = 0
    for turn in range(50):
        for stream in streams:
            stream[1].write(frame(b"%d" % turn))
            heard += await read_frame(stream) == (1, b"%d" % turn)
        await asyncio.sleep(0.005)
    return heard


@pytest.mark.requirement("C13")
async def test_a_revocation_takes_hold_with_the_new_list(
    open_listener: Open, desk: Desk, authority: Authority, server_certificates: list[Issued], mutual: TLSSettings
) -> None:
    station = authority.issue("CP001")
    listener = await open_listener(profile=3, tls=mutual.context())
    stream = await dial(listener, client(authority, station=station))
    stream[1].write(request(user=None))
    assert (await head(stream))[0] == 101
    crl = authority.revocations(station.certificate.serial_number)
    listener.tls = settings(authority, server_certificates, client_ca=authority.file, crl=crl).context()
    await refused(listener, client(authority, station=station))
    await soon(lambda: desk.refusals)
    assert desk.refusals[0].verify_code == 23
    stream[1].close()


async def test_drain_over_tls(
    open_listener: Open, desk: Desk, authority: Authority, server_certificates: list[Issued]
) -> None:
    listener = await open_listener(profile=2, tls=settings(authority, server_certificates).context())
    stream = await dial(listener, client(authority))
    stream[1].write(request())
    assert (await head(stream))[0] == 101
    draining = asyncio.create_task(listener.drain(within=3.0))
    assert await close_of(stream) == (1012, "restarting")
    stream[1].write(frame(b"\x03\xf4", opcode=8))
    await asyncio.wait_for(draining, 2)
    stream[1].close()
    assert desk.refusals == []


async def test_a_slow_reader_over_tls_is_cut(
    open_listener: Open, desk: Desk, authority: Authority, server_certificates: list[Issued]
) -> None:
    limits = Limits(send_buffer=64 * 1024, stall=0.3, ping_interval=None)
    listener = await open_listener(profile=2, tls=settings(authority, server_certificates).context(), limits=limits)
    stream = await dial(listener, client(authority))
    stream[1].write(request())
    assert (await head(stream))[0] == 101
    stream[1].transport.pause_reading()
    desk.flood = bytes(50_000)
    stream[1].write(frame(b"go"))
    await soon(lambda: desk.heard)
    await soon(lambda: not listener.site.crowd.inside)
    desk.flood = None
    stream[1].transport.abort()


def test_cut_messages_of_the_peer_harm_nothing(authority: Authority) -> None:
    hello = bytes.fromhex("010000350303") + bytes(32) + b"\x00" + b"\x00\x04\x13\x01\xc0\x2b" + b"\x01\x00"
    extensions = b"\x00\x0b" + b"\x00\x2b\x00\x05\x04\x03\x04\x03\x03" + b"\x00\x00"
    whole = read_hello(hello + extensions)
    assert whole is not None
    assert (whole.versions, whole.suites) == ((0x0304, 0x0303), (0x1301, 0xC02B))
    for end in range(len(hello)):
        read_hello(hello[:end])
        presented_certificate(b"\x0b" + hello[1:end])
    assert presented_certificate(None) is None
    assert read_hello(None) is None
