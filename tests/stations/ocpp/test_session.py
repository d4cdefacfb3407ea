from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from stations.ocpp.faults import Fault, spell
from stations.ocpp.frames import Call, CallError, CallResultError, Defect, Quirk, Send, read
from stations.ocpp.session import (
    CALL_LIFE,
    RECENT,
    REMEMBERED,
    Answered,
    AnswerRefused,
    Asked,
    Declined,
    Fate,
    Garbled,
    Ignored,
    Lost,
    NotAllowed,
    Rejected,
    Session,
    Sign,
    Stray,
    TimedOut,
    Told,
)
from stations.ocpp.versions import Version

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
RESET = Call("m-1", "Reset", {"type": "Soft"})


def session(version: Version = Version.V16) -> Session:
    return Session(version, call_timeout=MINUTE)


def test_a_call_of_the_station_is_answered_with_its_own_id() -> None:
    here = session()
    assert here.receive('[2,"19223201","Heartbeat",{}]') == Asked(Call("19223201", "Heartbeat", {}))
    assert here.in_hand == 1
    assert here.answer("19223201", {"currentTime": "2026-11-21T10:00:00Z"}) == (
        '[3,"19223201",{"currentTime":"2026-11-21T10:00:00Z"}]'
    )
    assert here.in_hand == 0
    with pytest.raises(NotAllowed):
        here.answer("19223201", {})


@pytest.mark.requirement("J05")
def test_one_call_out_at_a_time_and_calls_may_cross() -> None:
    here = session()
    assert here.ask(RESET, at=NOW) == '[2,"m-1","Reset",{"type":"Soft"}]'
    with pytest.raises(NotAllowed):
        here.ask(Call("m-2", "ClearCache", {}), at=NOW)
    assert isinstance(here.receive('[2,"1","Heartbeat",{}]'), Asked)
    assert here.answer("1", {}) == '[3,"1",{}]'
    assert here.out == RESET
    assert here.receive('[3,"m-1",{"status":"Accepted"}]') == Answered(RESET, {"status": "Accepted"})
    assert here.out is None
    assert here.deadline is None
    here.ask(Call("m-2", "ClearCache", {}), at=NOW)


@pytest.mark.requirement("J05")
def test_a_call_times_out_and_its_late_answer_is_known() -> None:
    here = session()
    here.ask(RESET, at=NOW)
    assert here.deadline == NOW + MINUTE
    assert here.expire(at=NOW + MINUTE - timedelta(microseconds=1)) == []
    assert here.expire(at=NOW + MINUTE) == [TimedOut(RESET)]
    assert here.expire(at=NOW + 2 * MINUTE) == []
    second = Call("m-2", "ClearCache", {})
    here.ask(second, at=NOW + MINUTE)
    assert here.receive('[3,"m-1",{"status":"Accepted"}]') == Answered(RESET, {"status": "Accepted"}, late=True)
    assert here.out == second, "a late answer must not free the line of another call"
    assert here.receive('[3,"m-1",{}]') == Ignored(Stray.REPEATED_ANSWER, "m-1")
    assert here.receive('[4,"m-2","NotSupported","",{}]') == Declined(second, CallError("m-2", "NotSupported", "", {}))


def test_an_answer_to_nothing_is_counted() -> None:
    here = session()
    assert here.receive('[3,"x",{}]') == Ignored(Stray.UNASKED_ANSWER, "x")
    assert here.receive('[4,"x","GenericError","",{}]') == Ignored(Stray.UNASKED_ANSWER, "x")
    assert here.ignored[Stray.UNASKED_ANSWER] == 2


def test_the_call_life_is_whole() -> None:
    absent = set(product(Fate, Sign)) - set(CALL_LIFE)
    assert absent == {(Fate.ANSWERED, Sign.DEADLINE), (Fate.TIMED_OUT, Sign.DEADLINE)}


def test_an_unreadable_answer_settles_its_call() -> None:
    here = session()
    here.ask(RESET, at=NOW)
    assert here.receive('[3,"m-1",[]]') == Garbled(RESET, Defect.PAYLOAD_NOT_OBJECT)
    assert here.out is None
    assert here.receive('[3,"m-1",[]]') == Ignored(Defect.PAYLOAD_NOT_OBJECT, "m-1")


def test_closing_tells_what_became_unknown() -> None:
    here = session()
    assert here.close() == []
    here.ask(RESET, at=NOW)
    here.receive('[2,"1","Heartbeat",{}]')
    assert here.close() == [Lost(RESET)]
    assert (here.out, here.deadline) == (None, None)
    assert here.answer("1", {}) == '[3,"1",{}]', "work that was under way must end without an error"
    assert here.close() == []


@pytest.mark.requirement("J08")
def test_our_ids_are_never_used_twice_and_fit() -> None:
    here = session()
    here.ask(RESET, at=NOW)
    here.receive('[3,"m-1",{}]')
    with pytest.raises(NotAllowed):
        here.ask(RESET, at=NOW)
    with pytest.raises(ValueError, match="37 characters"):
        here.ask(Call("x" * 37, "Reset", {}), at=NOW)
    assert here.out is None


@pytest.mark.requirement("J08")
@pytest.mark.parametrize("version", Version)
def test_a_repeated_id_is_refused_while_the_first_is_in_hand(version: Version) -> None:
    here = session(version)
    here.receive('[2,"1","Heartbeat",{}]')
    again = here.receive('[2,"1","Heartbeat",{}]')
    assert isinstance(again, Rejected)
    assert again.defect is None
    assert read(again.reply).frame == CallError("1", "GenericError", "a call with this message id is being handled", {})
    assert here.in_hand == 1
    here.answer("1", {})
    assert here.receive('[2,"1","Heartbeat",{}]') == Asked(Call("1", "Heartbeat", {}), id_reused=True)


BROKEN = [
    ('[2,"1","Heartbeat",{', "1", Fault.FRAMING),
    ('[2,"1","Heartbeat"]', "1", Fault.FRAMING),
    ('[2,"1",7,{}]', "1", Fault.FRAMING),
    ('[2,"1","Heartbeat",[]]', "1", Fault.FORMAT),
    ('[2,"","Heartbeat",{}]', "", Fault.FRAMING),
    ('[2,"' + "i" * 37 + '","Heartbeat",{}]', "i" * 37, Fault.FRAMING),
]


@pytest.mark.requirement("J06")
@pytest.mark.requirement("J08")
@pytest.mark.requirement("J10")
@pytest.mark.parametrize("version", Version)
@pytest.mark.parametrize(("text", "id_", "fault"), BROKEN)
def test_a_broken_call_gets_an_error_with_its_id(version: Version, text: str, id_: str, fault: Fault) -> None:
    event = session(version).receive(text)
    assert isinstance(event, Rejected)
    assert event.id == id_
    assert event.reply.startswith(f'[4,"{id_}","{spell(fault, version)}","')
    assert event.reply.endswith(",{}]")


@pytest.mark.requirement("J07")
@pytest.mark.parametrize("version", Version)
@pytest.mark.parametrize("text", ['[1,"1"]', '[9,"1","Heartbeat",{}]', "nonsense", "{}", '[2,1,"Heartbeat",{}]'])
def test_what_cannot_be_answered_is_counted_and_harms_nothing(version: Version, text: str) -> None:
    here = session(version)
    event = here.receive(text)
    assert isinstance(event, Ignored)
    assert sum(here.ignored.values()) == 1
    assert isinstance(here.receive('[2,"1","Heartbeat",{}]'), Asked)


SEND_TEXT = '[6,"1","NotifyPeriodicEventStream",{}]'
REFUSAL_TEXT = '[5,"1","FormatViolation","",{}]'


@pytest.mark.requirement("J07")
def test_the_message_types_of_21_exist_only_there() -> None:
    for version in (Version.V16, Version.V201):
        here = session(version)
        assert here.receive(SEND_TEXT) == Ignored(Stray.NOT_IN_VERSION, "1")
        assert here.receive(REFUSAL_TEXT) == Ignored(Stray.NOT_IN_VERSION, "1")
        assert here.refuse_answer("1", Fault.TYPE) is None
        with pytest.raises(NotAllowed):
            here.tell(Send("1", "X", {}))
    here = session(Version.V21)
    assert here.receive(SEND_TEXT) == Told(Send("1", "NotifyPeriodicEventStream", {}))
    assert here.receive(REFUSAL_TEXT) == AnswerRefused(CallResultError("1", "FormatViolation", "", {}))
    assert here.refuse_answer("1", Fault.TYPE) == '[5,"1","TypeConstraintViolation","",{}]'
    assert here.tell(Send("1", "X", {})) == '[6,"1","X",{}]'


@pytest.mark.requirement("J09")
def test_a_null_payload_is_a_call_with_a_note() -> None:
    assert session().receive('[2,"1","Heartbeat",null]') == Asked(Call("1", "Heartbeat", {}), (Quirk.NULL_PAYLOAD,))


TEN_CODES = {
    Fault.UNKNOWN_ACTION: "NotImplemented",
    Fault.NOT_SUPPORTED: "NotSupported",
    Fault.INTERNAL: "InternalError",
    Fault.INCOMPLETE: "ProtocolError",
    Fault.SECURITY: "SecurityError",
    Fault.FORMAT: "FormationViolation",
    Fault.PROPERTY: "PropertyConstraintViolation",
    Fault.OCCURRENCE: "OccurenceConstraintViolation",
    Fault.TYPE: "TypeConstraintViolation",
    Fault.OTHER: "GenericError",
}


@pytest.mark.requirement("J10")
@pytest.mark.parametrize(("fault", "code"), TEN_CODES.items())
def test_each_of_the_ten_codes_of_16(fault: Fault, code: str) -> None:
    here = session()
    here.receive('[2,"1","Reset",{}]')
    assert here.refuse("1", fault, "why", {"at": "here"}) == f'[4,"1","{code}","why",{{"at":"here"}}]'


@pytest.mark.requirement("J10")
def test_16_has_no_code_but_the_ten() -> None:
    assert {spell(fault, Version.V16) for fault in Fault} == set(TEN_CODES.values())
    assert {spell(fault, Version.V201) for fault in Fault} - set(TEN_CODES.values()) == {
        "FormatViolation",
        "OccurrenceConstraintViolation",
        "RpcFrameworkError",
        "MessageTypeNotSupported",
    }


def test_a_long_description_is_cut_to_what_the_standard_holds() -> None:
    here = session()
    here.receive('[2,"1","Reset",{}]')
    error = read(here.refuse("1", Fault.OTHER, "x" * 300)).frame
    assert isinstance(error, CallError)
    assert len(error.description) == 255


def test_memory_is_bounded() -> None:
    here = session()
    for number in range(RECENT * 2):
        here.receive(f'[2,"{number}","Heartbeat",{{}}]')
        here.answer(str(number), {})
        here.ask(Call(f"m{number}", "ClearCache", {}), at=NOW)
        here.receive(f'[3,"m{number}",{{}}]')
    assert len(here._calls) == REMEMBERED
    assert len(here._recent) == RECENT


class Conversation(RuleBasedStateMachine):
    """Whatever both sides do in whatever order: the rules of the line hold, and each call of ours ends once."""

    def __init__(self) -> None:
        super().__init__()
        self.here, self.now = session(Version.V21), NOW
        self.asked, self.ended, self.held = 0, 0, set[str]()

    @precondition(lambda self: self.here.out is None)
    @rule()
    def ask(self) -> None:
        self.asked += 1
        self.here.ask(Call(f"m{self.asked}", "ClearCache", {}), at=self.now)

    @precondition(lambda self: self.here.out is not None)
    @rule()
    def ask_out_of_turn(self) -> None:
        with pytest.raises(NotAllowed):
            self.here.ask(Call("other", "ClearCache", {}), at=self.now)

    @rule(
        number=st.integers(1, 6),
        form=st.sampled_from(['[3,"{}",{{}}]', '[4,"{}","X","",{{}}]', '[3,"{}",[]]', '[3,"{}",']),
    )
    def hear_an_answer(self, number: int, form: str) -> None:
        event = self.here.receive(form.format(f"m{number}"))
        assert isinstance(event, Answered | Declined | Garbled | Ignored)
        if isinstance(event, Answered | Declined | Garbled) and not event.late:
            self.ended += 1

    @rule(seconds=st.integers(0, 90))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)
        self.ended += len(self.here.expire(at=self.now))

    @rule(id_=st.sampled_from("abc"))
    def be_called(self, id_: str) -> None:
        event = self.here.receive(f'[2,"{id_}","Heartbeat",{{}}]')
        assert isinstance(event, Rejected if id_ in self.held else Asked)
        self.held.add(id_)

    @precondition(lambda self: self.held)
    @rule(refuse=st.booleans())
    def answer(self, refuse: bool) -> None:
        id_ = self.held.pop()
        text = self.here.refuse(id_, Fault.OTHER) if refuse else self.here.answer(id_, {})
        assert read(text).frame.id == id_

    @invariant()
    def the_line_is_right(self) -> None:
        assert self.here.in_hand == len(self.held)
        assert self.asked - self.ended == (self.here.out is not None)
        assert (self.here.deadline is None) == (self.here.out is None)


TestConversation = Conversation.TestCase
