from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from security.bundling.source import Span
from tests.security.bundles import Bench
from tests.sim.logbook import PaperBook


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Keys and memories of one test are no business of the next."""
    monkeypatch.setattr(settings, "MERIDIAN_HOME", tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("bundles"))


@pytest.fixture(scope="session")
def book() -> PaperBook:
    """54 entries, three seals, one opened value, one station record."""
    book = PaperBook()
    book.grow(30).commit("name", "Ada Lövelace")
    book.seal()
    book.grow(20).seal()
    book.grow(3).seal()
    book.records = [("DE-ABC-E0001-2026-06-01.ocmf", b'OCMF|{"FV":"1.4"}|{"SD":"00"}')]
    return book


@pytest.fixture(scope="session")
def whole(bench: Bench, book: PaperBook) -> Path:
    return bench.export(book, Span(0, 53, openings=True), "whole.zip")


@pytest.fixture(scope="session")
def part(bench: Bench, book: PaperBook) -> Path:
    """Begins and ends inside the book, so it rests on edge.txt and on the proof of its last entry."""
    return bench.export(book, Span(10, 40), "part.zip")


@pytest.fixture(scope="session")
def selection(bench: Bench, book: PaperBook) -> Path:
    return bench.export(book, Span(0, 53, "station:DE*ABC*E0001"), "selection.zip")
