"""The published text forms: what is written is read, and nothing else is."""

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from security.keys import ed25519
from security.merkle import add_checkpoint, canonical, checkpoint, cosignature, note, policy, proof
from security.merkle.checkpoint import Checkpoint
from security.merkle.faults import Malformed, NotCanonical, NotProved
from security.merkle.note import COSIGNATURE, ED25519, Note, Vkey

PUBLISHED = json.loads((Path(__file__).parents[2] / "vectors" / "published.json").read_text())
ORIGIN = "example.org/log/audit"
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(32))
PUBLIC = PRIVATE.public_key().public_bytes_raw()
LOG = Vkey(ORIGIN, ED25519, PUBLIC)
TEXT = Checkpoint(ORIGIN, 7, b"r" * 32).text()
SIGNED = Note(TEXT, (note.sign(TEXT, LOG, PRIVATE.sign),))


def witness(number: int) -> tuple[Vkey, note.Signature]:
    private = Ed25519PrivateKey.from_private_bytes(bytes([number + 1]) * 32)
    vkey = Vkey(f"witness{number}.example", COSIGNATURE, private.public_key().public_bytes_raw())
    return vkey, note.Signature(vkey.name, vkey.id, cosignature.make(time=1_780_000_000, text=TEXT, sign=private.sign))


def test_the_example_of_signed_note() -> None:
    vkey = note.parse_vkey(PUBLISHED["note"]["vkey"])
    assert (vkey.name, vkey.id.hex(), vkey.text()) == ("example.com/foo", "530d903a", PUBLISHED["note"]["vkey"])
    parsed = note.parse(PUBLISHED["note"]["text"].encode())
    assert parsed.text == "This is an example message.\n"
    assert note.verified(parsed, [vkey], ed25519.verify) == [(vkey, parsed.signatures[0])]


def test_a_text_may_hold_empty_lines() -> None:
    text = "one\n\ntwo\n"
    made = Note(text, (note.sign(text, LOG, PRIVATE.sign),))
    assert note.parse(made.to_text().encode()) == made


WHOLE = SIGNED.to_text()
MALFORMED = {
    "no signature": TEXT + "\n",
    "no empty line": WHOLE.replace("\n\n", "\n"),
    "no last line end": WHOLE[:-1],
    "windows": WHOLE.replace("\n", "\r\n"),
    "hyphen": WHOLE.replace("— ", "- "),
    "two spaces": WHOLE.replace("— ", "—  "),
    "bad base64": WHOLE[:-3] + "!\n",
    "loose bits": WHOLE.replace("=\n", "\n") if WHOLE.endswith("=\n") else WHOLE[:-2] + "=\n",
    "tab": WHOLE.replace("7\n", "7\t\n", 1),
    "text after": WHOLE + "more\n",
    "too many": WHOLE + SIGNED.signatures[0].line() * 64,
}


@pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED)
def test_malformed_notes_are_refused(text: str) -> None:
    with pytest.raises(Malformed):
        note.parse(text.encode())


def test_signatures_count_only_when_known_and_good() -> None:
    unknown = note.Signature("stranger.example", b"abcd", b"x" * 64)
    assert len(note.verified(SIGNED.with_signatures([unknown]), [LOG], ed25519.verify)) == 1
    stripped = Note(TEXT, (unknown,))
    with pytest.raises(NotProved, match="known key"):
        note.verified(stripped, [LOG], ed25519.verify)
    with pytest.raises(NotProved, match="does not fit"):
        note.verified(Note(TEXT.replace("7", "8"), SIGNED.signatures), [LOG], ed25519.verify)
    bad = note.Signature(LOG.name, LOG.id, bytes(64))
    vkey, good = witness(1)
    with pytest.raises(NotProved):  # one bad signature by a known key spoils the note
        note.verified(Note(TEXT, (good, bad)), [LOG, vkey], ed25519.verify)
    other_id = note.Signature(LOG.name, b"\0\0\0\0", SIGNED.signatures[0].body)
    with pytest.raises(NotProved):
        note.verified(Note(TEXT, (other_id,)), [LOG], ed25519.verify)


def test_seventeen_signatures_are_read() -> None:
    witnesses = [witness(number) for number in range(16)]
    crowded = note.parse(SIGNED.with_signatures(line for _, line in witnesses).to_text().encode())
    good = note.verified(crowded, [LOG, *(vkey for vkey, _ in witnesses)], ed25519.verify)
    assert len(good) == 17


def test_a_cosignature_is_over_its_time() -> None:
    vkey, line = witness(1)
    assert cosignature.split(line.body)[0] == 1_780_000_000
    earlier = note.Signature(line.name, line.key_id, (1_700_000_000).to_bytes(8, "big") + line.body[8:])
    with pytest.raises(NotProved):
        note.verified(Note(TEXT, (earlier,)), [vkey], ed25519.verify)


def test_a_log_key_is_no_witness_key() -> None:
    """The same key under the other type has another id, so its signature is that of a stranger."""
    as_witness = Vkey(ORIGIN, COSIGNATURE, PUBLIC)
    with pytest.raises(NotProved):
        note.verified(SIGNED, [as_witness], ed25519.verify)


CHECKPOINTS = {
    "leading zero": TEXT.replace("\n7\n", "\n07\n"),
    "sign": TEXT.replace("\n7\n", "\n+7\n"),
    "space": TEXT.replace("\n7\n", "\n 7\n"),
    "underscore": TEXT.replace("\n7\n", "\n1_7\n"),
    "other digits": TEXT.replace("\n7\n", "\n٧\n"),
    "no origin": TEXT.replace(ORIGIN, ""),
    "short root": Checkpoint(ORIGIN, 7, b"r" * 31).text(),
    "windows": TEXT.replace("\n", "\r\n"),
    "no end": TEXT[:-1],
    "empty line": TEXT + "\n",
    "two lines": "a\n1\n",
}


@pytest.mark.parametrize("text", CHECKPOINTS.values(), ids=CHECKPOINTS)
def test_malformed_checkpoints_are_refused(text: str) -> None:
    with pytest.raises(Malformed):
        checkpoint.parse(text)


@given(st.integers(0, 2**63 - 1), st.binary(min_size=32, max_size=32))
def test_checkpoints_both_ways(size: int, root: bytes) -> None:
    made = Checkpoint(ORIGIN, size, root)
    assert checkpoint.parse(made.text()) == made


@given(st.integers(0, 2**40), st.lists(st.binary(min_size=32, max_size=32), max_size=63), st.none() | st.binary())
def test_proofs_both_ways(number: int, hashes: list[bytes], extra: bytes | None) -> None:
    taken = proof.TlogProof(number, tuple(hashes), SIGNED, extra)
    assert proof.parse(taken.to_text().encode()) == taken
    sent = add_checkpoint.AddCheckpoint(number, tuple(hashes), SIGNED)
    assert add_checkpoint.parse(sent.to_text().encode()) == sent


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")))
def test_other_bytes_are_refused(raw: bytes) -> None:
    for parse in (note.parse, proof.parse, add_checkpoint.parse):
        with pytest.raises(Malformed):
            parse(raw)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abcXYZ_", max_size=5), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text("abcXYZ_", max_size=6), JSON, max_size=5))
def test_canonical_bytes_both_ways(value: dict[str, object]) -> None:
    line = canonical.encode(value)
    assert canonical.decode(line) == value
    assert b"\n" not in line


@given(st.dictionaries(st.text("abc", min_size=1, max_size=3), JSON, min_size=1, max_size=4), st.data())
def test_no_second_spelling(value: dict[str, object], data: st.DataObject) -> None:
    line = canonical.encode(value)
    bit = data.draw(st.integers(0, len(line) * 8 - 1))
    changed = bytearray(line)
    changed[bit // 8] ^= 1 << bit % 8
    try:
        read = canonical.decode(bytes(changed))
    except NotCanonical:
        return
    assert canonical.encode(read) == bytes(changed)
    assert read != value


@pytest.mark.parametrize(
    "line",
    [b'{"a":1.0}', b'{"a":1e3}', b'{"a":NaN}', b'{"a":-0}', b'{"a": 1}', b'{"b":1,"a":1}', b'{"a":1,"a":1}', b"[1]",
     b'{"a":"\\u0041"}', b'{"a":"\\/"}', b'{"a":1}\n', b'\xef\xbb\xbf{"a":1}', b'{"a":9223372036854775808}', b"",
     b'{"a":"\\ud800"}', b'{"a":01}', b'{"a":"\xff"}', b'{"\xc3\xa4":1}', b"[" * 5000],
)  # fmt: skip
def test_other_spellings_are_refused(line: bytes) -> None:
    with pytest.raises(NotCanonical):
        canonical.decode(line)


def test_a_policy_asks_for_its_quorum() -> None:
    people = [witness(number) for number in range(3)]
    text = policy.write([LOG], [(f"w{n}", vkey, "") for n, (vkey, _) in enumerate(people)], quorum=2)
    trusted = policy.parse(text.encode())
    assert trusted.keys_for(ORIGIN) == [LOG]
    assert not trusted.quorum_reached([people[0][0], people[0][0]])
    assert trusted.quorum_reached([people[0][0], people[2][0]])
    assert not trusted.quorum_reached([LOG, people[1][0]])
    assert policy.parse(text.replace("\n", "\r\n").encode()).quorum_reached([one for one, _ in people])


KEY, WITNESS = LOG.text(), witness(0)[0].text()
POLICIES = {
    "no quorum": f"log {KEY}\n",
    "two quorums": "quorum none\nquorum none\n",
    "unknown word": f"logs {KEY}\nquorum none\n",
    "witness as log": f"log {WITNESS}\nquorum none\n",
    "log as witness": f"witness a {KEY}\nquorum none\n",
    "twice the log": f"log {KEY}\nlog {KEY}\nquorum none\n",
    "named none": f"witness none {WITNESS}\nquorum none\n",
    "group before": f"group g 1 a\nwitness a {WITNESS}\nquorum g\n",
    "threshold 0": f"witness a {WITNESS}\ngroup g 0 a\nquorum g\n",
    "threshold 2 of 1": f"witness a {WITNESS}\ngroup g 2 a\nquorum g\n",
    "member twice": f"witness a {WITNESS}\ngroup g 1 a a\nquorum g\n",
    "unknown quorum": "quorum everybody\n",
    "empty group": f"witness a {WITNESS}\ngroup g all\nquorum g\n",
    "bare group": "group\nquorum none\n",
    "bare witness": "witness\nquorum none\n",
    "control": "quorum none\x00\n",
}


@pytest.mark.parametrize("text", POLICIES.values(), ids=POLICIES)
def test_unclear_policies_are_refused(text: str) -> None:
    with pytest.raises(Malformed):
        policy.parse(text.encode())
