"""Wait for the reply to one query. A datagram that is not it is kept as evidence, and the wait goes on: whoever can
send a forged one first must not be able to keep the true one out."""

import asyncio
from dataclasses import dataclass

from timesync.client.lines import Arrival, Line
from timesync.client.results import Dropped, Trouble
from timesync.nts import query, signed
from timesync.nts.aead import Cipher
from timesync.nts.codes import Code
from timesync.nts.failures import Failure
from timesync.nts.query import Query, Reply
from timesync.nts.signed import PublicKey, Signature

GRACE = 0.1  # seconds that a true reply still has after a hint that none will come
MOST_DROPPED = 32  # kept as evidence; the rest of a flood is only waited out
HINTS = (Code.NTS_NAK, Code.NTP_REFUSED)  # anybody could have sent these


@dataclass(frozen=True, slots=True)
class Heard:
    """`reply` and `arrival` are None if none came; then `trouble` tells why."""

    reply: Reply | None = None
    arrival: Arrival | None = None
    dropped: tuple[Dropped, ...] = ()
    trouble: Trouble | None = None


async def listen(line: Line, asked: Query, cipher: Cipher | None, *, patience: float, seen: set[bytes]) -> Heard:
    """`seen` are the replies accepted so far, so that a replay is called one."""
    loop = asyncio.get_running_loop()
    until = loop.time() + patience
    dropped: list[Dropped] = []
    while True:
        arrival = None
        try:
            arrival = await line.receive(until=until)
            if arrival is None:
                return Heard(dropped=tuple(dropped), trouble=_why(dropped))
            reply = _read(asked, arrival, cipher, seen)
        except ConnectionResetError:
            return Heard(dropped=tuple(dropped), trouble=Trouble(Code.TLS_CLOSED))
        except OSError as error:
            _note(dropped, b"", Failure(_refusal(error), errno=error.errno or 0))
            until = min(until, loop.time() + GRACE)
        except Failure as failure:
            _note(dropped, arrival.datagram if arrival else b"", failure)
            if failure.code in HINTS:
                until = min(until, loop.time() + GRACE)
        else:
            seen.add(arrival.datagram)
            return Heard(reply, arrival, tuple(dropped))


def _read(asked: Query, arrival: Arrival, cipher: Cipher | None, seen: set[bytes]) -> Reply:
    if arrival.datagram in seen:
        raise Failure(Code.REPLY_REPLAYED)
    return query.read(asked, arrival.datagram, cipher)


def _refusal(error: OSError) -> Code:
    return Code.NTP_REFUSED if isinstance(error, ConnectionRefusedError) else Code.UNREACHABLE


def _note(dropped: list[Dropped], datagram: bytes, failure: Failure) -> None:
    if len(dropped) < MOST_DROPPED:
        dropped.append(Dropped(datagram, Trouble.of(failure)))


def _why(dropped: list[Dropped]) -> Trouble:
    """The most telling of what came instead of a reply."""
    for one in dropped:
        if one.trouble.code in HINTS:
            return one.trouble
    return dropped[-1].trouble if dropped else Trouble(Code.NTP_TIMEOUT)


async def hear_signature(line: Line, reply: Reply, keys: tuple[PublicKey, ...], *, patience: float) -> Signature:
    """The signature of a reply: in the reply itself, or in a second datagram that begins with all of the first.

    Raises Failure with SIGNATURE_MISSING, SIGNATURE_KEY_UNKNOWN or SIGNATURE_INVALID.
    """
    if not reply.signature_follows:
        return signed.verify(reply.body, reply.appendix, keys)
    until = asyncio.get_running_loop().time() + patience
    while (arrival := await line.receive(until=until)) is not None:
        if arrival.datagram.startswith(reply.body):
            return signed.verify(reply.body, arrival.datagram[len(reply.body) :], keys)
    raise Failure(Code.SIGNATURE_MISSING)
