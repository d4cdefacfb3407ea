"""From names to addresses, and which of them a source may use.

A key establishment server may send its client anywhere. Without a look at where, any such server could let the console
knock on doors inside the operator's network (SSRF), so private and own addresses are refused unless allowed.
"""

import asyncio
import socket
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Any

from timesync.nts.codes import Code
from timesync.nts.failures import Failure

NAT64 = IPv6Network("64:ff9b::/96")
SocketAddress = tuple[Any, ...]  # as the socket module has it: two or four parts


@dataclass(frozen=True, slots=True)
class Address:
    family: int
    ip: str
    sockaddr: SocketAddress


async def resolve(host: str, port: int, *, allow_private: bool, seconds: float) -> list[Address]:
    """All addresses that may be used. Raises Failure with DNS_FAILED or ADDRESS_REFUSED."""
    addresses = await look_up(host, port, seconds=seconds)
    usable = [address for address in addresses if allow_private or not is_inside(address)]
    if not usable:
        raise Failure(Code.ADDRESS_REFUSED, host=host, address=addresses[0].ip)
    return usable


async def follow(host: str, port: int, *, named: list[Address], allow_private: bool, seconds: float) -> list[Address]:
    """The addresses that a key establishment may send us to; back to the `named` ones is always allowed.

    Raises Failure with DNS_FAILED or KE_REDIRECT_REFUSED.
    """
    known = {address.ip for address in named}
    addresses = await look_up(host, port, seconds=seconds)
    usable = [address for address in addresses if allow_private or address.ip in known or not is_inside(address)]
    if not usable:
        raise Failure(Code.KE_REDIRECT_REFUSED, host=host, address=addresses[0].ip)
    return usable


async def look_up(host: str, port: int, *, seconds: float) -> list[Address]:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(seconds):
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError) as error:  # a TimeoutError is an OSError
        raise Failure(Code.DNS_FAILED, host=host) from error
    return [Address(family, str(sockaddr[0]), sockaddr) for family, _, _, _, sockaddr in found]


def with_port(address: Address, port: int) -> Address:
    return Address(address.family, address.ip, (address.ip, port, *address.sockaddr[2:]))


def is_inside(address: Address) -> bool:
    """Whether an address lies in a private network, on this machine, or is none that one can talk to."""
    return not _is_global(address.ip) or is_own(address)


def _is_global(text: str) -> bool:
    ip = ip_address(text.split("%")[0])
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped:
            return _is_global(str(ip.ipv4_mapped))
        if ip in NAT64:
            return _is_global(str(ip_address(ip.packed[-4:])))
    return ip.is_global and not ip.is_multicast


def is_own(address: Address) -> bool:
    """Ask the kernel: to reach an address of its own, it would speak from that very address. Nothing is sent."""
    with socket.socket(address.family, socket.SOCK_DGRAM) as probe, suppress(OSError):
        probe.connect(address.sockaddr)
        return bool(probe.getsockname()[0] == address.ip)
    return False
