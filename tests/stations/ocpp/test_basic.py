from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stations.ocpp.basic import BadCredentials, Presented, parse

KEY = bytes(range(236, 256))  # 20 bytes that are no UTF-8


def header(pair: bytes, scheme: bytes = b"Basic") -> bytes:
    return scheme + b" " + b64encode(pair)


GOOD = [
    (header(b"AL1000:" + KEY), "AL1000", KEY),
    (header(b"AL1000:" + KEY, b"basic"), "AL1000", KEY),
    (b"  BASIC   " + b64encode(b"AL1000:" + KEY) + b" ", "AL1000", KEY),
    (header(b"a:b:se:cret"), "a:b", b"se:cret"),
    (header("café:x".encode()), "café", b"x"),
    (header(b"AL1000:a:"), "AL1000", b"a:"),
]
BAD = [
    (None, BadCredentials.MISSING),
    (b"", BadCredentials.NOT_BASIC),
    (b"Bearer abc", BadCredentials.NOT_BASIC),
    (b"Basic !!!", BadCredentials.NOT_BASE64),
    (b"Basic " + b64encode(b"AL1000:x")[:-1], BadCredentials.NOT_BASE64),
    (header(b"AL1001:" + KEY), BadCredentials.OTHER_USER),
    (header(b"al1000:" + KEY), BadCredentials.OTHER_USER),
    (header(b"AL1000"), BadCredentials.OTHER_USER),
    (header(b":" + KEY), BadCredentials.OTHER_USER),
    (header(b"AL1000:"), BadCredentials.NO_KEY),
]


@pytest.mark.requirement("J15")
@pytest.mark.parametrize(("given_header", "identity", "key"), GOOD)
def test_good_headers(given_header: bytes, identity: str, key: bytes) -> None:
    assert parse(given_header, identity=identity) == Presented(identity, key)


@pytest.mark.requirement("J15")
@pytest.mark.parametrize(("given_header", "reason"), BAD)
def test_bad_headers(given_header: bytes | None, reason: BadCredentials) -> None:
    assert parse(given_header, identity="AL1000") is reason


@pytest.mark.requirement("J15")
def test_a_hexadecimal_key_may_be_meant_either_way() -> None:
    written = KEY.hex().encode()
    assert Presented("x", written).keys() == (written, KEY)
    assert Presented("x", written.upper()).keys() == (written.upper(), KEY)
    assert Presented("x", KEY).keys() == (KEY,)
    assert Presented("x", written[:-1] + b"g").keys() == (written[:-1] + b"g",)


def test_a_station_may_be_excused_its_user_name() -> None:
    assert parse(header(b"admin:a:b"), identity="AL1000", any_user=True) == Presented("admin", b"a:b")
    assert parse(header(b":a"), identity="AL1000", any_user=True) == Presented("", b"a")
    assert parse(header(b"x"), identity="AL1000", any_user=True) is BadCredentials.NO_KEY


def test_the_key_is_not_in_the_repr() -> None:
    assert "secret" not in repr(Presented("x", b"secret"))


@pytest.mark.requirement("J15")
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.binary(min_size=1))
def test_any_identity_and_any_key(identity: str, key: bytes) -> None:
    assert parse(header(identity.encode() + b":" + key), identity=identity) == Presented(identity, key)
