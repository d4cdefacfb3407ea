"""What the kernel says of its own clock. It knows whether *somebody* keeps it, not who, nor whether they are right.

Its error estimate is what its keeper (chrony, systemd-timesyncd, a host) told it last, growing since; it is no proof.
The proof comes from probing time sources ourselves, and until that is done the page says so.
"""

import ctypes
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

STA_UNSYNC = 0x0040
ERROR = 5


class _Timex(ctypes.Structure):
    _fields_ = [
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("constant", ctypes.c_long),
        ("precision", ctypes.c_long),
        ("tolerance", ctypes.c_long),
        ("seconds", ctypes.c_long),
        ("parts", ctypes.c_long),
        ("tick", ctypes.c_long),
        ("pps", ctypes.c_long * 2),
        ("shift", ctypes.c_int),
        ("counts", ctypes.c_long * 5),
        ("tai", ctypes.c_int),
        ("padding", ctypes.c_int * 11),
    ]


@cache
def _adjtimex() -> Callable[[Any], int] | None:
    if sys.platform != "linux":
        return None
    try:
        return ctypes.CDLL(None, use_errno=True).adjtimex
    except (OSError, AttributeError):  # a C library without it
        return None


@dataclass(frozen=True)
class KernelClock:
    """`kept` is None where the kernel cannot be asked. The errors are in microseconds, as the kernel counts them."""

    kept: bool | None
    estimated_error_us: int | None = None
    largest_error_us: int | None = None
    tai_offset_s: int | None = None


def read() -> KernelClock:
    """Ask, changing nothing (modes is 0); works without any right, also in most containers."""
    call = _adjtimex()
    if call is None:
        return KernelClock(kept=None)
    timex = _Timex()
    state = call(ctypes.byref(timex))
    if state < 0:  # a sandbox forbids the question
        return KernelClock(kept=None)
    kept = state != ERROR and not timex.status & STA_UNSYNC
    return KernelClock(kept, timex.esterror, timex.maxerror, timex.tai or None)
