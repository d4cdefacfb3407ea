"""Waiting for a reply while somebody else makes noise."""

import asyncio

import pytest

from timesync.client.lines import Arrival
from timesync.client.listening import MOST_DROPPED, listen
from timesync.client.results import Stamp, StampSource
from timesync.nts import query
from timesync.nts.codes import Code
from timesync.nts.query import Entropy

ASKED = query.plain(Entropy.of(bytes(range(64))))


class Flooded:
    """A line on which the next datagram is always there already, or the socket always has an error."""

    ip = "192.0.2.1"

    def __init__(self, error: OSError | None = None) -> None:
        self.error = error
        self.count = 0

    async def send(self, request: bytes) -> None:
        raise NotImplementedError

    def departure(self) -> Stamp:
        raise NotImplementedError

    async def receive(self, *, until: float) -> Arrival | None:
        self.count += 1
        if self.error:
            raise self.error
        return Arrival(b"noise", Stamp(0, StampSource.PROGRAM))

    def close(self) -> None:
        raise NotImplementedError


@pytest.mark.requirement("T08")
@pytest.mark.parametrize(
    ("line", "code"),
    [
        (Flooded(), Code.REPLY_MALFORMED),
        (Flooded(OSError(100, "network is down")), Code.UNREACHABLE),
        (Flooded(ConnectionRefusedError(111, "refused")), Code.NTP_REFUSED),
    ],
)
async def test_a_flood_neither_lasts_nor_blocks_the_others(line, code):
    others = 0

    async def work() -> None:
        nonlocal others
        while True:
            others += 1
            await asyncio.sleep(0)

    working = asyncio.create_task(work())
    async with asyncio.timeout(2):
        heard = await listen(line, ASKED, None, patience=0.2, seen=set())
    working.cancel()
    assert heard.reply is None
    assert heard.trouble is not None
    assert heard.trouble.code == code
    assert len(heard.dropped) <= MOST_DROPPED
    assert others > line.count / 2
