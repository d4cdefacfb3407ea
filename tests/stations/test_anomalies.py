"""What is odd about those who newly connect is found, and what is in order is not."""

from datetime import timedelta

import pytest

from stations import anomalies, knocking, presence
from stations.knocking import Knock
from stations.presence import Link
from tests import factories
from tests.factories import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("J18")]


def knock(identity: str, *, address: str = "192.0.2.9", ago: timedelta = timedelta(minutes=5)) -> None:
    knocking.record([Knock(1, address, "unknown-identity", identity, {})], at=NOW - ago)


def test_a_sudden_rise_of_new_identities_is_found() -> None:
    for number in range(anomalies.RATE_LEAST - 1):
        knock(f"E{number}")
    assert not anomalies.rate(now=NOW).sudden
    knock("E-last")
    found = anomalies.rate(now=NOW)
    assert (found.unknown, found.registered, found.sudden) == (anomalies.RATE_LEAST, 0, True)


def test_one_that_knocks_again_and_again_is_one_identity() -> None:
    for minute in range(50):
        knock("E1", ago=timedelta(minutes=minute))
    assert anomalies.rate(now=NOW).now == 1


def test_who_knocked_yesterday_is_not_new_today() -> None:
    knock("E1", ago=timedelta(hours=20))
    knock("E1")
    assert anomalies.rate(now=NOW).now == 0


def test_what_is_usual_is_no_rise() -> None:
    for number in range(23 * 10):
        knock(f"old{number}", ago=timedelta(hours=1, minutes=1 + 5 * number))
    for number in range(anomalies.RATE_LEAST):
        knock(f"new{number}")
    found = anomalies.rate(now=NOW)
    assert found.usual == pytest.approx(10)
    assert not found.sudden


def test_those_who_were_let_into_the_hall_count_and_those_added_by_hand_do_not() -> None:
    factories.station(status="knocking")
    factories.station(status="pending")
    assert anomalies.rate(now=NOW + timedelta(seconds=1)).now == 1


def test_one_serial_under_two_identities_is_found() -> None:
    twins = [factories.station(serial="S1", vendor="Kranich") for _ in range(2)]
    factories.station(serial="S1", vendor="Elbtal")  # every maker numbers from one
    factories.station(serial="S2", vendor="Kranich")
    factories.station(serial="", vendor="Kranich")
    factories.station(serial="", vendor="Kranich")
    found = anomalies.shared_serials()
    assert [(one.serial, list(one.stations)) for one in found] == [("S1", twins)]


def test_a_retired_station_hands_its_serial_on() -> None:
    factories.station(serial="S1", status="retired")
    factories.station(serial="S1")
    assert anomalies.shared_serials() == []


def test_one_address_with_many_identities_is_found() -> None:
    gateway = presence.start("gw", at=NOW)
    for number in range(2):
        station = factories.station(f"C{number}")
        presence.arrived(station, Link(f"c{number}", "192.0.2.9", 1, "ocpp1.6", {}), gateway=gateway, at=NOW)
    for number in range(anomalies.IDENTITIES_PER_ADDRESS - 3):
        knock(f"E{number}")
    knock("C0")  # connected and refused: still one identity
    assert anomalies.busy_addresses(now=NOW) == []
    knock("E-last")
    (found,) = anomalies.busy_addresses(now=NOW)
    assert (found.address, found.count) == ("192.0.2.9", anomalies.IDENTITIES_PER_ADDRESS)
    assert "C1" in found.identities
    assert anomalies.busy_addresses(now=NOW, known_fronts=["192.0.2.9"]) == []


def test_what_is_older_than_a_day_is_forgotten() -> None:
    for number in range(anomalies.IDENTITIES_PER_ADDRESS):
        knock(f"E{number}", ago=timedelta(hours=25))
    assert anomalies.busy_addresses(now=NOW) == []
