"""What we want of one station: taken from the queue of commands, sent one at a time, and settled by what comes back."""

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from stations import commands
from stations.commands import Hear, Outgoing
from stations.dispatch import Tables
from stations.gateway.desk import Desk
from stations.messages import Record
from stations.models import Station
from stations.ocpp.frames import Call, Unwritable
from stations.ocpp.redaction import redact_text
from stations.ocpp.schemas import Part
from stations.ocpp.session import Answered, Declined, Garbled, Session, TimedOut
from stations.ocpp.validation import Violation, check

log = logging.getLogger(__name__)
GREETING_S = 10.0

Say = Callable[[str], Awaitable[None]]


@dataclass(frozen=True)
class House:
    """What all conversations of a process share."""

    desk: Desk
    tables: Tables
    results: dict[str, Hear]
    clock: Callable[[], datetime]
    call_timeout: timedelta


class Errands:
    def __init__(self, station: Station, session: Session, connection: str, house: House, say: Say) -> None:
        self.rung = asyncio.Event()
        self.rung.set()  # something may have waited since before this connection
        self.greeted = asyncio.Event()
        self._station, self._session, self._connection = station, session, connection
        self._house, self._say = house, say
        self._numbers: dict[str, int] = {}
        self._asked_at: dict[str, datetime] = {}

    async def run(self) -> None:
        """Send what waits until the connection ends.

        Some stations lose their way when they are asked anything before their boot was answered; others never boot on
        a new connection. So the first question waits for the first answer, but not for ever.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GREETING_S):
                await self.greeted.wait()
        while True:
            await self._until_rung()
            while self._session.out is None and (outgoing := await self._take()) is not None:
                await self._ask(outgoing)

    async def heard(self, event: Answered | Declined | Garbled, text: str, at: datetime) -> None:
        """The station answered a call of ours, in time or late."""
        call = event.call
        number = self._numbers.get(call.id)
        took = round((at - self._asked_at.get(call.id, at)).total_seconds() * 1000)
        late = "later than its deadline" if event.late else ""
        record = Record(
            self._station.pk, at, "in", "result", call.action, call.id, _body(event, text), len(text), took, late
        )
        self.rung.set()
        if number is None:
            self._house.desk.note(record)
        elif isinstance(event, Answered):
            await self._settle(commands.answered, number, event.payload, at=at, record=record)
        else:
            await self._settle(commands.refused, number, _error(event), at=at, record=record)

    async def lost(self, call: Call, *, at: datetime) -> None:
        """The connection ended before the answer."""
        if call.id in self._numbers:
            await self._settle(commands.lost, self._numbers[call.id], at=at)

    async def _until_rung(self) -> None:
        """Until there may be something to send, or the deadline of the call that is out has come."""
        timeout = None
        if self._session.deadline is not None:
            timeout = max((self._session.deadline - self._house.clock()).total_seconds(), 0.05)
        try:
            async with asyncio.timeout(timeout):
                await self.rung.wait()
        except TimeoutError:
            await self._expire()
        self.rung.clear()

    async def _take(self) -> Outgoing | None:
        at = self._house.clock()
        work = partial(commands.take, self._station.pk, connection=self._connection, at=at)
        taken: Outgoing | None = await self._house.desk.do(work)
        return taken

    async def _ask(self, outgoing: Outgoing) -> None:
        at = self._house.clock()
        call = Call(outgoing.message_id, outgoing.action, outgoing.payload)
        version = self._session.version
        try:
            check(version, call.action, Part.REQUEST, call.payload)
            text = self._session.ask(call, at=at)
        except (Violation, Unwritable, KeyError) as exc:
            error = {"code": "NotSent", "description": f"{call.action} does not fit {version.value}: {exc}"}
            await self._settle(commands.refused, outgoing.number, error, at=at)
            return
        self._numbers[call.id], self._asked_at[call.id] = outgoing.number, at
        await self._say(text)
        record = Record(self._station.pk, at, "out", "call", call.action, call.id, call.payload, len(text))
        self._house.desk.note(record)

    async def _expire(self) -> None:
        at = self._house.clock()
        for event in self._session.expire(at=at):
            if isinstance(event, TimedOut) and event.call.id in self._numbers:
                await self._settle(commands.timed_out, self._numbers[event.call.id], at=at)

    async def _settle(
        self, verb: Callable[..., None], number: int, *facts: Any, at: datetime, record: Record | None = None
    ) -> None:
        work = partial(verb, number, *facts, at=at, results=self._house.results)
        try:
            await self._house.desk.do(work, record=record)
        except Exception:
            log.exception("what became of command %d could not be written; the sweep settles it", number)


def _body(event: Answered | Declined | Garbled, text: str) -> Any:
    return event.payload if isinstance(event, Answered) else redact_text(text)


def _error(event: Declined | Garbled) -> dict[str, Any]:
    if isinstance(event, Garbled):
        return {"code": "Unreadable", "description": event.defect.value}
    details = json.dumps(event.error.details)[:1000]
    return {"code": event.error.code, "description": event.error.description, "details": details}
