"""The page of exports: who may, what is queued, what is taken away, and what it leaves in the audit book."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from console.rights import Role
from security import exporting, logbook
from security.models import Entry, Export, JobStatus
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def book(tmp_path, settings) -> None:
    settings.MERIDIAN_HOME = tmp_path
    with transaction.atomic():
        for number in range(3):
            logbook.append(
                "metrological",
                "clock.adjusted",
                {"n": number},
                subject="station:1",
                actor="x:y",
                at=timezone.now(),
                personal={"tag": "secret"},
            )


def person(*roles: Role):
    return factories.signed_in(factories.operator("", *roles))


@pytest.mark.requirement("O04")
def test_an_export_is_asked_for_made_and_taken_away() -> None:
    client = person(Role.METROLOGY_OFFICER)
    assert client.post("/exports/ask/", {"book": "metrological"}).status_code == 302
    assert b"Waiting" in client.get("/exports/").content
    assert client.get("/exports/1/download/").status_code == 404
    exporting.make_due(at=timezone.now())
    row = Export.objects.get()
    page = client.get("/exports/", headers={"HX-Request": "true"}).content.decode()
    assert f"/exports/{row.pk}/download/" in page
    assert "<form" not in page  # only the moving part
    taken = client.get(f"/exports/{row.pk}/download/")
    assert b"".join(taken.streaming_content)[:2] == b"PK"
    assert Entry.objects.filter(book__name="audit", kind="export.downloaded").count() == 1


def test_what_cannot_be_exported_is_said_in_the_form() -> None:
    answer = person(Role.METROLOGY_OFFICER).post("/exports/ask/", {"book": "metrological", "first": "99"})
    assert answer.status_code == 400
    assert b"it has no entry 99" in answer.content
    assert not Export.objects.exists()


def test_personal_data_leave_only_with_their_own_right() -> None:
    officer, auditor = person(Role.METROLOGY_OFFICER), person(Role.AUDITOR)
    officer.post("/exports/ask/", {"book": "metrological", "openings": "on"})
    auditor.post("/exports/ask/", {"book": "metrological", "openings": "on"})
    exporting.make_due(at=timezone.now())
    by_officer, by_auditor = Export.objects.order_by("id")
    assert (by_officer.with_openings, by_auditor.with_openings) == (False, True)
    assert officer.get(f"/exports/{by_auditor.pk}/download/").status_code == 404
    taken = auditor.get(f"/exports/{by_auditor.pk}/download/")
    assert taken.status_code == 200
    assert b"".join(taken.streaming_content)
    assert b"openings" not in officer.get("/exports/").content


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR, Role.BILLING])
def test_without_the_right_nothing_is_exported(role: Role) -> None:
    client = person(role)
    client.raise_request_exception = False
    client.get("/exports/")
    client.post("/exports/ask/", {"book": "metrological"})
    assert not Export.objects.exists()
    assert Entry.objects.filter(kind="access.refused").count() == 2


def test_the_files_for_an_auditor() -> None:
    client = person(Role.AUDITOR)
    assert client.get("/exports/programs/verify.py").content.startswith(b"#!/usr/bin/env python3")
    assert b"cosign" in client.get("/exports/programs/witness.py").content
    assert client.get("/exports/programs/other.py").status_code == 404
    assert client.get("/exports/ca.pem").content == exporting.authority(at=timezone.now()).pem()


def test_a_worker_that_died_is_no_end() -> None:
    person(Role.METROLOGY_OFFICER).post("/exports/ask/", {"book": "metrological"})
    Export.objects.update(status=JobStatus.RUNNING)
    exporting.make_due(at=timezone.now() + timedelta(hours=1))
    assert Export.objects.get().status == JobStatus.DONE
