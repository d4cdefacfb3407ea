"""What a probe brings home from an honest server, and how it helps itself."""

import socket
import struct
import sys
from dataclasses import asdict, replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.sim.time_certificates import Authority
from tests.sim.time_server import TimeServer
from tests.timesync.client.conftest import QUICK, codes, look, target_of
from timesync.client import addresses, clock, probing, tls
from timesync.client.addresses import Address
from timesync.client.clock import Reading
from timesync.client.results import StampSource
from timesync.client.targets import Memory, Plan, Protection, Target
from timesync.nts import association, handed_over, pacing, selection
from timesync.nts.association import Association
from timesync.nts.codes import Code
from timesync.nts.keys import Keys
from timesync.nts.selection import Candidate

MS = 1_000_000
LINUX = sys.platform == "linux"


@pytest.mark.requirement("T01")
@pytest.mark.requirement("T04")
@pytest.mark.requirement("T07")
@pytest.mark.parametrize(("aead", "wanted"), [(15, (15,)), (16, (16, 15)), (17, (17,)), (30, (30, 15))])
def test_a_probe_brings_time_and_evidence(server, aead, wanted):
    probe = look(target_of(server, aeads=wanted))
    assert probe.troubles == ()
    assert probe.best is not None
    assert probe.is_authenticated
    assert abs(probe.best.offset_ns) <= probe.best.bound_ns
    assert len(probe.exchanges) == 4
    assert all(exchange.is_authenticated for exchange in probe.exchanges)
    made = probe.establishment
    assert made is not None
    assert (made.aead, made.tls_version, made.cookies, made.ntp_port) == (aead, "TLSv1.3", 8, server.ntp_port)
    assert made.compliant_exporter == (aead == 30)
    leaf = x509.load_pem_x509_certificate(server.identity.certificate)
    assert made.certificates[0].sha256 == leaf.fingerprint(hashes.SHA256()).hex()
    assert made.connect_ns > 0
    assert made.handshake_ns > 0


@pytest.mark.requirement("T04")
def test_the_older_exporter_context_of_gcm_siv_works_too(server):
    server.behaviour.knows_1024 = False
    probe = look(target_of(server, aeads=(30,)))
    assert probe.best is not None
    assert probe.establishment is not None
    assert not probe.establishment.compliant_exporter


@pytest.mark.requirement("T02")
def test_the_wished_server_and_port_reach_the_server(server):
    look(target_of(server, wished_server="127.0.0.1", wished_port=1234))
    asked = {kind: body for _, kind, body in server.last_ke}
    assert asked[6] == b"127.0.0.1"
    assert asked[7] == struct.pack(">H", 1234)
    assert asked[4] == struct.pack(">2H", 15, 17)
    assert 16384 not in asked


def test_no_key_and_no_unused_cookie_is_in_the_evidence(server):
    probe = look(target_of(server))
    kept = probe.memory.association
    assert kept is not None
    shown = repr(probe) + repr({name: value for name, value in asdict(probe).items() if name != "memory"})
    for secret in (kept.keys.c2s, kept.keys.s2c, *kept.cookies):
        assert repr(secret) not in shown
        assert secret.hex() not in shown


@pytest.mark.skipif(not LINUX, reason="kernel stamps are Linux's")
def test_the_kernel_stamps_both_ways_and_says_so(server):
    stamped = look(target_of(server))
    assert {exchange.sent.source for exchange in stamped.exchanges} == {StampSource.KERNEL}
    assert {exchange.home.source for exchange in stamped.exchanges if exchange.home} == {StampSource.KERNEL}
    assert stamped.best is not None
    assert stamped.best.is_interleaved
    unstamped = look(target_of(server), kernel_stamps=False)
    assert {exchange.sent.source for exchange in unstamped.exchanges} == {StampSource.PROGRAM}
    assert not any(sample.is_interleaved for sample in unstamped.samples)
    assert len(unstamped.samples) == 4


def test_a_server_without_interleaved_mode_is_asked_all_the_same(server):
    server.behaviour.interleaves = False
    probe = look(target_of(server))
    assert len(probe.samples) == 4
    assert probe.troubles == ()


@pytest.mark.requirement("T08")
@pytest.mark.parametrize("lie_ms", [-86_400_000, -5, 5, 86_400_000])
def test_a_lie_is_measured(server, lie_ms):
    server.behaviour.offset_ns = lie_ms * MS
    best = look(target_of(server)).best
    assert best is not None
    assert abs(best.offset_ns - lie_ms * MS) <= best.bound_ns


@pytest.mark.requirement("T08")
@pytest.mark.parametrize("way", ["wait_in_s", "wait_back_s"])
def test_the_bound_covers_an_asymmetric_way(server, way):
    setattr(server.behaviour, way, 0.03)
    best = look(target_of(server)).best
    assert best is not None
    assert abs(best.offset_ns) > 10 * MS
    assert abs(best.offset_ns) <= best.bound_ns


@pytest.mark.requirement("T06")
def test_keys_and_cookies_last_from_probe_to_probe_and_no_cookie_is_used_twice(server):
    memory = Memory()
    for _ in range(6):
        probe = look(target_of(server), memory)
        assert probe.best is not None
        kept = probe.memory.association
        assert kept is not None
        assert len(kept.cookies) == 8
        memory = replace(probe.memory, association=association.load(association.dump(kept)))
    assert server.establishments == 1
    assert len(server.seen_cookies) == len(set(server.seen_cookies)) == 24


@pytest.mark.requirement("T06")
def test_lost_cookies_are_replenished(server):
    server.behaviour.drops = lambda number: number in (1, 3)
    probe = look(target_of(server), patience=0.4)
    assert probe.memory.association is not None
    assert len(probe.memory.association.cookies) == 8
    assert len(server.seen_cookies) == 4


@pytest.mark.requirement("T09")
def test_stale_cookies_lead_to_new_keys_once(server):
    memory = replace(look(target_of(server)).memory, attempts=pacing.Attempts())
    server.forget_cookies()
    probe = look(target_of(server), memory)
    assert Code.NTS_NAK in codes(probe)
    assert probe.best is not None
    assert server.establishments == 2


@pytest.mark.requirement("T09")
def test_silence_about_stale_cookies_leads_to_new_keys_too(server):
    memory = replace(look(target_of(server)).memory, attempts=pacing.Attempts())
    server.behaviour.drops = lambda _: server.establishments < 2
    probe = look(target_of(server), memory, patience=0.4)
    assert probe.best is not None
    assert server.establishments == 2


@pytest.mark.requirement("T06")
def test_no_key_establishment_within_a_quarter_of_an_hour_unless_a_person_asks(server):
    memory = look(target_of(server)).memory
    server.forget_cookies()
    probe = look(target_of(server), memory)
    assert {Code.NTS_NAK, Code.KE_TOO_SOON} <= codes(probe)
    assert probe.best is None
    assert server.establishments == 1
    assert look(target_of(server), probe.memory, by_person=True).best is not None
    assert server.establishments == 2


@pytest.mark.requirement("T06")
def test_failed_key_establishments_are_counted(server):
    server.behaviour.answers_only = 0
    first = look(target_of(server))
    assert first.memory.attempts.failures == 1
    second = look(target_of(server), first.memory)
    assert codes(second) == {Code.KE_TOO_SOON}
    assert second.memory.attempts.failures == 1


@pytest.mark.requirement("T09")
def test_an_order_to_slow_down_ends_the_visit(server):
    server.behaviour.kiss = b"RATE"
    look(target_of(server))
    assert server.requests == 1


@pytest.mark.requirement("T09")
def test_a_forged_nak_does_not_keep_the_true_reply_out(server):
    def forged(datagram: bytes) -> list[bytes]:
        return [bytes([0xE4, 0]) + datagram[2:12] + b"NTSN" + datagram[16:84]]

    server.behaviour.before = forged
    probe = look(target_of(server))
    assert probe.best is not None
    assert Code.NTS_NAK in codes(probe)
    assert server.establishments == 1


@pytest.mark.requirement("T03")
@pytest.mark.parametrize("mode", ["direct", "scheduled"])
def test_signed_responses_are_verified_and_kept(server, mode):
    server.behaviour.signs = mode
    probe = look(target_of(server, signed_responses=True))
    assert probe.troubles == ()
    point = server.signer.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    for exchange in probe.exchanges:
        proof = exchange.signature
        assert proof is not None
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        key.verify(proof.signature, proof.signed_part, ec.ECDSA(hashes.SHA256()))
        assert proof.signed_part == exchange.reply


@pytest.mark.requirement("T03")
def test_a_wrong_signature_drops_the_reply_and_a_missing_one_is_told(server):
    server.behaviour.signs = "direct"
    memory = look(target_of(server, signed_responses=True)).memory
    server.signer = ec.generate_private_key(ec.SECP256R1())
    spoiled = look(target_of(server, signed_responses=True), memory)
    assert codes(spoiled) == {Code.SIGNATURE_INVALID}
    assert spoiled.best is None
    server.behaviour.signs = ""
    unsigned = look(target_of(server, signed_responses=True), spoiled.memory, patience=0.4)
    assert codes(unsigned) == {Code.SIGNATURE_MISSING}
    assert unsigned.best is not None


@pytest.mark.requirement("T05")
def test_keys_that_were_handed_over_serve_without_key_establishment(server):
    keys = Keys(15, bytes(range(32)), bytes(range(32, 64)))
    cookies = tuple(server.baker.bake(15, keys.c2s, keys.s2c) for _ in range(7))
    given = Association(keys, "127.0.0.1", server.ntp_port, cookies)
    probe = look(target_of(server), Memory(given))
    assert probe.best is not None
    assert probe.is_authenticated
    assert server.establishments == 0
    assert keys.provenance != handed_over.Provenance.HANDED_OVER


@pytest.mark.requirement("T12")
def test_many_sources_are_asked_at_once_and_the_liar_is_outvoted_in_one_round():
    servers = [TimeServer().start() for _ in range(4)]
    try:
        servers[2].behaviour.offset_ns = 300 * MS
        servers[3].behaviour.drops = lambda _: True
        targets = [target_of(server, name=str(number)) for number, server in enumerate(servers)]
        probes = probing.run(targets, plan=replace(QUICK, patience=0.4))
        assert [probe.target for probe in probes] == ["0", "1", "2", "3"]
        assert codes(probes[3]) == {Code.NTP_TIMEOUT}
        claims = [
            Candidate(probe.target, probe.best.offset_ns, probe.best.root_distance_ns) for probe in probes if probe.best
        ]
        verdict = selection.select(claims)
        assert verdict.falsetickers == ("2",)
        assert verdict.offset_ns is not None
        assert verdict.bound_ns is not None
        assert abs(verdict.offset_ns) <= verdict.bound_ns
    finally:
        for server in servers:
            server.stop()


@pytest.mark.requirement("T12")
def test_each_source_trusts_only_its_own_anchors():
    one, other = Authority("One"), Authority("Other")
    with TimeServer(authority=one) as first, TimeServer(authority=other) as second:
        right = [target_of(first, name="a"), target_of(second, name="b")]
        assert all(probe.best for probe in probing.run(right, plan=QUICK))
        crossed = [replace(right[0], anchors_pem=other.pem), replace(right[1], anchors_pem=one.pem)]
        for probe in probing.run(crossed, plan=QUICK):
            assert codes(probe) == {Code.CERTIFICATE_UNTRUSTED}


def test_a_leaf_certificate_may_be_the_anchor_itself(server):
    server.identity = server.authority.issue(alone=True)
    assert look(target_of(server, anchors_pem=server.identity.certificate)).best is not None


def test_ipv6():
    if not socket.has_ipv6:
        pytest.skip("needs IPv6")
    try:
        running = TimeServer(address="::1")
    except OSError:
        pytest.skip("needs IPv6 on the loopback")
    with running:
        assert look(target_of(running)).best is not None


def test_a_fault_of_our_own_spoils_one_result_not_the_round(server, monkeypatch):
    monkeypatch.setattr(clock, "read", lambda: 1 // 0)
    assert codes(look(target_of(server))) == {Code.INTERNAL}


def test_a_clock_that_is_set_meanwhile_spoils_the_sample(server, monkeypatch):
    readings = iter(range(0, 10**9, 1_000_000))
    monkeypatch.setattr(clock, "read", lambda: Reading(next(readings) * 1_000, 0, 10))
    probe = look(target_of(server))
    assert codes(probe) == {Code.LOCAL_CLOCK_STEPPED}
    assert probe.best is None


def test_a_step_is_told_from_the_doubt_of_reading():
    before, after = Reading(1_000_000, 0, 50), Reading(2_000_000, 1_000_000, 50)
    assert clock.step_ns(before, after) == 0
    assert clock.step_ns(before, replace(after, wall_ns=2_001_000)) == 0
    assert clock.step_ns(before, replace(after, wall_ns=1_500_000)) == -500_000
    assert clock.step_ns(clock.read(), clock.read()) == 0


@pytest.mark.parametrize(
    ("ip", "inside"),
    [
        ("10.1.2.3", True),
        ("172.16.0.1", True),
        ("192.168.1.1", True),
        ("100.64.0.1", True),
        ("127.0.0.1", True),
        ("169.254.169.254", True),
        ("0.0.0.0", True),
        ("224.0.1.1", True),
        ("::1", True),
        ("fe80::1", True),
        ("fd00::1", True),
        ("::ffff:10.0.0.1", True),
        ("64:ff9b::a00:1", True),
        ("192.53.103.108", False),
        ("2a01:4f8::1", False),
    ],
)
def test_addresses_inside_are_told_from_those_outside(ip, inside, monkeypatch):
    monkeypatch.setattr(addresses, "is_own", lambda _: False)  # the tests' guard lets no socket look outside
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    assert addresses.is_inside(Address(family, ip, (ip, 123))) == inside


def test_an_own_address_is_known_by_its_route():
    assert addresses.is_own(Address(socket.AF_INET, "127.0.0.1", ("127.0.0.1", 123)))


def test_no_visit_lasts_longer_than_its_plan_allows():
    assert probing.longest(Plan()) < 60
    assert probing.longest(replace(QUICK, patience=0.1)) < 20


def test_a_context_of_trust_is_made_once():
    pem = Authority().pem
    first = tls.trust(pem, alpn=b"ntske/1", oldest=0x304)
    assert tls.trust(pem, alpn=b"ntske/1", oldest=0x304) is first


def test_names_of_targets_keep_memories_apart(server):
    memories = {"other": look(target_of(server)).memory}
    (probe,) = probing.run([target_of(server)], plan=QUICK, memories=memories)
    assert probe.establishment is not None
    assert Target("x", "h").protection == Protection.NTS
