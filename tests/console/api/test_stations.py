"""Stations over REST: by token and by session, within the groups and scopes of whoever asks."""

from typing import Any

import pytest
from django.test import Client

from console.accounts import api_tokens
from console.rights import Right, Role
from security.models import Entry
from stations.models import Command, Station
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def program(*rights: Right) -> Client:
    _, token = api_tokens.create(scopes=[right.value for right in rights], label="test", by="cli:test", at=NOW)
    return Client(headers={"authorization": f"Bearer {token}"})


def post(client: Client, path: str, **data: Any) -> Any:
    return client.post(path, data, content_type="application/json")


def test_a_station_is_registered_let_in_and_commanded() -> None:
    client = program(Right.SEE_STATIONS, Right.ONBOARD_STATIONS, Right.COMMAND_STATIONS)
    made = post(client, "/api/stations/", id="DE*ABC*E1", profile=1, group="North")
    assert made.status_code == 201
    assert len(made.json()["password"]) == 40
    assert post(client, "/api/stations/", id="de*abc*e1", profile=1).status_code == 409
    listed = client.get("/api/stations/?status=pending").json()
    assert [row["id"] for row in listed["stations"]] == ["DE*ABC*E1"]
    assert listed["next"] is None
    assert "password" not in client.get("/api/stations/DE*ABC*E1/").json()
    assert post(client, "/api/stations/DE*ABC*E1/accept/", reason="ours").json()["status"] == "accepted"
    refused = post(client, "/api/stations/DE*ABC*E1/commands/", action="Reset", payload={"type": "Soft"})
    assert refused.status_code == 409
    assert refused.json()["error"]["code"] == "command-not-allowed"
    Station.objects.update(protocol="ocpp1.6")
    queued = post(client, "/api/stations/DE*ABC*E1/commands/", action="Reset", payload={"type": "Soft"})
    assert queued.status_code == 202
    number = queued.json()["command"]
    assert client.get(f"/api/stations/DE*ABC*E1/commands/{number}/").json()["state"] == Command.State.QUEUED
    actors = Entry.objects.filter(book__name="audit", subject="station:DE*ABC*E1").values_list("actor", flat=True)
    assert {actor.partition(":")[0] for actor in actors} == {"api-token"}


def test_pages_follow_each_other_without_a_gap() -> None:
    for number in range(205):
        factories.station(f"S{number:04}")
    client = program(Right.SEE_STATIONS)
    first = client.get("/api/stations/").json()
    second = client.get(f"/api/stations/?after={first['next']}").json()
    names = [row["id"] for row in first["stations"] + second["stations"]]
    assert names == [f"S{number:04}" for number in range(205)]
    assert second["next"] is None


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("/api/stations/", {"id": "E2", "profile": 1}),
        ("/api/stations/E1/block/", {}),
        ("/api/stations/E1/key/", {}),
        ("/api/stations/E1/commands/", {"action": "Reset", "payload": {}}),
    ],
)
def test_who_may_only_read_changes_nothing(path: str, data: dict[str, Any]) -> None:
    factories.station("E1", protocol="ocpp1.6")
    reader = program(Right.SEE_STATIONS)
    before = Entry.objects.count()
    assert post(reader, path, **data).status_code == 403
    assert Station.objects.get().status == "accepted"
    assert Entry.objects.count() == before


def test_a_station_of_another_group_does_not_exist() -> None:
    north = factories.group("North")
    factories.station("NORTH", group=north)
    factories.station("SOUTH", group=factories.group("South"))
    client = factories.signed_in(factories.operator("nora", Role.OPERATOR, group=north))
    assert [row["id"] for row in client.get("/api/stations/").json()["stations"]] == ["NORTH"]
    assert client.get("/api/stations/SOUTH/").status_code == 404
    assert post(client, "/api/stations/SOUTH/block/").status_code == 404


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"id": "E1"},
        {"id": "E1", "profile": 4},
        {"id": "a/b", "profile": 1},
        {"id": "E1", "profile": 1, "password": "hex:zz"},
    ],
)
def test_bad_input_is_told_and_nothing_is_made(data: dict[str, Any]) -> None:
    answer = post(program(Right.SEE_STATIONS, Right.ONBOARD_STATIONS), "/api/stations/", **data)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]
    assert not Station.objects.exists()


def test_the_description_names_every_address() -> None:
    text = Client().get("/api/schema/").content.decode()
    assert "/api/stations/{identity}/commands/" in text
