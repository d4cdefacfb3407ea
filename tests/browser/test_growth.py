"""A page takes as many queries for a hundred rows as for a few: no query per row hides in a template."""

import pytest

from tests.browser import world
from tests.browser.pages import PAGES
from tests.browser.queries import count_queries


@pytest.mark.django_db
def test_queries_do_not_grow_with_rows() -> None:
    facts = world.make()
    pages = [page for page in PAGES if not page.debug]
    before = {page.name: count_queries(page, facts) for page in pages}
    world.grow()
    after = {page.name: count_queries(page, facts) for page in pages}
    grown = {name: (before[name], after[name]) for name in before if after[name] > before[name]}
    assert not grown, f"more rows, more queries (before, after): {grown}"
