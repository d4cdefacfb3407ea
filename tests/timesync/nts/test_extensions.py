"""Signed responses, handed-over keys, and what a client keeps between two queries."""

import struct
from base64 import b64encode

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from timesync.nts import association, handed_over, signed
from timesync.nts.association import Association
from timesync.nts.codes import Code
from timesync.nts.explanations import EXPLANATIONS
from timesync.nts.failures import Failure
from timesync.nts.keys import Keys, Provenance
from timesync.nts.signed import PublicKey

SIGNER = ec.derive_private_key(0xC0FFEE, ec.SECP256R1())
POINT = SIGNER.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
SPKI = SIGNER.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
DATAGRAM = bytes(range(200))
KEYS = Keys(15, bytes(32), bytes(range(32)))


def appendix(datagram: bytes = DATAGRAM, *, key_id: int = 7) -> bytes:
    signature = SIGNER.sign(datagram, ec.ECDSA(hashes.SHA256()))
    body = struct.pack("!HH", key_id, len(signature)) + signature
    body += bytes(-len(body) % 4)
    return struct.pack("!HH", 0xFF02, 4 + len(body)) + body


@pytest.mark.requirement("T03")
@pytest.mark.parametrize("key", [POINT, SPKI])
def test_a_signed_response_is_verified_and_kept(key):
    checked = signed.verify(DATAGRAM, appendix(), [PublicKey(1, b"other"), PublicKey(7, key)])
    assert (checked.key_id, checked.signed_part) == (7, DATAGRAM)
    SIGNER.public_key().verify(checked.signature, checked.signed_part, ec.ECDSA(hashes.SHA256()))


@pytest.mark.requirement("T03")
@pytest.mark.parametrize(
    ("datagram", "tail", "code"),
    [
        (DATAGRAM, b"", Code.SIGNATURE_MISSING),
        (DATAGRAM, bytes.fromhex("04040010") + bytes(12), Code.SIGNATURE_MISSING),
        (DATAGRAM, appendix(key_id=8), Code.SIGNATURE_KEY_UNKNOWN),
        (DATAGRAM + b"x", appendix(), Code.SIGNATURE_INVALID),
        (DATAGRAM, appendix() + b"more", Code.SIGNATURE_INVALID),
        (DATAGRAM, appendix()[:40], Code.SIGNATURE_INVALID),
        (DATAGRAM, bytes.fromhex("ff020010" + "00070002" + "3006") + bytes(6), Code.SIGNATURE_INVALID),
    ],
)
def test_each_bad_signature_has_its_code(datagram, tail, code):
    with pytest.raises(Failure) as raised:
        signed.verify(datagram, tail, [PublicKey(7, POINT)])
    assert raised.value.code == code


@pytest.mark.parametrize("key", [b"", b"\x04junk", b"junk", SPKI[:-1]])
def test_a_key_that_is_none_proves_nothing(key):
    with pytest.raises(Failure) as raised:
        signed.verify(DATAGRAM, appendix(), [PublicKey(7, key)])
    assert raised.value.code == Code.SIGNATURE_INVALID


def server_info(**changes):
    cookies = [b64encode(bytes([number]) * 100).decode() for number in range(4)]
    return {
        "c2sKey": b64encode(bytes(32)).decode(),
        "s2cKey": b64encode(bytes(range(32))).decode(),
        "aeadAlgorithm": 15,
        "cookies": cookies,
        "urls": ["udp://time.example:1234", "udp://[2001:db8::1]"],
        "publicKeys": [b64encode(struct.pack("!HH", 7, len(POINT)) + POINT).decode()],
    } | changes


@pytest.mark.requirement("T05")
def test_handed_over_keys_become_associations_that_share_no_cookie():
    first, second = handed_over.read(server_info())
    assert (first.host, first.port, second.host, second.port) == ("time.example", 1234, "2001:db8::1", 123)
    assert first.keys.provenance == Provenance.HANDED_OVER
    assert first.public_keys == (PublicKey(7, POINT),)
    assert not set(first.cookies) & set(second.cookies)
    assert len(first.cookies) == len(second.cookies) == 2


@pytest.mark.requirement("T05")
@pytest.mark.parametrize(
    "changes",
    [
        {"c2sKey": "AAAA"},
        {"s2cKey": "no base64!"},
        {"aeadAlgorithm": 1},
        {"cookies": []},
        {"cookies": [""]},
        {"cookies": None},
        {"urls": []},
        {"urls": ["http://time.example"]},
        {"urls": ["udp://"]},
        {"urls": ["udp://a:99999"]},
        {"publicKeys": ["AAcAAQ=="]},
    ],
)
def test_unusable_handed_over_keys_are_refused(changes):
    with pytest.raises(Failure) as raised:
        handed_over.read(server_info(**changes))
    assert raised.value.code == Code.KEYS_UNUSABLE


@pytest.mark.requirement("T06")
def test_a_cookie_is_used_once_and_asked_for_again():
    store = Association(KEYS, "h", 123, tuple(bytes([number]) * 100 for number in range(8)))
    used = []
    for _ in range(8):
        cookie, store = store.take_cookie()
        used.append(cookie)
        assert store.placeholders(cookie) == 7 - len(store.cookies)
    assert len(set(used)) == 8
    with pytest.raises(Failure) as raised:
        store.take_cookie()
    assert raised.value.code == Code.COOKIES_USED_UP
    assert len(store.add_cookies(tuple(bytes([number]) for number in range(12))).cookies) == 8
    assert store.add_cookies((b"a", b"a")).cookies == (b"a",)


@pytest.mark.requirement("T06")
@given(st.lists(st.binary(min_size=1, max_size=200), max_size=8, unique=True), st.integers(1, 65535))
def test_what_is_stored_comes_back(cookies, port):
    kept = Association(KEYS, "time.example", port, tuple(cookies), (PublicKey(7, POINT),))
    assert association.load(association.dump(kept)) == kept
    assert "AAAA" not in repr(kept)


@pytest.mark.parametrize("stored", [b"", b"{}", b"[]", b"null", b'{"aead": 15}', b"\xff"])
def test_other_bytes_are_no_association(stored):
    with pytest.raises(Failure) as raised:
        association.load(stored)
    assert raised.value.code == Code.KEYS_UNUSABLE


def test_every_code_is_explained_and_no_two_alike():
    assert set(EXPLANATIONS) == set(Code)
    assert len(Code) >= 30
    texts = [explanation.text for explanation in EXPLANATIONS.values()]
    assert len(set(texts)) == len(texts)
    assert all(explanation.remedy.endswith(".") for explanation in EXPLANATIONS.values())
    assert str(Failure(Code.KISS_RATE, kiss="RATE")) == "kiss-rate: kiss=RATE"
    assert str(Failure(Code.NTS_NAK)) == "nts-nak"
