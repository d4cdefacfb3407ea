"""No act without a trace: every address that changes something, and every verb of the command line, leaves an entry."""

from io import StringIO

import pytest
from django.core.management import call_command, get_commands, load_command_class
from django.test import Client

from console.management.nouns import Noun
from console.models import Operator
from security.models import Entry
from tests.addresses import Address, addresses
from tests.console.acts import ACTS, COMMANDS, NO_ACTS, NO_ENTRY, Stage

pytestmark = pytest.mark.django_db
CHANGING = ("post", "put", "patch", "delete")
OURS = {"console", "security", "stations", "timesync"}


@pytest.fixture
def stage(ada: Operator, as_ada: Client) -> Stage:
    return Stage(ada, as_ada)


def entries() -> set[tuple[int, int]]:
    return set(Entry.objects.values_list("book_id", "sequence"))


def kinds_but(known: set[tuple[int, int]]) -> list[str]:
    """The kinds of what was entered since; in any book, for an act upon a book is entered in that book."""
    found = Entry.objects.order_by("book_id", "sequence").values_list("book_id", "sequence", "kind")
    return [kind for book, sequence, kind in found if (book, sequence) not in known]


def methods_taken(address: Address, client: Client) -> list[str]:
    return [method for method in CHANGING if getattr(client, method)(address.example).status_code != 405]


@pytest.mark.requirement("O02")
def test_every_changing_address_has_an_example(as_ada: Client) -> None:
    unknown = [one for one in addresses() if one.name not in ACTS.keys() | NO_ACTS.keys()]
    missing = [f"{one.name} takes {', '.join(taken)}" for one in unknown if (taken := methods_taken(one, as_ada))]
    assert not missing, "add an example to tests/console/acts.py, or say @require_GET:\n" + "\n".join(missing)


def test_no_example_is_of_an_address_that_is_gone() -> None:
    assert not (ACTS.keys() | NO_ACTS.keys()) - {one.name for one in addresses()}


@pytest.mark.requirement("O02")
@pytest.mark.parametrize("view", sorted(ACTS))
def test_an_act_leaves_its_entry(stage: Stage, view: str) -> None:
    act = ACTS[view]
    act.prepare(stage)
    before = entries()
    answer = act.do(stage)
    assert answer.status_code < 400, f"{view} answered {answer.status_code}"
    assert act.kind in kinds_but(before), f"{view} answered {answer.status_code} and left no {act.kind}"


def verbs() -> set[str]:
    found = set()
    for name, app in get_commands().items():
        if str(app) in OURS:
            command = load_command_class(str(app), name)
            if isinstance(command, Noun):
                found |= {f"{name} {verb.name}" for verb in command.verbs}
    return found


@pytest.mark.requirement("O02")
def test_every_verb_has_an_example() -> None:
    assert verbs() == COMMANDS.keys() | NO_ENTRY.keys(), "keep COMMANDS and NO_ENTRY of tests/console/acts.py complete"


@pytest.mark.requirement("O02")
@pytest.mark.parametrize("verb", sorted(COMMANDS))
def test_a_command_leaves_its_entry(verb: str) -> None:
    said = COMMANDS[verb]
    said.prepare()
    before = entries()
    call_command(*verb.split(), *said.words, stdout=StringIO(), stderr=StringIO())
    assert said.kind in kinds_but(before)
