"""Stations and operators as they live: a gateway process of its own, raw clients, and the command line beside it."""

import signal
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from tests.sim.gateway import Client, GatewayProcess, station

KEY = b"the-key-of-this-one"
ACCEPTED = ("--accepted", "--password", KEY.decode())


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    running = GatewayProcess(tmp_path_factory.mktemp("a gateway") / "home")
    yield running
    if running.process.poll() is None:
        running.end()


def refusal(gateway: GatewayProcess, *place: str, **how: object) -> int:
    with pytest.raises(InvalidStatus) as refused, station(gateway, *place, **how):  # type: ignore[arg-type]
        pass
    return refused.value.response.status_code


def of(gateway: GatewayProcess, identity: str, *, named: str) -> list[object]:
    question = (
        f"SELECT m.{named} FROM stations_message m JOIN stations_station s ON s.id = m.station_id"
        " WHERE s.identity = ? ORDER BY m.id"
    )
    return [row[0] for row in gateway.sql(question, identity)]


@pytest.mark.requirement("J17")
@pytest.mark.requirement("J16")
def test_a_newcomer_gets_pending_then_a_key_of_its_own_then_accepted(gateway: GatewayProcess) -> None:
    gateway.cli("station", "add", "NEW", "--profile", "1", "--password", KEY.decode())
    with station(gateway, "NEW", KEY) as one:
        assert one.boot()["status"] == "Pending"
        asked = one.next_call()
        assert asked[2] == "GetConfiguration"
        one.answer(asked, {"configurationKey": [{"key": "HeartbeatInterval", "readonly": False, "value": "60"}]})
        told = one.next_call()
        assert told[2:3] == ["ChangeConfiguration"]
        assert told[3]["key"] == "AuthorizationKey"
        new = bytes.fromhex(told[3]["value"])
        assert len(new) == 20
        one.answer(told, {"status": "Accepted"})
        time.sleep(0.3)
    assert refusal(gateway, "NEW", KEY) == 401
    with station(gateway, "NEW", new) as one:
        assert one.boot()["status"] == "Accepted"
        assert gateway.cli("station", "show", "NEW")["connected"] is True
    shown = gateway.cli("station", "show", "NEW")
    assert (shown["status"], shown["vendor"], shown["serial"]) == ("accepted", "Acme", "S-1")
    stored = (gateway.home / "meridian.sqlite3").read_bytes()
    assert new not in stored
    assert new.hex().encode() not in stored
    assert KEY not in stored


@pytest.mark.requirement("J16")
@pytest.mark.requirement("C01")
@pytest.mark.parametrize(
    ("said", "state", "opens"), [("Accepted", "settled", "new"), ("NotSupported", "failed", "old")]
)
def test_a_key_is_rotated_by_what_the_station_says(gateway: GatewayProcess, said: str, state: str, opens: str) -> None:
    name = f"ROT-{said}"
    gateway.cli("station", "add", name, "--profile", "1", *ACCEPTED)
    with station(gateway, name, KEY) as one:
        one.boot()
        assert gateway.cli("station", "rotate-key", name)["state"] == "proposed"
        told = one.next_call()
        new = bytes.fromhex(told[3]["value"])
        one.answer(told, {"status": said})
        time.sleep(0.3)
    good, bad = (new, KEY) if opens == "new" else (KEY, new)
    assert refusal(gateway, name, bad) == 401
    with station(gateway, name, good) as one:
        assert one.boot()["status"] == "Accepted"
    states = gateway.sql("SELECT state FROM stations_stationkey k ORDER BY k.id DESC LIMIT 1")
    assert states == [(state,)]


@pytest.mark.parametrize("shown", ["new", "old"])
def test_a_key_without_an_answer_opens_beside_the_old_one(gateway: GatewayProcess, shown: str) -> None:
    name = f"DOUBT-{shown}"
    gateway.cli("station", "add", name, "--profile", "1", *ACCEPTED)
    with station(gateway, name, KEY) as one:
        one.boot()
        gateway.cli("station", "rotate-key", name)
        new = bytes.fromhex(one.next_call()[3]["value"])
    time.sleep(0.5)
    good, bad = (new, KEY) if shown == "new" else (KEY, new)
    with station(gateway, name, good) as one:
        assert one.boot()["status"] == "Accepted"
    assert refusal(gateway, name, bad) == 401


def reasons_at(gateway: GatewayProcess) -> set[str]:
    return {row[0] for row in gateway.sql("SELECT reason FROM stations_attempt WHERE identity LIKE 'DOOR%'")}


def until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not done():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


@pytest.mark.requirement("J04")
@pytest.mark.requirement("J15")
@pytest.mark.requirement("C11")
def test_who_is_turned_away_and_how(gateway: GatewayProcess) -> None:
    gateway.cli("station", "add", "DOOR", "--profile", "1", *ACCEPTED)
    gateway.cli("station", "add", "DOOR-2", "--profile", "2", *ACCEPTED)
    assert refusal(gateway, "NOBODY", KEY) == 404
    assert refusal(gateway, "DOOR") == 401
    assert refusal(gateway, "DOOR", b"wrong") == 401
    assert refusal(gateway, "DOOR", KEY, user="SOMEBODY") == 401
    assert refusal(gateway, "DOOR-2", KEY) == 403
    gateway.cli("station", "block", "DOOR", "--reason", "stolen")
    assert refusal(gateway, "DOOR", KEY) == 403
    wanted = {"no-credentials", "wrong-key", "other-user", "other-profile", "blocked-or-retired"}
    until(lambda: reasons_at(gateway) == wanted)


@pytest.mark.requirement("J01")
def test_an_identity_is_decoded_once_and_its_letter_case_forgiven(gateway: GatewayProcess) -> None:
    for identity in ("RDAM 123", "a:b"):
        gateway.cli("station", "add", identity, "--profile", "1", *ACCEPTED)
    with station(gateway, "RDAM%20123", KEY, user="RDAM 123") as one:
        assert one.boot()["status"] == "Accepted"
    with station(gateway, "rdam%20123/", KEY, user="rdam 123") as one:
        assert one.boot()["status"] == "Accepted"
    with station(gateway, "a%3Ab", KEY, user="a:b") as one:
        assert one.boot()["status"] == "Accepted"


@pytest.mark.requirement("J02")
@pytest.mark.requirement("J03")
def test_the_first_offered_version_that_is_spoken(gateway: GatewayProcess) -> None:
    gateway.cli("station", "add", "VER", "--profile", "1", *ACCEPTED)
    with station(gateway, "VER", KEY, protocols=("ocpp1.5", "ocpp2.1", "ocpp1.6")) as one:
        assert one.socket.subprotocol == "ocpp2.1"
        assert one.boot()["status"] == "Accepted"
    with station(gateway, "VER", KEY, protocols=()) as one:
        assert one.socket.subprotocol is None
        with pytest.raises(ConnectionClosed) as closed:
            one.receive()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1002


@pytest.mark.requirement("J10")
@pytest.mark.requirement("J09")
def test_what_is_wrong_is_answered_in_the_words_of_the_version(gateway: GatewayProcess) -> None:
    gateway.cli("station", "add", "WRONG", "--profile", "1", *ACCEPTED)
    with station(gateway, "WRONG", KEY) as one:
        one.boot()
        assert one.call("Nonsense", {})[2] == "NotImplemented"
        assert one.call("Reset", {"type": "Soft"})[2] == "NotSupported"
        assert one.call("Heartbeat", {"extra": 1})[2] == "FormationViolation"
        assert one.call("Authorize", {})[2] == "ProtocolError"
        assert one.call("Authorize", {"idTag": 7})[2] == "TypeConstraintViolation"
        assert one.call("Authorize", {"idTag": "x" * 21})[2] == "PropertyConstraintViolation"
        assert one.call("Heartbeat", None)[0] == 3
        one.send('[2,"broken",')
        assert one.receive()[:3] == [4, "broken", "FormationViolation"]
        one.send([9, "x", {}])
        one.send("no json at all")
        assert one.call("Heartbeat", {})[0] == 3


@pytest.mark.requirement("J13")
def test_a_station_that_comes_back_need_not_boot_again(gateway: GatewayProcess) -> None:
    gateway.cli("station", "add", "AGAIN", "--profile", "1", *ACCEPTED)
    with station(gateway, "AGAIN", KEY) as one:
        one.boot()
    with station(gateway, "AGAIN", KEY) as one:
        assert (
            one.call("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Available"})[2] == {}
        )


def test_the_newest_connection_wins(gateway: GatewayProcess) -> None:
    gateway.cli("station", "add", "TWICE", "--profile", "1", *ACCEPTED)
    with station(gateway, "TWICE", KEY) as first:
        first.boot()
        with station(gateway, "TWICE", KEY) as second:
            with pytest.raises(ConnectionClosed) as closed:
                first.receive()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 4001
            assert second.boot()["status"] == "Accepted"
            assert gateway.cli("station", "show", "TWICE")["connected"] is True


@pytest.mark.requirement("J05")
def test_commands_go_out_one_at_a_time_in_order_and_show_the_real_answer(gateway: GatewayProcess) -> None:
    gateway.cli("station", "add", "CMD", "--profile", "1", *ACCEPTED)
    with station(gateway, "CMD", KEY) as one:
        one.boot()
        first = gateway.cli("station", "send", "CMD", "ClearCache", "{}")["command"]
        second = gateway.cli("station", "send", "CMD", "GetLocalListVersion", "{}")["command"]
        call = one.next_call()
        assert call[2] == "ClearCache"
        assert one.call("Heartbeat", {})[0] == 3
        assert not one.asked
        one.answer(call, {"status": "Rejected"})
        call = one.next_call()
        assert call[2] == "GetLocalListVersion"
        one.send([4, call[1], "InternalError", "no list", {}])
        time.sleep(0.5)
    rows = dict(gateway.sql("SELECT id, state FROM stations_command WHERE id IN (?, ?)", first, second))
    assert rows == {first: "answered", second: "refused"}
    waiting = gateway.cli("station", "send", "CMD", "ClearCache", "{}")
    assert (waiting["state"], waiting["answer"]) == ("queued", None)


def test_a_start_that_is_sent_again_gets_the_same_number_and_a_stop_is_never_refused(gateway: GatewayProcess) -> None:
    gateway.cli("station", "add", "TX", "--profile", "1", *ACCEPTED)
    start = {"connectorId": 1, "idTag": "ABC", "meterStart": 5, "timestamp": "2026-11-21T00:00:00Z"}
    with station(gateway, "TX", KEY) as one:
        one.boot()
        number = one.call("StartTransaction", start)[2]["transactionId"]
        assert one.call("StartTransaction", start)[2]["transactionId"] == number
        assert one.call("StartTransaction", {**start, "connectorId": 2})[2]["transactionId"] != number
        stop = {"transactionId": number, "meterStop": 9, "timestamp": "2026-11-21T01:00:00Z"}
        for _ in range(2):
            assert one.call("StopTransaction", stop)[0] == 3
        for strange in (-1, 0, 99_999):
            assert one.call("StopTransaction", {**stop, "transactionId": strange})[0] == 3
    rows = gateway.sql(
        "SELECT s.stop_wh, s.unmatched FROM stations_session s JOIN stations_station t ON t.id = s.station_id"
        " WHERE t.identity = 'TX' ORDER BY s.id"
    )
    assert rows == [(9, 0), (None, 0), (9, 1), (9, 1), (9, 1)]


@pytest.mark.requirement("C13")
@pytest.mark.requirement("C06")
def test_a_certificate_opens_profile_three_until_it_is_revoked(gateway: GatewayProcess, tmp_path: Path) -> None:
    gateway.cli("station", "add", "CERT", "--profile", "3", "--accepted")
    gateway.cli("station", "add", "OTHER", "--profile", "3", "--accepted")
    key, request, chain = tmp_path / "one.key", tmp_path / "one.csr", tmp_path / "one.pem"
    command = ["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    subprocess.run([*command, "-keyout", key, "-out", request, "-subj", "/CN=CERT"], check=True, capture_output=True)
    issued = gateway.cli("certificate", "issue", "station", "CERT", "--csr", str(request))
    chain.write_text(issued["pem"])
    tls = ssl.create_default_context(cadata=issued["chain"])
    tls.load_cert_chain(chain, key)
    assert refusal(gateway, "OTHER", profile=3, tls=tls) == 401
    with station(gateway, "CERT", profile=3, tls=tls, protocols=("ocpp2.0.1",)) as one:
        assert one.boot()["status"] == "Accepted"
        gateway.cli("certificate", "revoke", issued["serial"], "--reason", "lost")
        with pytest.raises(ConnectionClosed):
            one.receive()
    # Under TLS 1.3 a refused certificate may show only after the handshake: then no answer comes at all.
    with (
        pytest.raises((OSError, EOFError, InvalidHandshake, ConnectionClosed, ssl.SSLError)),
        station(gateway, "CERT", profile=3, tls=tls) as one,
    ):
        one.boot()


def test_nothing_acknowledged_is_lost_when_the_gateway_is_killed(gateway: GatewayProcess) -> None:
    gateway.cli("station", "add", "KILL", "--profile", "1", *ACCEPTED)
    acknowledged: list[int] = []
    for round_ in range(3):
        with station(gateway, "KILL", KEY) as one:
            _talk_until_killed(one, gateway, acknowledged, round_)
        gateway.start()
    stored = [row[0] for row in gateway.sql("SELECT start_wh FROM stations_session WHERE token = 'KILL' ORDER BY id")]
    assert set(acknowledged) <= set(stored)
    assert len(stored) == len(set(stored))
    assert len(acknowledged) > 30


def _talk_until_killed(one: Client, gateway: GatewayProcess, acknowledged: list[int], round_: int) -> None:
    one.boot()
    for number in range(round_ * 1000, round_ * 1000 + 1000):
        if number == round_ * 1000 + 20:
            gateway.process.send_signal(signal.SIGKILL)
        start = {"connectorId": 1, "idTag": "KILL", "meterStart": number, "timestamp": "2026-11-21T00:00:00Z"}
        try:
            assert one.call("StartTransaction", start)[0] == 3
        except (ConnectionClosed, OSError):
            break
        acknowledged.append(number)
    gateway.process.wait(timeout=10)
    assert gateway.process.stdout is not None
    gateway.process.stdout.close()
