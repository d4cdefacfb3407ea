"""How many queries a page takes."""

from collections.abc import Mapping

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from console.models import Operator
from tests import factories
from tests.browser.pages import Page


def count_queries(page: Page, facts: Mapping[str, str]) -> int:
    """Queries of the second look at a page: the first may fill caches that live as long as the process."""
    address = page.address(facts)
    client = factories.signed_in(Operator.objects.get(name=page.who)) if page.who else Client()
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(address)
    assert answer.status_code == page.status, f"{page.name}: {answer.status_code} instead of {page.status}"
    return len(captured)
