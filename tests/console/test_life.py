"""Signs of life: each process for itself, the supervisor for all; what falls silent does not look alive."""

from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.test import Client

from console import installation, life
from console.models import Process
from tests.factories import NOW

pytestmark = pytest.mark.django_db
STATE = Process.State


def row(name: str = "web") -> Process:
    return Process.objects.get(host=life.place(), name=name)


def test_the_life_of_a_process() -> None:
    life.started("web", pid=11, restarts=0, at=NOW)
    assert (row().state, row().pid) == (STATE.STARTING, 11)
    life.seen("web", pid=11, started_at=NOW, at=NOW + timedelta(seconds=5))
    assert (row().state, row().seen_at) == (STATE.RUNNING, NOW + timedelta(seconds=5))
    life.ended("web", pid=11, at=NOW + timedelta(seconds=6), wanted=False, note="was ended by SIGKILL")
    assert (row().state, row().note) == (STATE.FAILED, "was ended by SIGKILL")
    life.started("web", pid=12, restarts=1, at=NOW + timedelta(seconds=7))
    assert (row().state, row().pid, row().restarts, row().note) == (STATE.STARTING, 12, 1, "")


def test_a_sign_keeps_the_count_of_restarts() -> None:
    life.started("web", pid=12, restarts=3, at=NOW)
    life.seen("web", pid=12, started_at=NOW, at=NOW)
    assert row().restarts == 3


def test_without_a_supervisor_the_first_sign_makes_the_place() -> None:
    life.seen("worker", pid=21, started_at=NOW, at=NOW)
    assert (row("worker").state, row("worker").restarts) == (STATE.RUNNING, 0)


def test_a_late_end_of_the_last_one_does_not_touch_the_next() -> None:
    life.started("web", pid=12, restarts=1, at=NOW)
    life.ended("web", pid=11, at=NOW, wanted=False)
    assert row().state == STATE.STARTING


@pytest.mark.parametrize(("age", "alive"), [(0, True), (14, True), (15, False), (3600, False)])
def test_fifteen_seconds_without_a_sign_are_silence(age: int, alive: bool) -> None:
    life.seen("web", pid=11, started_at=NOW, at=NOW)
    at = NOW + timedelta(seconds=age)
    assert life.is_alive(row(), at=at) is alive
    assert (installation.places(at=at)[0].tone == "good") is alive


@pytest.mark.parametrize("wanted", [True, False])
def test_what_ended_is_not_alive_however_fresh(wanted: bool) -> None:
    life.started("web", pid=11, restarts=0, at=NOW)
    life.ended("web", pid=11, at=NOW, wanted=wanted)
    assert not life.is_alive(row(), at=NOW)


def test_a_machine_that_was_taken_away_is_forgotten_after_a_day() -> None:
    life.seen("web", pid=11, started_at=NOW, at=NOW)
    assert life.forget_lost(at=NOW + timedelta(hours=23)) == 0
    assert life.forget_lost(at=NOW + timedelta(hours=25)) == 1


def test_a_heart_survives_a_database_that_is_away(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*_: object, **__: object) -> None:
        raise DatabaseError("gone")

    monkeypatch.setattr(life.connection, "close", lambda: None)
    heart = life.Heart("web")
    with monkeypatch.context() as patched:
        patched.setattr(life, "seen", away)
        heart.beat()
        heart.beat()
    heart.beat()
    told = [record.getMessage() for record in caplog.records if record.name == "console.life"]
    assert told == ["no sign of life can be written: gone", "signs of life are written again"]
    assert row().state == STATE.RUNNING


def test_the_page_shows_silence_and_its_live_part_alone(as_ada: Client) -> None:
    life.seen("web", pid=11, started_at=NOW, at=NOW)
    page = as_ada.get("/system/").content.decode()
    part = as_ada.get("/system/", headers={"HX-Request": "true"}).content.decode()
    assert "Silent" in page
    assert "Silent" in part
    assert 'data-live="system"' in part, "or it would be fetched anew only once"
    assert "<html" in page
    assert "<html" not in part
