"""NTS-KE records: bytes and records, both ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timesync.nts import records
from timesync.nts.codes import Code
from timesync.nts.failures import Failure
from timesync.nts.records import Record, RecordType

MESSAGES = [
    ("80000000", (Record(0, critical=True),)),
    (
        "8001000200008004000400" + "0f001e" + "80000000",
        (Record(1, b"\0\0", critical=True), Record(4, b"\0\x0f\0\x1e", critical=True), Record(0, critical=True)),
    ),
    ("00050003010203" + "00000000", (Record(5, b"\1\2\3"), Record(0))),
    ("40000000" + "80000000", (Record(16384), Record(0, critical=True))),
]

record = st.builds(Record, st.integers(1, 0x7FFF), st.binary(max_size=40), critical=st.booleans())


@pytest.mark.parametrize(("octets", "message"), MESSAGES)
def test_both_ways(octets, message):
    assert records.decode(bytes.fromhex(octets)) == message
    assert records.encode(message).hex() == octets


@given(st.lists(record, max_size=12))
def test_what_we_write_we_read(message):
    assert records.decode(records.encode([*message, records.END])) == (*message, records.END)


@given(st.lists(record, max_size=6), st.data())
def test_a_part_is_never_taken_for_the_whole(message, data):
    whole = records.encode([*message, records.END])
    part = whole[: data.draw(st.integers(0, len(whole) - 1))]
    assert records.message_length(part) is None
    with pytest.raises(Failure) as raised:
        records.decode(part)
    assert raised.value.code == Code.KE_TRUNCATED


def test_what_follows_the_end_is_refused():
    with pytest.raises(Failure) as raised:
        records.decode(records.encode([records.END]) + b"x")
    assert raised.value.code == Code.KE_TRAILING_DATA


@pytest.mark.parametrize("endless", [b"\x40\x00\xff\xff", b"\0\x05\0\0" * 4097, b"\0\x05\xff\xff" + bytes(16381)])
def test_an_endless_answer_is_cut_off(endless):
    with pytest.raises(Failure) as raised:
        records.message_length(endless)
    assert raised.value.code == Code.KE_OVERSIZE


def test_a_list_of_words_has_no_half_word():
    assert records.words(b"\0\x0f\0\x1e", record=4) == (15, 30)
    assert records.of_words(RecordType.AEAD, 15, 30) == Record(4, b"\0\x0f\0\x1e")
    with pytest.raises(Failure) as raised:
        records.words(b"\0\x0f\0", record=4)
    assert raised.value.code == Code.KE_MALFORMED_RECORD
