"""Live updates: who may listen, what they hear, when it ends; and that ringing never harms the act that rings."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from channels.layers import channel_layers, get_channel_layer
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.test import override_settings

from console import bell, health, live
from console.models import Operator
from console.rights import Role
from tests import factories

MEMORY = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def fresh_layer(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(health, "engine_answers", lambda: True)
    with override_settings(CHANNEL_LAYERS=MEMORY):
        channel_layers.backends = {}
        yield
    channel_layers.backends = {}


@pytest.fixture
def cookie() -> str:
    person = factories.operator("ada", Role.VIEWER, password=factories.PASSWORD)
    return factories.signed_in(person).cookies[settings.SESSION_COOKIE_NAME].value


def socket(cookie: str, *, origin: str = "http://127.0.0.1:8000", host: str = "127.0.0.1:8000") -> Any:
    headers = [(b"host", host.encode()), (b"origin", origin.encode())]
    headers += [(b"cookie", f"{settings.SESSION_COOKIE_NAME}={cookie}".encode())] if cookie else []
    return WebsocketCommunicator(live.application, "/live/", headers=headers)


async def heard(listener: Any) -> Any:
    return await listener.receive_json_from(timeout=2)


async def say(*topics: str) -> None:
    await get_channel_layer().group_send(bell.GROUP, {"type": "live.changed", "topics": list(topics)})


async def test_a_signed_in_page_hears_what_changed_and_nothing_more(cookie: str) -> None:
    listener = socket(cookie)
    assert (await listener.connect())[0]
    await say("system", "people")
    assert await heard(listener) == {"changed": ["system", "people"]}
    await listener.disconnect()


FOREIGN = [
    {"origin": "https://evil.example"},
    {"origin": "http://127.0.0.1:9999"},
    {"origin": ""},
    {"origin": "null"},
    {"origin": "http://evil.example", "host": "evil.example"},
]


@pytest.mark.parametrize("place", FOREIGN)
async def test_pages_of_other_sites_are_turned_away(cookie: str, place: dict[str, str]) -> None:
    assert not (await socket(cookie, **place).connect())[0]


@pytest.mark.parametrize("wrong", ["", "unknownunknownunknownunknown1234"])
async def test_nobody_listens_without_a_session(wrong: str) -> None:
    assert not (await socket(wrong).connect())[0]


async def test_a_sign_out_ends_the_socket(cookie: str) -> None:
    listener = socket(cookie)
    await listener.connect()
    await Session.objects.all().adelete()
    await say(live.SESSIONS)
    assert (await listener.receive_output(timeout=2))["code"] == live.SIGNED_OUT


@pytest.mark.parametrize("lost", ["person", "engine"])
async def test_the_watch_ends_it_without_being_told(cookie: str, lost: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "LOOK", 0.05)
    listener = socket(cookie)
    await listener.connect()
    if lost == "person":
        await Operator.objects.aupdate(is_active=False)
    else:
        monkeypatch.setattr(health, "engine_answers", lambda: False)
    closed = await listener.receive_output(timeout=3)
    assert closed["code"] == {"person": live.SIGNED_OUT, "engine": live.AWAY}[lost]


# ── the bell ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    messages: list[list[str]] = []
    monkeypatch.setattr(bell, "_publish", messages.append)
    return messages


def quiet() -> None:
    while (ringer := bell._bell.ringer) is not None:
        ringer.join()


def test_many_changes_are_one_message_after_the_commit(rung: list[list[str]]) -> None:
    with transaction.atomic():
        for number in range(50):
            bell.changed("people", f"station:{number % 2}")
        assert rung == []
        assert bell._bell.ringer is None, "rung before the commit"
    quiet()
    assert rung == [["people", "station:0", "station:1"]]


def test_what_is_rolled_back_is_not_rung(rung: list[list[str]]) -> None:
    with transaction.atomic():
        bell.changed("people")
        transaction.set_rollback(True)
    quiet()
    assert rung == []


def test_an_engine_that_is_away_harms_no_act(caplog: pytest.LogCaptureFixture) -> None:
    class Away:
        async def group_send(self, *_: Any) -> None:
            raise ConnectionRefusedError("no engine")

    channel_layers.backends = {"default": Away()}
    with transaction.atomic():
        bell.changed("people")
        factories.operator("ben")
    quiet()
    assert Operator.objects.filter(name="ben").exists()
    assert "were not told" in caplog.text


def test_an_engine_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow:
        async def group_send(self, *_: Any) -> None:
            await asyncio.sleep(60)

    monkeypatch.setattr(bell, "PATIENCE", 0.05)
    channel_layers.backends = {"default": Slow()}
    bell.changed("people")
    quiet()


def test_a_task_that_nobody_takes_harms_no_act(caplog: pytest.LogCaptureFixture) -> None:
    class Task:
        name = "console.tasks.sweep_processes"

        def apply_async(self, *_: Any, **__: Any) -> None:
            raise ConnectionRefusedError("no engine")

    with transaction.atomic():
        bell.nudge(Task(), 1)  # type: ignore[arg-type]
    assert "the sweep will find its row" in caplog.text
