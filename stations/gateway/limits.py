"""How much a listener takes, and who is in: counts in all and by address, and the deadline until a socket is open."""

import ipaddress
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from stations.gateway.evidence import Cause, Peer

IPV6_NETWORK = 64  # bits: one subscriber's network counts as one address


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds and bytes. `per_address` is generous: a whole site may stand behind one mobile address."""

    connections: int = 20_000
    per_address: int = 2_000
    open_within: float = 20.0
    header_bytes: int = 16 * 1024
    message_bytes: int = 1024 * 1024
    send_buffer: int = 256 * 1024
    stall: float = 10.0
    ping_interval: float | None = 60.0
    ping_timeout: float = 30.0
    close_within: float = 10.0
    compression: bool = False


@dataclass(eq=False, slots=True)
class Guest:
    """One TCP connection. `cut` ends it at once."""

    peer: Peer
    cut: Callable[[], None]
    deadline: float
    told: bool = field(default=False)  # its refusal has been reported


class Crowd:
    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.inside: set[Guest] = set()
        self._by_address: Counter[str] = Counter()
        # In order of arrival and so, the time being the same for all, in order of deadline.
        self._opening: OrderedDict[Guest, None] = OrderedDict()

    def refuses(self, peer: Peer) -> Cause | None:
        if len(self.inside) >= self.limits.connections:
            return Cause.FULL
        if peer is not None and self._by_address[counted_as(peer)] >= self.limits.per_address:
            return Cause.ADDRESS_FULL
        return None

    def enter(self, guest: Guest) -> None:
        self.inside.add(guest)
        self._opening[guest] = None
        if guest.peer is not None:
            self._by_address[counted_as(guest.peer)] += 1

    def opened(self, guest: Guest) -> None:
        self._opening.pop(guest, None)

    def leave(self, guest: Guest) -> None:
        if guest not in self.inside:
            return
        self.inside.remove(guest)
        self._opening.pop(guest, None)
        if guest.peer is not None:
            address = counted_as(guest.peer)
            self._by_address[address] -= 1
            if not self._by_address[address]:
                del self._by_address[address]

    def overdue(self, now: float) -> list[Guest]:
        late = []
        for guest in self._opening:
            if guest.deadline > now:
                break
            late.append(guest)
        return late

    @property
    def opening(self) -> int:
        return len(self._opening)


def counted_as(peer: tuple[str, int]) -> str:
    address = peer[0]
    if ":" not in address:
        return address
    network = ipaddress.IPv6Network((address.partition("%")[0], IPV6_NETWORK), strict=False)
    mapped = network.network_address.ipv4_mapped or ipaddress.IPv6Address(address.partition("%")[0]).ipv4_mapped
    return str(mapped or network)
