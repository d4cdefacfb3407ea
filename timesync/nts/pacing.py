"""How often a server may be bothered. Key establishments are dear for the server: a fleet of impatient clients once
brought public ones to their knees, so ours are at least a quarter of an hour apart, unless a person asks for one."""

from dataclasses import dataclass, replace

from timesync.nts import stamps
from timesync.nts.codes import Code
from timesync.nts.failures import Failure

KE_INTERVAL_NS = 15 * 60 * stamps.SECOND
FIRST_WAIT_NS = 64 * stamps.SECOND
LONGEST_WAIT_NS = 24 * 3600 * stamps.SECOND
FACTORS = 12  # 2^12 times the first wait is beyond the longest


@dataclass(frozen=True, slots=True)
class Attempts:
    """What happened so far with one server. `last_ns` is None before the first key establishment."""

    last_ns: int | None = None
    failures: int = 0

    def succeeded(self, now_ns: int) -> "Attempts":
        return Attempts(now_ns)

    def failed(self, now_ns: int) -> "Attempts":
        return replace(self, last_ns=now_ns, failures=self.failures + 1)


def next_establishment_ns(attempts: Attempts) -> int | None:
    """When the next key establishment may start; None for: now."""
    if attempts.last_ns is None:
        return None
    return attempts.last_ns + max(KE_INTERVAL_NS, wait_ns(attempts.failures, first_ns=KE_INTERVAL_NS))


def check_establishment(attempts: Attempts, *, now_ns: int, by_person: bool) -> None:
    """Raise Failure(KE_TOO_SOON). A clock that was set back must not lock us out, so the future counts as long ago."""
    due = next_establishment_ns(attempts)
    if by_person or due is None or attempts.last_ns is None or attempts.last_ns > now_ns or due <= now_ns:
        return
    raise Failure(Code.KE_TOO_SOON, wait_s=-(-(due - now_ns) // stamps.SECOND))


def wait_ns(failures: int, *, first_ns: int = FIRST_WAIT_NS, spread: int = 0) -> int:
    """How long to rest after so many failures in a row: doubles each time, up to a day.

    `spread` is a random number from 0 to 255 that pulls clients apart by up to a quarter.
    """
    if failures <= 0:
        return 0
    wait = min(first_ns << min(failures - 1, FACTORS), LONGEST_WAIT_NS)
    return wait + wait * spread // 1024
