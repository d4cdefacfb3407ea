from urllib.parse import quote_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stations.ocpp.identity import MAX_IDENTITY, BadPath, identity_from

PATHS = [
    (b"/ocpp/CP001", "CP001"),
    (b"/ocpp/RDAM%20123", "RDAM 123"),
    (b"/ocpp/RDAM%20123/", "RDAM 123"),
    (b"/ocpp/caf%C3%A9", "café"),
    (b"/ocpp/caf%c3%a9", "café"),
    (b"/ocpp/DE*ABC*E0001", "DE*ABC*E0001"),
    (b"/ocpp/a:b", "a:b"),
    (b"/ocpp/a%2Fb", "a/b"),
    (b"/ocpp/100%2525", "100%25"),
    (b"/ocpp/a+b", "a+b"),
    (b"/ocpp/" + b"x" * MAX_IDENTITY, "x" * MAX_IDENTITY),
]
BAD = [
    b"/",
    b"/ocpp",
    b"/ocpp/",
    b"/ocpp//",
    b"/ocpp/CP001//",
    b"/ocpp/a/b",
    b"/other/CP001",
    b"/ocppCP001",
    b"/ocpp/%zz",
    b"/ocpp/a%2",
    b"/ocpp/a%",
    b"/ocpp/%C3",
    b"/ocpp/\xc3",
    b"/ocpp/a%00",
    b"/ocpp/a%0A",
    b"/ocpp/a%E2%80%AEb",
    b"/ocpp/a%EF%BB%BF",
    b"/ocpp/" + b"x" * (MAX_IDENTITY + 1),
]


@pytest.mark.requirement("J01")
@pytest.mark.parametrize(("path", "identity"), PATHS)
def test_the_identity_is_the_last_segment_decoded_once(path: bytes, identity: str) -> None:
    assert identity_from(path) == identity


@pytest.mark.requirement("J01")
def test_the_published_example() -> None:
    assert identity_from(b"/webServices/ocpp/CP3211", endpoint=b"/webServices/ocpp") == "CP3211"


@pytest.mark.parametrize("path", BAD)
def test_other_paths_name_nobody(path: bytes) -> None:
    with pytest.raises(BadPath):
        identity_from(path)


@pytest.mark.requirement("J01")
@given(st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=MAX_IDENTITY))
def test_every_encoded_identity_comes_back(identity: str) -> None:
    assert identity_from(b"/ocpp/" + quote_from_bytes(identity.encode(), safe="").encode()) == identity
