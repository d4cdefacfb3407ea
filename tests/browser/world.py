"""The small world that the browser tests, the screenshots and the bench look at: real rows, made by real code."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from console import life
from console.models import Operator
from console.rights import Role
from security import checking, exporting, logbook, sealing
from security.exporting import Wanted
from security.models import Export, JobStatus
from tests import factories
from tests.browser import stations

PEOPLE = {
    "ada": ("Ada Lindqvist", Role.ADMINISTRATOR),
    "ben": ("Ben Okafor", Role.OPERATOR),
    "carla": ("Carla Weiß", Role.AUDITOR),
    "dmitri": ("Dmitri Sokolow", Role.VIEWER),
}


def make() -> dict[str, str]:
    """Fill an empty installation. Returns the facts that addresses need, such as the key of a row."""
    for name, (full_name, role) in PEOPLE.items():
        factories.operator(
            name,
            role,
            full_name=full_name,
            created_at=timezone.now(),
            password=factories.PASSWORD,
            zone="Europe/Berlin",
        )
    processes()
    factories.operator("emil", Role.OPERATOR, full_name="Emil Brandt", group=factories.group("Nordhafen"))
    return {"operator": "ben", **stations.make(timezone.now()), **_books()}


def _books() -> dict[str, str]:
    """A sealed log book with one entry after the seal, and a check of it that found nothing."""
    enter(24)
    book = logbook.get_book("metrological")
    sealing.seal(book, at=timezone.now())
    check = checking.ask(book, by="operator:ada", at=timezone.now())
    checking.run(check.pk, at=timezone.now())
    _exports()
    return {"unsealed": str(enter(1)), "check": str(check.pk)}


def _exports() -> None:
    """One made, one that found nothing, one that waits and one half done."""
    for wanted in (Wanted("metrological", with_openings=True), Wanted("metrological", subject="station:DE*ABC*E9999")):
        exporting.ask(wanted, actor="operator:carla", at=timezone.now())
    exporting.make_due(at=timezone.now())
    for wanted in (Wanted("metrological", "3", "20"), Wanted("audit")):
        row = exporting.ask(wanted, actor="operator:ada", at=timezone.now())
    Export.objects.filter(pk=row.pk).update(status=JobStatus.RUNNING, done=4_000, total=9_310)


def enter(many: int) -> int:
    """Make entries of adjusted clocks; returns the number of the last."""
    facts = {"before": "2026-03-14T09:26:45.800000Z", "after": "2026-03-14T09:26:53.000000Z", "delta_ns": 7_200_000_000}
    entries = [
        logbook.NewEntry("clock.adjusted", facts, f"station:DE*ABC*E{n:04}", "system:console", timezone.now())
        for n in range(many)
    ]
    with transaction.atomic():
        return logbook.append_many("metrological", entries)[-1].sequence


def processes() -> None:
    """A tree in which one fell and came back, one is silent, and one was stopped on purpose."""
    now = timezone.now()
    for number, name in enumerate(("supervisor", "engine", "web", "worker", "beat")):
        begin = now - timedelta(hours=3, minutes=number)
        life.started(name, pid=4711 + number, restarts=int(name == "worker"), at=begin)
        if name != "beat":
            life.seen(name, pid=4711 + number, started_at=begin, at=now)
    life.started("worker-2", pid=4801, restarts=2, at=now - timedelta(minutes=2))
    life.ended("worker-2", pid=4801, at=now, wanted=False, note="was ended by SIGKILL")


def sessions() -> dict[str, str]:
    """A session cookie per person, so that a page is opened without walking through the sign-in first."""
    people = Operator.objects.filter(name__in=[*PEOPLE, "emil"])
    return {person.name: factories.signed_in(person).cookies[settings.SESSION_COOKIE_NAME].value for person in people}


def grow() -> None:
    """Many more rows of every kind that pages list."""
    enter(40)
    stations.grow(timezone.now())
    for number in range(40):
        factories.operator(f"extra-{number:02}", *list(Role)[: number % 4 + 1], group=factories.group())
