"""What all connections of one listener share: its name and limits, who is inside, and where refusals are told."""

import asyncio
from collections.abc import Callable
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.utils import get_remote_addr
from uvicorn.server import ServerState

from stations.gateway.evidence import Cause, Refusal
from stations.gateway.limits import Crowd, Guest, Limits

SWEEP = 0.25  # seconds between looks at who is overdue


class Site:
    def __init__(
        self, name: str, profile: int, *, limits: Limits, config: Config, report: Callable[[Refusal], None]
    ) -> None:
        self.name, self.profile, self.limits, self.config = name, profile, limits, config
        self.state = ServerState()
        self.crowd = Crowd(limits)
        self.draining = False
        self._report = report
        self._sweeping = False

    def admit(self, transport: asyncio.Transport) -> Guest | None:
        """Before any work is done for it. None: refused, and the transport is cut."""
        loop = asyncio.get_running_loop()
        peer = get_remote_addr(transport)
        cause = Cause.DRAINING if self.draining else self.crowd.refuses(peer)
        guest = Guest(peer, transport.abort, loop.time() + self.limits.open_within)
        if cause is not None:
            self.refuse(guest, cause)
            transport.abort()
            return None
        self.crowd.enter(guest)
        if not self._sweeping:
            self._sweeping = True
            loop.call_later(SWEEP, self._sweep)
        return guest

    def opened(self, guest: Guest) -> None:
        self.crowd.opened(guest)

    def left(self, guest: Guest) -> None:
        self.crowd.leave(guest)

    def refuse(self, guest: Guest | None, cause: Cause, detail: str = "", **facts: Any) -> None:
        """Each connection is told of once: what follows a refusal is only its end."""
        if guest is None or guest.told:
            return
        guest.told = True
        self._report(Refusal(self.name, guest.peer, cause, detail, **facts))

    def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        for guest in self.crowd.overdue(loop.time()):
            self.refuse(guest, Cause.DEADLINE)
            self.crowd.opened(guest)  # looked at once; leave() comes when the transport says so
            guest.cut()
        self._sweeping = self.crowd.opening > 0
        if self._sweeping:
            loop.call_later(SWEEP, self._sweep)
