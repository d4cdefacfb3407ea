"""One station's open connection: what it says goes to the writer, and is answered once that is durable."""

import asyncio
import logging
from collections.abc import Coroutine
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from stations import dispatch
from stations.gateway.errands import Errands, House, Say
from stations.messages import Record
from stations.models import Station
from stations.ocpp import session as s
from stations.ocpp import times
from stations.ocpp.faults import Fault
from stations.ocpp.frames import Call, Send
from stations.ocpp.redaction import redact_text
from stations.ocpp.schemas import Part
from stations.ocpp.session import Session
from stations.ocpp.validation import Tolerance, Violation, check, refusal_of_action
from stations.ocpp.versions import Version
from stations.onboarding import BOOT_ANSWER
from stations.saying import Payload, Saying

log = logging.getLogger(__name__)
MAX_IN_HAND = 8  # calls of one station at once; OCPP asks for one, a few cross on bad lines
# Until it is accepted a station may say what it is and answer what we ask; all else is refused.
BEFORE_ACCEPTED = frozenset(
    {
        "BootNotification",
        "NotifyReport",
        "NotifyMonitoringReport",
        "LogStatusNotification",
        "SecurityEventNotification",
        "SignCertificate",
    }
)


class Conversation:
    def __init__(self, station: Station, version: Version, connection: str, house: House, say: Say) -> None:
        timeout = timedelta(seconds=station.call_timeout_s) if station.call_timeout_s else house.call_timeout
        self.station, self.version, self.connection = station, version, connection
        self.session = Session(version, call_timeout=timeout)
        self.errands = Errands(station, self.session, connection, house, say)
        self.accepted = BOOT_ANSWER.get(Station.Status(station.status)) == "Accepted"
        self.heard_at = house.clock()
        self._house, self._say = house, say
        self._tolerate = tuple(Tolerance[name] for name in station.tolerances if name in Tolerance.__members__)
        self._tasks: set[asyncio.Task[None]] = set()
        self._room = asyncio.Semaphore(MAX_IN_HAND)

    async def receive(self, text: str) -> None:
        at = self.heard_at = self._house.clock()
        event = self.session.receive(text)
        match event:
            case s.Asked():
                await self._room.acquire()
                self._spawn(self._answer(event, text, at))
            case s.Told():
                self._spawn(self._take_note(event, text, at))
            case s.Answered() | s.Declined() | s.Garbled():
                await self.errands.heard(event, text, at)
            case s.Rejected():
                await self._say(event.reply)
                self._stray(event.id, text, at, event.defect.value if event.defect else "its message id is in hand")
            case s.AnswerRefused():
                self._stray(event.error.id, text, at, f"the station refused our answer: {event.error.code}")
            case s.Ignored():
                self._stray(event.id or "", text, at, event.reason.value)

    async def close(self) -> None:
        """The connection is gone; whoever waits for an answer is told so. What was in hand is still written."""
        for event in self.session.close():
            if isinstance(event, s.Lost):
                await self.errands.lost(event.call, at=self._house.clock())

    async def _answer(self, asked: s.Asked, text: str, at: datetime) -> None:
        try:
            await self._say(await self._reply(asked, text, at))
            self.errands.greeted.set()
        finally:
            self._room.release()

    async def _reply(self, asked: s.Asked, text: str, at: datetime) -> str:
        call = asked.call
        record = partial(self._record, "call", call, text, at)
        try:
            checked = self._checked(call)
        except (Violation, _NotNow) as exc:
            self._house.desk.note(record(str(exc)))
            return self.session.refuse(call.id, exc.fault, str(exc))
        if call.action == "Heartbeat":
            return self.session.answer(call.id, {"currentTime": times.write(at)})
        forgiven = [quirk.value for quirk in asked.quirks]
        forgiven += [f"{one.path}: {one.tolerance.value}" for one in checked.findings]
        saying = Saying(self.station, self.version, call.action, checked.payload, at)
        try:
            answer = await self._handle(saying, record("; ".join(forgiven)))
        except Exception as exc:
            return self._failed(call, exc)
        if call.action == "BootNotification":
            self.accepted = answer["status"] == "Accepted"
            self.errands.rung.set()
        return self.session.answer(call.id, answer)

    def _checked(self, call: Call) -> Any:
        """Raise Violation for what is wrong in itself, _NotNow for what is not this station's to say."""
        fault = refusal_of_action(self.version, call.action)
        if fault is not None:
            raise _NotNow(fault, f"{call.action[:50]} is not a call for stations to make")
        checked = check(self.version, call.action, Part.REQUEST, call.payload, tolerate=self._tolerate)
        if not self.accepted and call.action not in BEFORE_ACCEPTED:
            raise _NotNow(Fault.SECURITY, "the station is not accepted yet: boot first")
        return checked

    async def _handle(self, saying: Saying, record: Record) -> Payload:
        answer: Payload
        bulk = self._house.tables.bulk(saying.action, saying.version)
        if bulk is not None:
            answer = await self._house.desk.do_in_bulk(bulk, saying, record=record)
        else:
            answer = await self._house.desk.do(partial(dispatch.answer, saying, self._house.tables), record=record)
        return answer

    def _failed(self, call: Call, exc: Exception) -> str:
        fault = self._house.tables.fault_of(exc)
        if fault is not Fault.INTERNAL:
            return self.session.refuse(call.id, fault, str(exc))
        log.error("%s %s of %s failed", call.action, call.id, self.station.identity, exc_info=exc)
        return self.session.refuse(call.id, fault, "the fault is ours; it is recorded under this message id")

    async def _take_note(self, told: s.Told, text: str, at: datetime) -> None:
        """A SEND has no answer: what cannot be used is recorded, and that is all."""
        send = told.send
        record = partial(self._record, "send", send, text, at)
        if refusal_of_action(self.version, send.action, sent=True) is not None or not self.accepted:
            self._house.desk.note(record("not for this station to say now"))
            return
        try:
            checked = check(self.version, send.action, Part.REQUEST, send.payload, tolerate=self._tolerate)
        except Violation as exc:
            self._house.desk.note(record(str(exc)))
            return
        await self._handle(Saying(self.station, self.version, send.action, checked.payload, at), record(""))

    def _record(self, kind: str, said: Call | Send, text: str, at: datetime, finding: str) -> Record:
        payload, size = said.payload, len(text)
        return Record(self.station.pk, at, "in", kind, said.action, said.id, payload, size, None, finding, text)

    def _stray(self, message_id: str, text: str, at: datetime, finding: str) -> None:
        cleaned = redact_text(text)
        record = Record(self.station.pk, at, "in", "stray", "", message_id, cleaned, len(text), None, finding)
        self._house.desk.note(record)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (exc := task.exception()) is not None and not isinstance(exc, OSError):
            log.error("a message of %s was not handled to its end", self.station.identity, exc_info=exc)


class _NotNow(Exception):
    def __init__(self, fault: Fault, why: str) -> None:
        super().__init__(why)
        self.fault = fault
