"""What is asked of a key establishment server, and each answer that is not accepted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timesync.nts import establishment, keys
from timesync.nts.codes import Code
from timesync.nts.establishment import Agreement, Wish
from timesync.nts.failures import Failure
from timesync.nts.signed import PublicKey

NEXT, AEAD, COOKIE, END = "800100020000", "80040002000f", "0005000461626364", "80000000"
WISHES = [
    (Wish(), "800100020000" + "80040002000f" + "80000000"),
    (Wish((15, 30)), "800100020000" + "80040004000f001e" + "04000000" + "80000000"),
    (Wish(server="a.b", port=123), "800100020000" + "80040002000f" + "00060003612e62" + "00070002007b" + "80000000"),
    (Wish(public_keys=True), "800100020000" + "80040002000f" + "40000000" + "80000000"),
]
ANSWERS = [
    (Wish(), NEXT + AEAD + COOKIE + END, Agreement(15, (b"abcd",))),
    (Wish(), NEXT + "00040002000f" + COOKIE + END, Agreement(15, (b"abcd",))),  # ntpsec: not critical
    (Wish(), NEXT + AEAD + "00060003612e62" + "0007000204d2" + COOKIE + END, Agreement(15, (b"abcd",), "a.b", 1234)),
    (Wish((30,)), NEXT + "80040002001e" + "04000000" + COOKIE + END, Agreement(30, (b"abcd",), None, None, True)),
    (Wish((30,)), NEXT + "80040002001e" + COOKIE + END, Agreement(30, (b"abcd",))),
    (Wish(), NEXT + AEAD + "7fff00026869" + COOKIE + END, Agreement(15, (b"abcd",))),  # unknown, not critical
    (
        Wish(public_keys=True),
        NEXT + AEAD + "40010007" + "00010003" + "aabbcc" + COOKIE + END,
        Agreement(15, (b"abcd",), public_keys=(PublicKey(1, b"\xaa\xbb\xcc"),)),
    ),
    (Wish(), NEXT + AEAD + "40010007" + "00010003" + "aabbcc" + COOKIE + END, Agreement(15, (b"abcd",))),
]
REFUSED = [
    (NEXT + AEAD + COOKIE, Code.KE_TRUNCATED),
    (NEXT + AEAD + COOKIE + END + "00", Code.KE_TRAILING_DATA),
    ("80020002" + "0000" + END, Code.KE_ERROR_UNRECOGNIZED),
    ("80020002" + "0001" + END, Code.KE_ERROR_BAD_REQUEST),
    ("80020002" + "0002" + END, Code.KE_ERROR_INTERNAL),
    ("80020002" + "0063" + END, Code.KE_ERROR_OTHER),
    ("80020001" + "00" + END, Code.KE_MALFORMED_RECORD),
    (NEXT + AEAD + "80030002" + "0001" + COOKIE + END, Code.KE_WARNING),
    (NEXT + NEXT + AEAD + COOKIE + END, Code.KE_DUPLICATE_RECORD),
    (NEXT + AEAD + "ffff0000" + COOKIE + END, Code.KE_UNKNOWN_CRITICAL),
    (AEAD + COOKIE + END, Code.KE_NO_PROTOCOL),
    ("80010000" + AEAD + COOKIE + END, Code.KE_NO_PROTOCOL),
    ("800100020001" + AEAD + COOKIE + END, Code.KE_NO_PROTOCOL),
    ("8001000100" + AEAD + COOKIE + END, Code.KE_MALFORMED_RECORD),
    (NEXT + COOKIE + END, Code.KE_NO_AEAD),
    (NEXT + "80040000" + COOKIE + END, Code.KE_NO_AEAD),
    (NEXT + "80040004000f0010" + COOKIE + END, Code.KE_MALFORMED_RECORD),
    (NEXT + "800400020011" + COOKIE + END, Code.KE_AEAD_NOT_OFFERED),
    (NEXT + AEAD + END, Code.KE_NO_COOKIES),
    (NEXT + AEAD + "00050000" + END, Code.KE_BAD_COOKIE),
    (NEXT + AEAD + "00050400" + "61" * 1024 + END, Code.KE_BAD_COOKIE),
    (NEXT + AEAD + "00060000" + COOKIE + END, Code.KE_MALFORMED_RECORD),
    (NEXT + AEAD + "000600026100" + COOKIE + END, Code.KE_MALFORMED_RECORD),
    (NEXT + AEAD + "000700020000" + COOKIE + END, Code.KE_MALFORMED_RECORD),
    (NEXT + AEAD + "0007000101" + COOKIE + END, Code.KE_MALFORMED_RECORD),
    (NEXT + AEAD + COOKIE + "8000000100", Code.KE_MALFORMED_RECORD),
]


@pytest.mark.requirement("T02")
@pytest.mark.parametrize(("wish", "octets"), WISHES)
def test_the_request_says_exactly_what_is_wished(wish, octets):
    assert establishment.request(wish).hex() == octets


@pytest.mark.requirement("T02")
@pytest.mark.parametrize(("wish", "octets", "agreement"), ANSWERS)
def test_a_good_answer_is_read(wish, octets, agreement):
    assert establishment.accept(bytes.fromhex(octets), wish) == agreement


@pytest.mark.requirement("T02")
@pytest.mark.parametrize(("octets", "code"), REFUSED)
def test_each_bad_answer_has_its_code(octets, code):
    with pytest.raises(Failure) as raised:
        establishment.accept(bytes.fromhex(octets), Wish())
    assert raised.value.code == code


def test_a_malformed_public_key_is_refused():
    octets = NEXT + AEAD + "40010004" + "00010003" + COOKIE + END
    with pytest.raises(Failure) as raised:
        establishment.accept(bytes.fromhex(octets), Wish(public_keys=True))
    assert raised.value.code == Code.KE_MALFORMED_RECORD


def test_cookies_are_kept_once_and_eight_at_most():
    cookies = "".join(f"00050001{number:02x}" for number in [1, 1, *range(2, 14)])
    agreement = establishment.accept(bytes.fromhex(NEXT + AEAD + cookies + END), Wish())
    assert agreement.cookies == tuple(bytes([number]) for number in range(1, 9))


@pytest.mark.requirement("T04")
@pytest.mark.parametrize(
    ("agreement", "direction", "context"),
    [
        (Agreement(15, ()), keys.CLIENT_TO_SERVER, "0000000f00"),
        (Agreement(17, ()), keys.SERVER_TO_CLIENT, "0000001101"),
        (Agreement(30, (), compliant_exporter=True), keys.CLIENT_TO_SERVER, "0000001e00"),
        (Agreement(30, ()), keys.CLIENT_TO_SERVER, "0000000f00"),  # as old chrony does it
    ],
)
def test_the_exporter_context_names_protocol_algorithm_and_direction(agreement, direction, context):
    assert keys.exporter_context(agreement.exporter_aead, direction).hex() == context


@given(st.binary(max_size=60), st.booleans())
def test_any_answer_is_read_or_refused(tail, is_framed):
    octets = bytes.fromhex(NEXT + AEAD) + tail + (bytes.fromhex(COOKIE + END) if is_framed else b"")
    try:
        agreement = establishment.accept(octets, Wish())
    except Failure:
        return
    assert agreement.aead == 15
    assert agreement.cookies


def test_secrets_do_not_show():
    pair = keys.Keys(15, b"c" * 32, b"s" * 32)
    assert "ccc" not in repr(pair) + pair.id
    assert "sss" not in repr(pair) + pair.id
    assert "abcd" not in repr(Agreement(15, (b"abcd",)))
    assert pair.id != keys.Keys(15, b"c" * 32, b"t" * 32).id
