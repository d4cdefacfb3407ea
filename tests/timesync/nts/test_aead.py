"""The AEAD algorithms against their published vectors, and against a second implementation."""

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st

from tests.sim import siv
from timesync.nts import aead
from timesync.nts.codes import Code
from timesync.nts.failures import Failure

RFC5297 = [
    (
        "fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
        ["101112131415161718191a1b1c1d1e1f2021222324252627"],
        "112233445566778899aabbccddee",
        "85632d07c6e8f37f950acd320a2ecc9340c02b9690c4dc04daef7f6afe5c",
    ),
    (
        "7f7e7d7c7b7a79787776757473727170404142434445464748494a4b4c4d4e4f",
        [
            "00112233445566778899aabbccddeeffdeaddadadeaddadaffeeddccbbaa99887766554433221100",
            "102030405060708090a0",
            "09f911029d74e35bd84156c5635688c0",
        ],
        "7468697320697320736f6d6520706c61696e7465787420746f20656e6372797074207573696e67205349562d414553",
        "7bdb6e3b432667eb06f4d14bff2fbd0fcb900f2fddbe404326601965c889bf17"
        "dba77ceb094fa663b7a3f748ba8af829ea64ad544a272e9c485b62a3fd5c0d",
    ),
]
RFC8452 = [  # key, nonce, associated, plaintext, result (appendix C.1)
    ("01" + "00" * 15, "03" + "00" * 11, "", "", "dc20e2d83f25705bb49e439eca56de25"),
    ("01" + "00" * 15, "03" + "00" * 11, "", "0100000000000000", "b5d839330ac7b786578782fff6013b815b287c22493a364c"),
    ("01" + "00" * 15, "03" + "00" * 11, "01", "0200000000000000", "1e6daba35669f4273b0a1a2560969cdf790d99759abd1508"),
]
SIV_NUMBERS = [15, 16, 17]


@pytest.mark.parametrize(("key", "strings", "plaintext", "sealed"), RFC5297)
def test_the_second_implementation_meets_rfc_5297_both_ways(key, strings, plaintext, sealed):
    key, strings = bytes.fromhex(key), [bytes.fromhex(string) for string in strings]
    assert siv.seal(key, strings, bytes.fromhex(plaintext)).hex() == sealed
    assert siv.unseal(key, strings, bytes.fromhex(sealed)).hex() == plaintext


@pytest.mark.parametrize(("key", "nonce", "associated", "plaintext", "sealed"), RFC8452)
def test_aes_gcm_siv_meets_rfc_8452_both_ways(key, nonce, associated, plaintext, sealed):
    if not aead.is_available(aead.AES_128_GCM_SIV):
        pytest.skip("this OpenSSL has no AES-GCM-SIV")
    cipher = aead.cipher(aead.AES_128_GCM_SIV, bytes.fromhex(key))
    nonce, associated = bytes.fromhex(nonce), bytes.fromhex(associated)
    assert cipher.seal(bytes.fromhex(plaintext), associated=associated, nonce=nonce).hex() == sealed
    assert cipher.open(bytes.fromhex(sealed), associated=associated, nonce=nonce).hex() == plaintext


@pytest.mark.requirement("T07")
@pytest.mark.parametrize("number", SIV_NUMBERS)
@given(data=st.data())
def test_both_implementations_agree(number, data):
    size = aead.ALGORITHMS[number].key_length
    key, nonce = data.draw(st.binary(min_size=size, max_size=size)), data.draw(st.binary(min_size=16, max_size=16))
    associated, plaintext = data.draw(st.binary(min_size=1, max_size=80)), data.draw(st.binary(max_size=80))
    sealed = aead.cipher(number, key).seal(plaintext, associated=associated, nonce=nonce)
    assert sealed == siv.seal(key, [associated, nonce], plaintext)
    assert aead.cipher(number, key).open(sealed, associated=associated, nonce=nonce) == plaintext


@pytest.mark.parametrize("number", [*SIV_NUMBERS, 30])
@given(place=st.integers(0, 20), bit=st.integers(0, 7))
def test_one_flipped_bit_anywhere_is_noticed(number, place, bit):
    size = aead.ALGORITHMS[number]
    cipher = aead.cipher(number, bytes(range(size.key_length)))
    nonce = bytes(size.nonce_length)
    sealed = bytearray(cipher.seal(b"hello", associated=b"head", nonce=nonce))
    sealed[place] ^= 1 << bit
    with pytest.raises(Failure) as raised:
        cipher.open(bytes(sealed), associated=b"head", nonce=nonce)
    assert raised.value.code == Code.AUTHENTICATION_FAILED


@given(st.binary(max_size=40))
def test_the_second_implementation_opens_no_noise(noise):
    with pytest.raises(InvalidTag):
        siv.unseal(bytes(32), [b"head"], noise.ljust(16, b"\1"))


@pytest.mark.parametrize(("number", "length"), [(15, 31), (15, 0), (1, 16), (30, 32)])
def test_a_key_of_the_wrong_kind_is_refused(number, length):
    with pytest.raises(Failure) as raised:
        aead.cipher(number, bytes(length))
    assert raised.value.code == Code.KEYS_UNUSABLE
    assert not aead.is_available(1)
