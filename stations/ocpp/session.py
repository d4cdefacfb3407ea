"""One connection's conversation with a station: text in, events out, and the text to send. It reads no clock.

At most one call of ours is out at a time (OCPP-J 1.6, section 4.1.1); the station's calls may cross it. What became
of each of our calls is the table CALL_LIFE; what is not in it cannot happen.
"""

from collections import Counter, OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from stations.ocpp.faults import Fault, spell
from stations.ocpp.frames import (
    CALL,
    ERROR,
    RESULT,
    Call,
    CallError,
    CallResult,
    CallResultError,
    Defect,
    Payload,
    Quirk,
    Send,
    Unreadable,
    read,
    write,
)
from stations.ocpp.versions import Version

REMEMBERED = 64  # of our calls, so that a late or second answer is known for what it is
RECENT = 128  # of the station's ids, so that one used again is seen
MAX_DESCRIPTION = 255


class Fate(Enum):
    """Where one of our calls stands."""

    OUT = auto()
    ANSWERED = auto()
    TIMED_OUT = auto()


class Sign(Enum):
    """What may happen to it."""

    ANSWER = auto()
    DEADLINE = auto()


class Verdict(Enum):
    IN_TIME = auto()
    LATE = auto()
    REPEATED = auto()
    EXPIRED = auto()


CALL_LIFE: dict[tuple[Fate, Sign], tuple[Fate, Verdict]] = {
    (Fate.OUT, Sign.ANSWER): (Fate.ANSWERED, Verdict.IN_TIME),
    (Fate.OUT, Sign.DEADLINE): (Fate.TIMED_OUT, Verdict.EXPIRED),
    (Fate.TIMED_OUT, Sign.ANSWER): (Fate.ANSWERED, Verdict.LATE),
    (Fate.ANSWERED, Sign.ANSWER): (Fate.ANSWERED, Verdict.REPEATED),
}


class Stray(Enum):
    """Frames that are counted and otherwise left alone."""

    REPEATED_ANSWER = "a second answer to the same call"
    UNASKED_ANSWER = "an answer to no call of ours"
    NOT_IN_VERSION = "a message type that this version of OCPP does not have"


@dataclass(frozen=True, slots=True)
class Asked:
    """The station calls: it must get exactly one `answer` or `refuse`."""

    call: Call
    quirks: tuple[Quirk, ...] = ()
    id_reused: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """A SEND of 2.1: it has no answer."""

    send: Send
    quirks: tuple[Quirk, ...] = ()


@dataclass(frozen=True, slots=True)
class Answered:
    call: Call
    payload: Payload
    late: bool = False
    quirks: tuple[Quirk, ...] = ()


@dataclass(frozen=True, slots=True)
class Declined:
    call: Call
    error: CallError
    late: bool = False
    quirks: tuple[Quirk, ...] = ()


@dataclass(frozen=True, slots=True)
class Garbled:
    """The answer to our call came, but it cannot be read; nothing more will come."""

    call: Call
    defect: Defect
    late: bool = False


@dataclass(frozen=True, slots=True)
class AnswerRefused:
    """2.1: the station could not use what we answered."""

    error: CallResultError


@dataclass(frozen=True, slots=True)
class TimedOut:
    call: Call


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection ended before the answer came: whether the station acted on the call is not known."""

    call: Call


@dataclass(frozen=True, slots=True)
class Rejected:
    """A call that was refused here already; `reply` is to be sent."""

    defect: Defect | None  # None: its id is that of a call still in hand
    id: str
    reply: str


@dataclass(frozen=True, slots=True)
class Ignored:
    reason: Defect | Stray
    id: str | None = None


Event = Asked | Told | Answered | Declined | Garbled | AnswerRefused | TimedOut | Lost | Rejected | Ignored


class NotAllowed(Exception):
    """Our side broke the rules of the conversation: a second call out, an id used again, an answer to nothing."""


class Session:
    def __init__(self, version: Version, *, call_timeout: timedelta) -> None:
        self.version = version
        self.call_timeout = call_timeout
        self.deadline: datetime | None = None
        self.ignored: Counter[Defect | Stray] = Counter()
        self._out: Call | None = None
        self._calls: OrderedDict[str, tuple[Call, Fate]] = OrderedDict()
        self._in_hand: dict[str, Call] = {}
        self._recent: OrderedDict[str, None] = OrderedDict()

    @property
    def out(self) -> Call | None:
        """The call of ours that waits for its answer."""
        return self._out

    @property
    def in_hand(self) -> int:
        """How many of the station's calls wait for ours."""
        return len(self._in_hand)

    # Our side

    def ask(self, call: Call, *, at: datetime) -> str:
        if self._out is not None:
            raise NotAllowed("one call is out already")
        if call.id in self._calls:
            raise NotAllowed("message id used before")
        text = write(call)
        self._out, self.deadline = call, at + self.call_timeout
        self._calls[call.id] = (call, Fate.OUT)
        while len(self._calls) > REMEMBERED:
            self._calls.popitem(last=False)
        return text

    def tell(self, send: Send) -> str:
        if self.version is not Version.V21:
            raise NotAllowed("SEND came with OCPP 2.1")
        return write(send)

    def answer(self, call_id: str, payload: Payload) -> str:
        text = write(CallResult(self._held(call_id), payload))
        del self._in_hand[call_id]
        return text

    def refuse(self, call_id: str, fault: Fault, description: str = "", details: Payload | None = None) -> str:
        text = self._error(self._held(call_id), fault, description, details)
        del self._in_hand[call_id]
        return text

    def refuse_answer(self, call_id: str, fault: Fault, description: str = "") -> str | None:
        """What to tell a station whose answer is of no use; None where its version has no words for that."""
        if self.version is not Version.V21:
            return None
        return write(CallResultError(call_id, spell(fault, self.version), description[:MAX_DESCRIPTION], {}))

    def expire(self, *, at: datetime) -> list[Event]:
        if self.deadline is None or at < self.deadline or self._out is None:
            return []
        call, _ = self._turn(self._out.id, Sign.DEADLINE)
        return [TimedOut(call)]

    def close(self) -> list[Event]:
        """The connection is gone. What is in hand may still be answered: the text then has nowhere to go."""
        lost: list[Event] = [Lost(self._out)] if self._out else []
        self._out = self.deadline = None
        return lost

    # The station's side

    def receive(self, text: str) -> Event:
        try:
            reading = read(text)
        except Unreadable as exc:
            return self._unreadable(exc)
        frame = reading.frame
        match frame:
            case Call():
                return self._called(frame, reading.quirks)
            case CallResult() | CallError():
                return self._answered(frame, reading.quirks)
            case _ if self.version is not Version.V21:
                return self._ignore(Stray.NOT_IN_VERSION, frame.id)
            case Send():
                return Told(frame, reading.quirks)
            case CallResultError():
                return AnswerRefused(frame)

    def _called(self, call: Call, quirks: tuple[Quirk, ...]) -> Event:
        if call.id in self._in_hand:
            reply = self._error(call.id, Fault.OTHER, "a call with this message id is being handled")
            return Rejected(None, call.id, reply)
        reused = call.id in self._recent
        self._in_hand[call.id] = call
        self._recent[call.id] = None
        if len(self._recent) > RECENT:
            self._recent.popitem(last=False)
        return Asked(call, quirks, reused)

    def _answered(self, frame: CallResult | CallError, quirks: tuple[Quirk, ...]) -> Event:
        if frame.id not in self._calls:
            return self._ignore(Stray.UNASKED_ANSWER, frame.id)
        call, verdict = self._turn(frame.id, Sign.ANSWER)
        if verdict is Verdict.REPEATED:
            return self._ignore(Stray.REPEATED_ANSWER, frame.id)
        late = verdict is Verdict.LATE
        if isinstance(frame, CallError):
            return Declined(call, frame, late, quirks)
        return Answered(call, frame.payload, late, quirks)

    def _unreadable(self, exc: Unreadable) -> Event:
        if exc.kind == CALL and exc.id is not None:
            fault = Fault.FORMAT if exc.defect is Defect.PAYLOAD_NOT_OBJECT else Fault.FRAMING
            self.ignored[exc.defect] += 1
            return Rejected(exc.defect, exc.id, self._error(exc.id, fault, exc.defect.value))
        if exc.kind in (RESULT, ERROR) and exc.id is not None and exc.id in self._calls:
            call, verdict = self._turn(exc.id, Sign.ANSWER)
            if verdict is not Verdict.REPEATED:
                return Garbled(call, exc.defect, verdict is Verdict.LATE)
        return self._ignore(exc.defect, exc.id)

    def _turn(self, call_id: str, sign: Sign) -> tuple[Call, Verdict]:
        call, fate = self._calls[call_id]
        fate, verdict = CALL_LIFE[fate, sign]
        self._calls[call_id] = (call, fate)
        if self._out is not None and self._out.id == call_id:
            self._out = self.deadline = None
        return call, verdict

    def _held(self, call_id: str) -> str:
        if call_id not in self._in_hand:
            raise NotAllowed("no such call in hand")
        return call_id

    def _error(self, call_id: str, fault: Fault, description: str, details: Payload | None = None) -> str:
        return write(CallError(call_id, spell(fault, self.version), description[:MAX_DESCRIPTION], details or {}))

    def _ignore(self, reason: Defect | Stray, call_id: str | None) -> Ignored:
        self.ignored[reason] += 1
        return Ignored(reason, call_id)
