"""Damaged and made-up KE messages and NTP replies: each is read or refused with a code, none crashes.

`make test` runs a few thousand, `make soak` a million. The inputs are real messages with damage, since pure noise
hardly ever gets past the first check.
"""

import random
from collections import Counter
from collections.abc import Callable

import pytest

from tests.timesync.nts.test_establishment import ANSWERS
from tests.timesync.nts.test_query import S2C, answer, ask
from timesync.nts import aead, establishment, fields, measure, packet, query
from timesync.nts.establishment import Wish
from timesync.nts.failures import Failure
from timesync.nts.packet import Packet

KE_SEEDS = [bytes.fromhex(octets) for _, octets, _ in ANSWERS]
WISH = Wish((15, 16, 17, 30), public_keys=True)


def damaged(message: bytes, dice: random.Random) -> bytes:
    spoiled = bytearray(message)
    for _ in range(dice.randint(1, 4)):
        place = dice.randrange(len(spoiled) + 1)
        match dice.randrange(5):
            case 0 if spoiled:
                spoiled[place % len(spoiled)] ^= 1 << dice.randrange(8)
            case 1:
                spoiled[place:place] = dice.randbytes(dice.randint(1, 8))
            case 2:
                del spoiled[place : place + dice.randint(1, 8)]
            case 3:
                spoiled[place:place] = spoiled[dice.randrange(len(spoiled) + 1) :][:40]
            case _:
                spoiled[place : place + 2] = dice.choice([b"\0\0", b"\xff\xff", b"\x80\0", b"\0\x04"])
    return bytes(spoiled)


def run(count: int) -> Counter[str]:
    dice, seen = random.Random(8915), Counter[str]()
    asked, cipher = ask(placeholders=2, signed_with=7), aead.cipher(15, S2C)
    reply = answer(asked)
    plain = query.plain(query.Entropy.of(bytes(64)))
    header = packet.encode(Packet(4, stratum=1, origin=plain.transmit, receive=1 << 60, transmit=1 << 60))
    attempts: list[Callable[[], object]] = [
        lambda: establishment.accept(damaged(dice.choice(KE_SEEDS), dice), WISH),
        lambda: query.read(asked, damaged(reply, dice), cipher),
        lambda: query.read(asked, reply[:84] + sealed(reply[:84], damaged(reply[60:120], dice)), cipher),
        lambda: measure.check_header(query.read(plain, damaged(header, dice), None).packet, measure.Limits()),
    ]
    for number in range(count):
        try:
            attempts[number % len(attempts)]()
            seen["accepted"] += 1
        except Failure as failure:
            seen[failure.code] += 1
    return seen


def sealed(head: bytes, inside: bytes) -> bytes:
    """An authenticator that is right, around whatever a faulty server may have put inside."""
    return fields.encode(fields.authenticator(aead.cipher(15, S2C), associated=head, nonce=bytes(16), plaintext=inside))


def test_some_thousand_damaged_messages():
    seen = run(6_000)
    assert seen.total() == 6_000
    assert len(seen) > 15, seen  # the damage reaches deep, not only the first check


@pytest.mark.soak
def test_a_million_damaged_messages():
    seen = run(1_000_000)
    assert seen.total() == 1_000_000
    assert len(seen) > 20, seen
