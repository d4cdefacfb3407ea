"""Every kind of entry that the source writes has a sentence, and every sentence can be said."""

import ast
from collections.abc import Iterator
from string import Formatter

import pytest

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
