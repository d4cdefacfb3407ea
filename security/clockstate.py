"""What the console knows about its own clock at this moment. Each entry of a log book holds it.

The kernel says whether its clock is disciplined and how far it may be off. Where something better is known (the time
sources that the console probes itself), that part sets itself as the provider.
"""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from security import kernel_clock


@dataclass(frozen=True, slots=True)
class ClockState:
    """`state` is synchronised, unsynchronised or unknown; `bound_ns` is None where nobody knows the bound."""

    state: str
    bound_ns: int | None
    source: str


UNKNOWN = ClockState("unknown", None, "not probed")


def kernel() -> ClockState:
    """What the kernel says, asked once a second: in that time its bound grows by half a microsecond."""
    return _kernel_at(time.monotonic_ns() // 10**9)


@lru_cache(maxsize=1)
def _kernel_at(_second: int) -> ClockState:
    found = kernel_clock.read()
    if found.kept is None:
        return UNKNOWN
    if not found.kept or found.largest_error_us is None:
        return ClockState("unsynchronised", None, "kernel")
    return ClockState("synchronised", found.largest_error_us * 1000, "kernel")


@cache
def boot_id() -> str:
    """Which run of the machine the monotonic clock counts from; a fresh one per process where the system has none."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return f"process-{secrets.token_hex(8)}"


_provider: Callable[[], ClockState] = kernel


def provide(provider: Callable[[], ClockState]) -> None:
    """Take the state from `provider` from now on. It is called under a lock and must answer from memory."""
    global _provider
    _provider = provider


def reading() -> dict[str, str | int | None]:
    """The `clock` member of an entry."""
    state = _provider()
    return {
        "boot": boot_id(),
        "bound_ns": state.bound_ns,
        "monotonic_ns": time.monotonic_ns(),
        "source": state.source,
        "state": state.state,
    }


def wall_s() -> float:
    """The console's wall clock now, to tell an act that was entered late from a clock that went backwards."""
    return time.time()
