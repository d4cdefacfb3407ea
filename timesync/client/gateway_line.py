"""NTP inside a TLS connection, as a Smart Meter Gateway offers it to the devices in its home network.

There is no key establishment and no cookie: the channel itself is what authenticates, by certificates on both sides. A
TCP connection cannot be stamped by the kernel the way a datagram can, and repeats what gets lost, so the bound is wide:
half of a round trip that holds everything. Each message is one bare NTP packet; a gateway that frames it otherwise
gets a line of its own beside this one.
"""

import asyncio
import time

from OpenSSL import SSL

from timesync.client import tls
from timesync.client.addresses import resolve
from timesync.client.lines import Arrival
from timesync.client.results import Stamp, StampSource
from timesync.client.targets import Plan, Target
from timesync.nts import packet
from timesync.nts.codes import Code
from timesync.nts.failures import Failure


class GatewayLine:
    def __init__(self, channel: tls.Channel, ip: str) -> None:
        self.ip = ip
        self._channel = channel
        self._sent_ns = 0
        self._received = b""

    async def send(self, request: bytes) -> None:
        self._sent_ns = time.time_ns()
        await self._channel.write(request)

    def departure(self) -> Stamp:
        return Stamp(self._sent_ns, StampSource.PROGRAM)

    async def receive(self, *, until: float) -> Arrival | None:
        try:
            async with asyncio.timeout_at(until):
                while len(self._received) < packet.LENGTH:
                    chunk = await self._channel.read()
                    if not chunk:
                        raise ConnectionResetError
                    self._received += chunk
        except TimeoutError:
            return None
        home = Stamp(time.time_ns(), StampSource.PROGRAM)
        message, self._received = self._received[: packet.LENGTH], self._received[packet.LENGTH :]
        return Arrival(message, home)

    def close(self) -> None:
        self._channel.close()


async def open_gateway(target: Target, plan: Plan) -> GatewayLine:
    """Raises Failure. The home network of a gateway is private by nature; the target must allow that."""
    context = tls.trust(
        target.anchors_pem,
        system=target.system_anchors,
        identity=target.identity,
        alpn=None,
        oldest=SSL.TLS1_2_VERSION,
    )
    addresses = await resolve(target.host, target.port, allow_private=target.allow_private, seconds=plan.connect)
    plain, address = await tls.connect(addresses, seconds=plan.connect)
    channel = tls.Channel(context, plain, target.host)
    try:
        async with asyncio.timeout(plan.establish):
            await channel.handshake()
    except TimeoutError as error:
        channel.close()
        raise Failure(Code.TLS_TIMEOUT, seconds=int(plan.establish)) from error
    except Failure:
        channel.close()
        raise
    return GatewayLine(channel, address.ip)
