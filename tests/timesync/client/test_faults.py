"""Each fault, injected at a real server over real sockets, is told by its own code."""

import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count

import pytest

from tests.sim.time_certificates import DAY, Authority
from tests.sim.time_server import TimeServer
from tests.timesync.client.conftest import IMPATIENT, codes, look, target_of
from timesync.client.targets import Protection
from timesync.nts.codes import Code
from timesync.nts.explanations import EXPLANATIONS

Fault = Callable[[TimeServer], dict[str, object]]


def behaves(**told: object) -> Fault:
    def fault(server: TimeServer) -> dict[str, object]:
        for name, value in told.items():
            assert hasattr(server.behaviour, name)
            setattr(server.behaviour, name, value)
        return {}

    return fault


def asked_with(**changes: object) -> Fault:
    return lambda server: changes


def shows(
    *names: str, begins: timedelta = -DAY, ends: timedelta = DAY, alone: bool = False, rogue: bool = False
) -> Fault:
    def fault(server: TimeServer) -> dict[str, object]:
        authority = Authority("Somebody Else") if rogue else server.authority
        server.identity = authority.issue(*names, begins=begins, ends=ends, alone=alone)
        return {}

    return fault


def says(kind: int, body: bytes, *, critical: bool = True) -> Fault:
    return behaves(records=lambda records: [(critical, kind, body), *records])


def instead(kind: int, body: bytes | None) -> Fault:
    """One kind of record replaced, or left out."""

    def changed(records):
        kept = [record for record in records if record[1] != kind]
        return kept if body is None else [(True, kind, body), *kept]

    return behaves(records=changed)


def closed_port(server: TimeServer) -> dict[str, object]:
    with socket.create_server(("127.0.0.1", 0)) as lent:
        return {"port": lent.getsockname()[1]}


def deaf_port(server: TimeServer) -> dict[str, object]:
    """A listener whose queue is full: the kernel drops every further knock."""
    deaf = socket.socket()
    deaf.bind(("127.0.0.1", 0))
    deaf.listen(0)
    knocking = [socket.socket() for _ in range(3)]
    for knock in knocking:
        knock.setblocking(False)
        knock.connect_ex(deaf.getsockname())
    server.held = [deaf, *knocking]
    return {"port": deaf.getsockname()[1]}


def ntp_gone(server: TimeServer) -> dict[str, object]:
    server.stop_ntp()
    return {}


def flipped(place: int) -> Callable[[bytes], bytes]:
    return lambda datagram: datagram[:place] + bytes([datagram[place] ^ 1]) + datagram[place + 1 :]


def replayed() -> Fault:
    old: list[bytes] = []

    def remember(datagram: bytes) -> list[bytes]:
        sent, old[:] = list(old), [datagram]
        return sent

    return behaves(before=remember)


HELLO = b"HTTP/1.1 400 Bad Request\r\n\r\n"
BEFORE_KEYS: list[tuple[Fault, Code]] = [
    (asked_with(host="nowhere.invalid"), Code.DNS_FAILED),
    (asked_with(allow_private=False), Code.ADDRESS_REFUSED),
    (closed_port, Code.TCP_REFUSED),
    (deaf_port, Code.TCP_TIMEOUT),
    (behaves(shakes_hands=False), Code.TLS_TIMEOUT),
    (behaves(speaks_tls_1_3=False), Code.TLS_VERSION),
    (behaves(speaks_alpn=False), Code.ALPN_MISSING),
    (shows(begins=-9 * DAY, ends=-DAY), Code.CERTIFICATE_EXPIRED),
    (shows(begins=DAY, ends=9 * DAY), Code.CERTIFICATE_NOT_YET_VALID),
    (shows(alone=True), Code.CERTIFICATE_SELF_SIGNED),
    (shows(rogue=True), Code.CERTIFICATE_UNTRUSTED),
    (shows("other.test"), Code.CERTIFICATE_WRONG_NAME),
    (asked_with(anchors_pem=b""), Code.NO_TRUST_ANCHORS),
    (asked_with(anchors_pem=b"no PEM"), Code.NO_TRUST_ANCHORS),
]
KEYS: list[tuple[Fault, Code]] = [
    (behaves(answers_after_s=2.5), Code.KE_TIMEOUT),
    (behaves(answers_only=0), Code.KE_CLOSED),
    (behaves(answers_only=30), Code.KE_TRUNCATED),
    (behaves(answer=b"\0\x05\xff\xff" + bytes(20_000)), Code.KE_OVERSIZE),
    (behaves(answer=HELLO), Code.KE_OVERSIZE),  # "HT" reads as a record of 21 kB
    (says(2, b"\0\0"), Code.KE_ERROR_UNRECOGNIZED),
    (says(2, b"\0\1"), Code.KE_ERROR_BAD_REQUEST),
    (says(2, b"\0\2"), Code.KE_ERROR_INTERNAL),
    (says(2, b"\0\x63"), Code.KE_ERROR_OTHER),
    (says(3, b"\0\1"), Code.KE_WARNING),
    (says(999, b""), Code.KE_UNKNOWN_CRITICAL),
    (says(1, b"\0\0"), Code.KE_DUPLICATE_RECORD),
    (says(2, b"\0"), Code.KE_MALFORMED_RECORD),
    (instead(1, None), Code.KE_NO_PROTOCOL),
    (instead(4, b""), Code.KE_NO_AEAD),
    (instead(4, b"\0\x10"), Code.KE_AEAD_NOT_OFFERED),
    (behaves(aeads=(16,)), Code.KE_NO_AEAD),
    (instead(5, None), Code.KE_NO_COOKIES),
    (instead(5, b""), Code.KE_BAD_COOKIE),
    (behaves(ntp_host="127.0.0.9"), Code.KE_REDIRECT_REFUSED),
    (behaves(ntp_host="10.0.0.1"), Code.KE_REDIRECT_REFUSED),
    (behaves(ntp_host="169.254.169.254"), Code.KE_REDIRECT_REFUSED),
    (behaves(ntp_host="::ffff:10.0.0.1"), Code.KE_REDIRECT_REFUSED),
    (behaves(ntp_host="nowhere.invalid"), Code.DNS_FAILED),
]
REPLIES: list[tuple[Fault, Code]] = [
    (ntp_gone, Code.NTP_REFUSED),
    (behaves(drops=lambda number: True), Code.NTP_TIMEOUT),
    (behaves(naks=True), Code.NTS_NAK),
    (behaves(authenticates=False), Code.REPLY_NOT_AUTHENTICATED),
    (behaves(bend=lambda datagram: datagram[:40]), Code.REPLY_MALFORMED),
    (behaves(bend=lambda datagram: datagram[:-2]), Code.REPLY_MALFORMED),
    (behaves(bend=flipped(0)), Code.REPLY_WRONG_MODE),
    (behaves(bend=flipped(30)), Code.REPLY_WRONG_ORIGIN),
    (behaves(bend=flipped(60)), Code.REPLY_WRONG_IDENTIFIER),
    (behaves(bend=flipped(44)), Code.AUTHENTICATION_FAILED),
    (behaves(bend=flipped(120)), Code.AUTHENTICATION_FAILED),
    (behaves(cookies=12), Code.REPLY_TOO_LARGE),
    (behaves(kiss=b"RATE"), Code.KISS_RATE),
    (behaves(kiss=b"DENY"), Code.KISS_DENY),
    (behaves(kiss=b"RSTR"), Code.KISS_DENY),
    (behaves(kiss=b"DENY", kiss_is_authenticated=False), Code.KISS_FORGED),
    (behaves(leap=3, stratum=0, refid=b"INIT"), Code.UNSYNCHRONISED),
    (behaves(stratum=0), Code.KISS_OTHER),  # refid SIM without the alarm of leap 3
    (behaves(stratum=16), Code.STRATUM_INVALID),
    (behaves(zero_stamps=True), Code.ZERO_STAMPS),
    (behaves(root_dispersion=10 << 16), Code.ROOT_DISTANCE_TOO_LARGE),
    (behaves(half_lie_ns=-300_000_000), Code.SERVER_STAMPS_BACKWARDS),
    (behaves(half_lie_ns=300_000_000), Code.NEGATIVE_DELAY),
    (behaves(half_lie_ns=5_000_000_000), Code.NEGATIVE_DELAY),
    (behaves(stratum=2, refid=bytes([127, 0, 0, 1])), Code.SOURCE_LOOP),
]


def none_comes_through(server: TimeServer, fault: Fault, code: Code) -> None:
    probe = look(target_of(server, **fault(server)), **IMPATIENT)
    assert code in codes(probe), probe.troubles
    assert probe.best is None
    assert Code.INTERNAL not in codes(probe)


@pytest.fixture
def server() -> Iterator[TimeServer]:
    with TimeServer() as running:
        yield running
        for held in getattr(running, "held", []):
            held.close()


def ids(table: list[tuple[Fault, Code]]) -> list[str]:
    numbers = count(1)
    return [f"{next(numbers)}-{code}" for _, code in table]


@pytest.mark.requirement("T01")
@pytest.mark.parametrize(("fault", "code"), BEFORE_KEYS, ids=ids(BEFORE_KEYS))
def test_faults_before_keys(server, fault, code):
    none_comes_through(server, fault, code)
    assert server.establishments == 0 or code == Code.ALPN_MISSING


@pytest.mark.requirement("T02")
@pytest.mark.parametrize(("fault", "code"), KEYS, ids=ids(KEYS))
def test_faults_of_key_establishment(server, fault, code):
    none_comes_through(server, fault, code)
    assert server.requests == 0


@pytest.mark.requirement("T08")
@pytest.mark.requirement("T09")
@pytest.mark.parametrize(("fault", "code"), REPLIES, ids=ids(REPLIES))
def test_faults_of_replies(server, fault, code):
    none_comes_through(server, fault, code)


@pytest.mark.requirement("T08")
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (replayed(), Code.REPLY_REPLAYED),
        (behaves(before=lambda datagram: [datagram[:84]]), Code.REPLY_NOT_AUTHENTICATED),
        (behaves(before=lambda datagram: [b"noise"] * 50), Code.REPLY_MALFORMED),
        (behaves(drops=lambda number: number > 2), Code.NTP_SILENT_AFTER_REPLIES),
        (behaves(drops_larger_than=300, drops=lambda number: number == 1), Code.LARGE_REQUEST_LOST),
        (behaves(cookies=0), Code.COOKIES_RUNNING_OUT),
        (behaves(is_frozen=True), Code.FROZEN_CLOCK),
    ],
)
def test_faults_that_do_not_keep_the_time_out(server, fault, code):
    probe = look(target_of(server, **fault(server)), **IMPATIENT)
    assert code in codes(probe), probe.troubles
    assert probe.best is not None


def test_a_delay_beyond_the_limit_is_refused(server):
    server.behaviour.wait_in_s = 0.05
    limits = look(target_of(server)).best
    assert limits is not None
    assert limits.delay_ns > 50_000_000


@pytest.mark.requirement("T08")
def test_plain_ntp_is_never_fallen_back_to_and_is_marked_where_it_is_wanted(server):
    plain = target_of(server, port=server.ntp_port, protection=Protection.NONE, anchors_pem=b"")
    probe = look(plain)
    assert probe.best is not None
    assert not probe.is_authenticated
    assert not probe.exchanges[0].is_authenticated
    assert server.establishments == 0


def test_every_code_seen_here_is_explained():
    seen = {code for table in (BEFORE_KEYS, KEYS, REPLIES) for _, code in table}
    assert len(seen) >= 45
    assert seen <= set(EXPLANATIONS)
