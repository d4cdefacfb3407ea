"""An example of every act that a person can do: one per address that takes more than a GET, one per command's verb.

`test_audit_walk.py` does them all, and fails when an act left no entry in the audit trail, or when an address or a verb
is missing here. Add a line with each new one: how to do it, and the kind of entry that must be there afterwards.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from console.models import Operator
from security import logbook
from security.models import Book
from tests import environment, factories


@dataclass(frozen=True, slots=True)
class Stage:
    """What an example may use: ada, an administrator who has just proved who she is, and her browser."""

    ada: Operator
    browser: Client

    def post(self, view: str, data: Mapping[str, Any] | None = None, **arguments: Any) -> HttpResponse:
        return self.browser.post(reverse(view, kwargs=arguments), data or {})


@dataclass(frozen=True, slots=True)
class Act:
    """`do` does the act once, `kind` is the entry it must leave; `prepare` makes what the act is about."""

    kind: str
    do: Callable[[Stage], HttpResponse]
    prepare: Callable[[Stage], None] = field(default=lambda stage: None)


@dataclass(frozen=True, slots=True)
class Said:
    """A command line and the entry it must leave."""

    kind: str
    words: tuple[str, ...]
    prepare: Callable[[], None] = field(default=lambda: None)


# By the name of the address.
ACTS: dict[str, Act] = {
    "logbook_verify": Act(
        "book.check-asked", lambda stage: stage.post("logbook_verify", book="metrological"), lambda _: _book()
    ),
    "logbook_seal": Act(
        "book.seal-ordered", lambda stage: stage.post("logbook_seal", book="metrological"), lambda _: _book()
    ),
    "logbook_rotate_key": Act(
        "key.introduced", lambda stage: stage.post("logbook_rotate_key", book="metrological"), lambda _: _book()
    ),
}

# Addresses that take a POST and do no act that the trail has to know.
NO_ACTS: dict[str, str] = {
    "welcome_dismiss": "puts away a hint in one's own browser",
    "theme_set": "how one's own pages look; nobody else sees or answers for it",
    "language_set": "how one's own pages look; nobody else sees or answers for it",
}


def _book() -> None:
    logbook.append("metrological", "seal.broken", {}, subject="station:E1", actor="operator:ada", at=factories.NOW)


def _broken_book() -> None:
    _book()
    Book.objects.filter(name="metrological").update(state=Book.State.READ_ONLY)


def _station() -> None:
    factories.station("E1", status="pending", protocol="ocpp1.6")


# By noun and verb.
COMMANDS: dict[str, Said] = {
    "logbook append": Said(
        "logbook.entered", ("metrological", "--kind", "seal.broken", "--subject", "station:E1", "--payload", "{}")
    ),
    "station add": Said("station.added", ("E1", "--profile", "1")),
    "station accept": Said("station.accepted", ("E1",), _station),
    "station reject": Said("station.rejected", ("E1",), _station),
    "station block": Said("station.blocked", ("E1",), _station),
    "station retire": Said("station.retired", ("E1",), _station),
    "station rotate-key": Said("key.proposed", ("E1",), _station),
    "station send": Said("command.queued", ("E1", "Reset", '{"type": "Soft"}'), _station),
    "logbook export": Said(
        "export.asked", ("--book", "metrological", "--out", str(environment.HOME / "walk.zip")), _book
    ),
    "logbook recover": Said("book.opened", ("metrological", "--successor", "--reason", "lost"), _broken_book),
}

# Verbs that leave no entry, each with the reason.
NO_ENTRY: dict[str, str] = {
    "logbook list": "only reads",
    "station list": "only reads",
    "station show": "only reads",
    "station messages": "only reads",
    "logbook entries": "only reads",
    "logbook policy": "only reads what is public",
    "logbook verify": "only reads a file, which may be of another house",
    "logbook seal": "a seal is its own evidence: an entry about it would want the next seal",
}
