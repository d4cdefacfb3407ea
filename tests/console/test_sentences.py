"""Every kind of entry that the source writes has a sentence, and every sentence can be said."""

import ast
from collections.abc import Iterator
from string import Formatter

import pytest

from console import sentences
from console.sentences import SENTENCES
from tests.tools.source import modules

# Functions that write entries, and which of their arguments is the kind.
WRITERS = {"enter": 0, "NewEntry": 0, "append": 1}


def kinds_in_source() -> Iterator[tuple[str, str]]:
    for module in modules("security", "stations", "timesync", "console"):
        for call in (node for node in ast.walk(module.tree) if isinstance(node, ast.Call)):
            name = getattr(call.func, "attr", getattr(call.func, "id", ""))
            place = WRITERS.get(name)
            if place is None or len(call.args) <= place:
                continue
            kind = call.args[place]
            if isinstance(kind, ast.Constant) and isinstance(kind.value, str) and "." in kind.value:
                yield kind.value, f"{module.place}:{call.lineno}"


def test_every_kind_has_a_sentence() -> None:
    missing = {kind: place for kind, place in kinds_in_source() if kind not in SENTENCES}
    assert not missing, f"add a row to console/sentences.py for: {missing}"
    assert {"book.opened", "access.refused", "key.introduced"} <= {kind for kind, _ in kinds_in_source()}


@pytest.mark.parametrize("kind", sorted(SENTENCES))
def test_a_sentence_is_one(kind: str) -> None:
    text = str(SENTENCES[kind])
    assert text.endswith(".")
    assert all(name is None or name.isidentifier() or name == "from" for _, name, _, _ in Formatter().parse(text))


def test_what_acts_by_itself_is_named_in_words_and_moments_can_be_read() -> None:
    payload = {"before": "2026-11-21T00:00:00.000000Z", "after": "2026-11-21T00:00:07.250000Z"}
    entry = {"kind": "clock.adjusted", "subject": "station:E1", "actor": "system:onboarding", "payload": payload}
    said = "The clock of E1 was moved from 2026-11-21 00:00:00.000 UTC to 2026-11-21 00:00:07.250 UTC."
    assert sentences.of(entry) == said
    entry = {"kind": "station.accepted", "subject": "station:E1", "actor": "system:onboarding", "payload": {}}
    assert sentences.of(entry) == "The onboarding let station E1 in."
