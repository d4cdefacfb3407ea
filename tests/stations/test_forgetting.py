"""What need not be kept is forgotten, and nothing else."""

from datetime import timedelta

import pytest
from django.conf import settings

from console.celery import app
from stations import messages, presence, tasks
from stations.messages import Record
from stations.models import Gateway, Message, Station
from stations.presence import Link
from tests.factories import NOW, station

pytestmark = pytest.mark.django_db


def said(one: Station, number: int, *, days_ago: int = 0) -> Record:
    at = NOW - timedelta(days=days_ago)
    return Record(one.pk, at, "in", "call", "Heartbeat", str(number), {}, 20)


def kept(one: Station) -> list[str]:
    return list(Message.objects.filter(station=one).order_by("pk").values_list("message_id", flat=True))


def test_old_records_go_and_of_a_chatty_station_all_but_the_newest() -> None:
    quiet, chatty = station(), station()
    messages.write([said(quiet, 0, days_ago=91), said(quiet, 1, days_ago=89)])
    messages.write([said(chatty, number) for number in range(10)])
    assert messages.prune(before=NOW - timedelta(days=90), keep_per_station=4) == 7
    assert kept(quiet) == ["1"]
    assert kept(chatty) == ["6", "7", "8", "9"]
    assert messages.prune(before=NOW - timedelta(days=90), keep_per_station=4) == 0


def test_the_task_goes_by_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "MESSAGES_KEPT_PER_STATION", 2)
    monkeypatch.setattr(settings, "MESSAGES_KEPT_DAYS", 3650)
    one = station()
    messages.write([said(one, number) for number in range(5)])
    tasks.forget_messages()
    assert kept(one) == ["3", "4"]


def test_a_gateway_that_is_gone_for_long_is_forgotten_with_its_connections() -> None:
    one, link = station(), Link("c1", "192.0.2.1", 1, "ocpp1.6", {})
    dead = presence.start("dead", at=NOW - timedelta(minutes=5))
    alive = presence.start("alive", at=NOW)
    presence.arrived(one, link, gateway=dead, at=NOW - timedelta(minutes=5))
    assert not presence.is_connected(one, now=NOW)
    assert presence.sweep(now=NOW) == 1
    assert list(Gateway.objects.all()) == [alive]


def test_every_task_of_the_schedule_exists() -> None:
    app.loader.import_default_modules()
    assert {line["task"] for line in settings.CELERY_BEAT_SCHEDULE.values()} <= set(app.tasks)
