"""Open pages are told what kinds of things changed, once, and nothing while nothing happens."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from console.bell import GROUP
from stations import bell
from stations.gateway.desk import Desk
from stations.gateway.showing import Showing
from stations.messages import Record

MESSAGES = {"messages", "commands", "sessions-of-stations"}


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(
        "stations.gateway.desk.Writer",
        lambda finish: SimpleNamespace(submit=lambda work: SimpleNamespace(add_done_callback=lambda tell: None)),
    )
    reception = SimpleNamespace(inside={}, noted=0)
    desk = Desk()
    return SimpleNamespace(desk=desk, reception=reception, showing=Showing(desk, reception))  # type: ignore[arg-type]


def said(action: str) -> Record:
    return Record(1, datetime(2026, 3, 14, tzinfo=UTC), "in", "call", action, "1", {}, 2)


def test_nothing_is_told_of_what_was_there_already(house: Any) -> None:
    house.reception.inside[1] = (SimpleNamespace(connection="a"), None)
    assert house.showing.changed() == []
    assert house.showing.changed() == []


def test_each_kind_of_change_is_told_once(house: Any) -> None:
    house.showing.changed()
    house.desk.note(said("Heartbeat"))
    assert set(house.showing.changed()) == MESSAGES
    house.desk.note(said("BootNotification"))
    assert set(house.showing.changed()) == MESSAGES | {"stations"}
    house.reception.noted += 1
    assert house.showing.changed() == ["knocking"]
    assert house.showing.changed() == []


def test_a_station_that_went_and_came_back_is_a_change(house: Any) -> None:
    house.reception.inside[1] = (SimpleNamespace(connection="a"), None)
    house.showing.changed()
    house.reception.inside[1] = (SimpleNamespace(connection="b"), None)
    assert house.showing.changed() == ["stations"]


def test_the_bell_hangs_where_the_pages_listen(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []

    class Layer:
        async def group_send(self, group: str, message: dict[str, Any]) -> None:
            sent.append((group, message))

    monkeypatch.setattr(bell, "get_channel_layer", Layer)
    bell.show(["stations"])
    assert sent == [(GROUP, {"type": "live.changed", "topics": ["stations"]})]
