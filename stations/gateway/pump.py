"""Do TLS handshakes a few at a time.

One costs a millisecond or two of pure computing. When a thousand stations return at once, doing them as they come would
keep the open connections waiting for more than a second; a few milliseconds of them per turn of the event loop keep
everybody served and let the storm pass as fast.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from time import perf_counter

TURN = 0.004  # seconds of handshakes in one turn of the loop


class HandshakePump:
    def __init__(self, *, turn: float = TURN) -> None:
        self._turn = turn
        self._waiting: deque[Callable[[], None]] = deque()
        self._running = False

    def add(self, step: Callable[[], None]) -> None:
        """Each step is run once, in order; it must not raise."""
        self._waiting.append(step)
        if not self._running:
            self._running = True
            asyncio.get_running_loop().call_soon(self._run)

    def _run(self) -> None:
        until = perf_counter() + self._turn
        while self._waiting:
            self._waiting.popleft()()
            if perf_counter() >= until:
                break
        self._running = bool(self._waiting)
        if self._running:
            asyncio.get_running_loop().call_soon(self._run)
