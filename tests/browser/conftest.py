"""A browser per test file, a console per test process."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests import needs
from tests.browser import server, visit
from tests.browser.server import Console


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if {"browser", "console", "debug_console"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("browser")


@pytest.fixture(scope="session")
def console() -> Iterator[Console]:
    needs.chromium()
    with server.running() as running:
        yield running


@pytest.fixture(scope="session")
def debug_console() -> Iterator[Console]:
    """The same with DEBUG=1, for the design page."""
    needs.chromium()
    with server.running(debug=True) as running:
        yield running


# Not for the whole session: while Playwright runs, Django takes this thread for an asynchronous one and refuses
# queries.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with visit.chromium() as running:
        yield running
