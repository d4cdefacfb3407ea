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
PAUSE = 0.01  # after an error of the socket: one that stays must not keep the loop busy
MOST_DROPPED = 32  # kept as evidence; the rest of a flood is only waited out
HINTS = (Code.NTS_NAK, Code.NTP_REFUSED, Code.UNREACHABLE, Code.TLS_CLOSED)  # anybody could have caused these


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
        datagram = b""
        try:
            arrival = await line.receive(until=until)
            if arrival is None:
                return Heard(dropped=tuple(dropped), trouble=_why(dropped))
            datagram = arrival.datagram
            reply = _read(asked, datagram, cipher, seen)
        except OSError as error:
            unfit = Failure(_refusal(error), errno=error.errno or 0)
            await asyncio.sleep(PAUSE)
        except Failure as failure:
            unfit = failure
            await asyncio.sleep(0)  # a flood must not keep the others from running
        else:
            return Heard(reply, arrival, tuple(dropped))
        if len(dropped) < MOST_DROPPED:
            dropped.append(Dropped(datagram, Trouble.of(unfit)))
        if unfit.code in HINTS:
            until = min(until, loop.time() + GRACE)
        if loop.time() >= until:  # nor this one from ending
            return Heard(dropped=tuple(dropped), trouble=_why(dropped))


def _read(asked: Query, datagram: bytes, cipher: Cipher | None, seen: set[bytes]) -> Reply:
    if datagram in seen:
        raise Failure(Code.REPLY_REPLAYED)
    reply = query.read(asked, datagram, cipher)
    seen.add(datagram)
    return reply


def _refusal(error: OSError) -> Code:
    if isinstance(error, ConnectionResetError):
        return Code.TLS_CLOSED  # only a gateway's line has a connection that can end
    return Code.NTP_REFUSED if isinstance(error, ConnectionRefusedError) else Code.UNREACHABLE


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
