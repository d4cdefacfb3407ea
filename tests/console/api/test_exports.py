"""Exports over REST: asked for, made, taken away; personal data with their own right only."""

from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from console.accounts import api_tokens
from console.rights import Right
from security import exporting, logbook
from security.models import Entry, Export
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def book(tmp_path: Path, settings: Any) -> None:
    settings.MERIDIAN_HOME = tmp_path
    with transaction.atomic():
        logbook.append("metrological", "seal.broken", {}, subject="station:1", actor="x:y", at=timezone.now())


def program(*rights: Right) -> Client:
    _, token = api_tokens.create(scopes=[right.value for right in rights], label="test", by="cli:test", at=NOW)
    return Client(headers={"authorization": f"Bearer {token}"})


def ask(client: Client, **said: Any) -> Any:
    return client.post("/api/exports/", {"book": "metrological", **said}, content_type="application/json")


def test_asked_for_made_and_taken_away() -> None:
    client = program(Right.EXPORT_LOGBOOKS)
    asked = ask(client)
    assert (asked.status_code, asked.json()["state"]) == (202, "waiting")
    number = asked.json()["export"]
    assert client.get(f"/api/exports/{number}/file/").status_code in {404, 409}
    exporting.make_due(at=timezone.now())
    told = client.get(f"/api/exports/{number}/").json()
    assert (told["state"], told["entries"]) == ("done", 2)
    assert client.get("/api/exports/").json()["exports"] == [told]
    taken = b"".join(client.get(f"/api/exports/{number}/file/").streaming_content)
    assert taken[:2] == b"PK"
    actor = Entry.objects.get(book__name="audit", kind="export.downloaded").actor
    assert actor.startswith("api-token:")


def test_personal_data_need_their_own_right() -> None:
    assert ask(program(Right.EXPORT_LOGBOOKS), openings=True).status_code == 403
    number = ask(program(Right.EXPORT_LOGBOOKS, Right.EXPORT_OPENINGS), openings=True).json()["export"]
    assert program(Right.EXPORT_LOGBOOKS).get(f"/api/exports/{number}/").status_code == 404


def test_what_cannot_be_exported_is_refused() -> None:
    client = program(Right.EXPORT_LOGBOOKS)
    assert ask(client, first="9").status_code == 409
    assert ask(client, book="nothing").status_code == 404
    assert ask(program(Right.SEE_LOGBOOKS)).status_code == 403
    assert not Export.objects.exists()
