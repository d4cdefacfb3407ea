"""Requests and replies of NTP under NTS: the right reply is accepted, each wrong one has its code."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sim import siv
from timesync.nts import aead, fields, packet, query
from timesync.nts.codes import Code
from timesync.nts.failures import Failure
from timesync.nts.fields import Field, FieldType
from timesync.nts.packet import Mode, Packet
from timesync.nts.query import Entropy

C2S, S2C = bytes(range(32)), bytes(range(100, 132))
ENTROPY = Entropy.of(bytes(range(1, 65)))
COOKIE = b"k" * 100
PACKETS = [
    ("23" + "000020" + "00" * 44, Packet(Mode.CLIENT, precision=32)),
    (
        "240100e7" + "00000001" + "00000002" + "50544200" + "01" * 8 + "02" * 8 + "03" * 8 + "04" * 8,
        Packet(4, 0, 4, 1, 0, -25, 1, 2, b"PTB\0", *[int(f"{n:02x}" * 8, 16) for n in (1, 2, 3, 4)]),
    ),
    ("e4" + "00" * 11 + "494e4954" + "00" * 32, Packet(4, 3, refid=b"INIT")),
]


def ask(**options):
    return query.protected(ENTROPY, cookie=COOKIE, cipher=aead.cipher(15, C2S), **options)


def answer(asked, *, header=None, cookies=(b"n" * 100,), identifier=None, key=S2C, outside=b"", after=b"") -> bytes:
    """A server's reply, sealed by the second implementation of AES-SIV."""
    header = header or Packet(Mode.SERVER, stratum=1, refid=b"PTB\0", origin=asked.transmit, receive=7, transmit=8)
    identifier = asked.identifier if identifier is None else identifier
    body = packet.encode(header) + struct.pack("!HH", 0x0104, 36) + identifier + outside
    inside = b"".join(struct.pack("!HH", 0x0204, 4 + len(cookie)) + cookie for cookie in cookies)
    sealed = siv.seal(key, [body, bytes(16)], inside)
    length = 4 + 4 + 16 + len(sealed)
    return body + struct.pack("!HHHH", 0x0404, length, 16, len(sealed)) + bytes(16) + sealed + after


def refused(asked, datagram) -> Code:
    with pytest.raises(Failure) as raised:
        query.read(asked, datagram, aead.cipher(15, S2C))
    return raised.value.code


@pytest.mark.parametrize(("octets", "header"), PACKETS)
def test_headers_both_ways(octets, header):
    assert packet.decode(bytes.fromhex(octets)) == header
    assert packet.encode(header).hex() == octets


@pytest.mark.requirement("T07")
def test_a_request_can_be_opened_by_a_server_and_gives_nothing_away():
    asked = ask(placeholders=3)
    header, rest = asked.request[:48], asked.request[48:]
    assert header.hex() == "23000020" + "00" * 36 + bytes(range(1, 9)).hex()
    assert rest[:36] == bytes.fromhex("01040024") + ENTROPY.identifier
    assert rest[36:140] == bytes.fromhex("02040068") + COOKIE
    assert rest[140:452] == (bytes.fromhex("03040068") + bytes(100)) * 3
    assert rest[452:460].hex() == "0404002800100010"
    assert siv.unseal(C2S, [asked.request[: 48 + 452], ENTROPY.nonce], rest[476:]) == b""
    assert [len(ask(placeholders=number).request) for number in (0, 7)] == [228, 956]


@pytest.mark.requirement("T08")
def test_the_right_reply_is_accepted():
    asked = ask()
    reply = query.read(asked, answer(asked), aead.cipher(15, S2C))
    assert reply.is_authenticated
    assert not reply.is_interleaved
    assert reply.cookies == (b"n" * 100,)
    assert (reply.packet.receive, reply.packet.transmit) == (7, 8)


@pytest.mark.requirement("T08")
@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda asked: b"", Code.REPLY_MALFORMED),
        (lambda asked: answer(asked)[:-1], Code.REPLY_MALFORMED),
        (lambda asked: answer(asked, header=Packet(Mode.CLIENT)), Code.REPLY_WRONG_MODE),
        (lambda asked: answer(asked, header=Packet(Mode.SERVER, version=3)), Code.REPLY_WRONG_MODE),
        (lambda asked: answer(asked, header=Packet(Mode.SERVER, stratum=1, origin=5)), Code.REPLY_WRONG_ORIGIN),
        (lambda asked: answer(asked, identifier=bytes(32)), Code.REPLY_WRONG_IDENTIFIER),
        (lambda asked: answer(asked, outside=struct.pack("!HH", 0x0104, 36) + bytes(32)), Code.REPLY_WRONG_IDENTIFIER),
        (lambda asked: answer(asked)[:48], Code.REPLY_WRONG_IDENTIFIER),
        (lambda asked: answer(asked)[:84], Code.REPLY_NOT_AUTHENTICATED),
        (lambda asked: answer(asked, key=C2S), Code.AUTHENTICATION_FAILED),
        (lambda asked: answer(asked, cookies=[b"n" * 100, b"m" * 100]), Code.REPLY_TOO_LARGE),
    ],
)
def test_each_wrong_reply_has_its_code(spoil, code):
    asked = ask()
    assert refused(asked, spoil(asked)) == code


@pytest.mark.requirement("T08")
@given(data=st.data())
def test_one_flipped_bit_is_always_noticed(data):
    asked = ask()
    datagram = bytearray(answer(asked))
    datagram[data.draw(st.integers(0, len(datagram) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    assert refused(asked, bytes(datagram)) in set(Code)


@pytest.mark.requirement("T09")
@pytest.mark.parametrize(
    ("refid", "leap", "code"),
    [
        (b"NTSN", 3, Code.NTS_NAK),
        (b"RATE", 3, Code.KISS_FORGED),
        (b"DENY", 3, Code.KISS_FORGED),
        (b"PTB\0", 0, Code.REPLY_NOT_AUTHENTICATED),
    ],
)
def test_an_unauthenticated_kiss_is_a_hint_at_most(refid, leap, code):
    asked = ask()
    header = Packet(Mode.SERVER, leap, stratum=0, refid=refid, origin=asked.transmit)
    assert refused(asked, answer(asked, header=header)[:84]) == code


def test_only_cookies_that_came_encrypted_count_and_no_more_than_asked_for():
    asked = ask(placeholders=2)
    outside = fields.encode(Field(FieldType.COOKIE, b"o" * 100))
    datagram = answer(asked, cookies=[b"1" * 24, b"1" * 24, b"2" * 24, b"3" * 24, b"4" * 24], outside=outside)
    assert query.read(asked, datagram, aead.cipher(15, S2C)).cookies == (b"1" * 24, b"2" * 24, b"3" * 24)


def test_an_interleaved_reply_is_told_from_a_basic_one():
    asked = ask(previous_receive=77)
    assert packet.decode(asked.request).origin == 77
    header = Packet(Mode.SERVER, stratum=1, origin=asked.interleaved, receive=1, transmit=1)
    assert query.read(asked, answer(asked, header=header), aead.cipher(15, S2C)).is_interleaved
    assert not query.read(asked, answer(asked), aead.cipher(15, S2C)).is_interleaved
    assert refused(ask(), answer(asked, header=header)) == Code.REPLY_WRONG_ORIGIN


def test_a_plain_reply_says_that_it_is_not_authenticated():
    asked = query.plain(ENTROPY)
    assert len(asked.request) == 48
    header = Packet(Mode.SERVER, stratum=2, origin=asked.transmit, receive=1, transmit=1)
    assert not query.read(asked, packet.encode(header), None).is_authenticated


@pytest.mark.parametrize("length", [1, 100, 104, 136, 168, 500, 896])
def test_no_request_outgrows_the_smallest_ipv6_packet(length):
    cookie = b"k" * length
    placeholders = min(query.room_for_placeholders(cookie), 7)
    asked = query.protected(
        ENTROPY, cookie=cookie, cipher=aead.cipher(15, C2S), placeholders=placeholders, signed_with=1
    )
    assert len(asked.request) <= query.MAX_REQUEST


@settings(max_examples=300)
@given(st.binary(max_size=200), st.sampled_from([0, 48, 84]))
def test_any_datagram_is_read_or_refused(noise, kept):
    asked = ask()
    assert refused(asked, answer(asked)[:kept] + noise) in set(Code)


@given(st.lists(st.builds(Field, st.integers(0, 0xFFFF), st.binary(min_size=12, max_size=40)), max_size=5))
def test_fields_that_we_write_we_read(written):
    read = fields.decode(b"".join(map(fields.encode, written)))
    assert [field.type for field in read] == [field.type for field in written]
    for ours, theirs in zip(written, read, strict=True):
        assert theirs.body.rstrip(b"\0") == ours.body.rstrip(b"\0")
        assert (len(theirs.body) + 4) % 4 == 0


@given(st.binary(max_size=64))
def test_other_fields_are_refused_or_stay_what_they_are(data):
    try:
        read = fields.decode(data)
    except Failure:
        return
    assert b"".join(map(fields.encode, read)) == data


def test_entropy_never_means_unknown():
    assert Entropy.of(bytes(Entropy.LENGTH)).transmit != Entropy.of(bytes(Entropy.LENGTH)).receive
    assert 0 not in (Entropy.of(bytes(Entropy.LENGTH)).transmit, Entropy.of(bytes(Entropy.LENGTH)).receive)
