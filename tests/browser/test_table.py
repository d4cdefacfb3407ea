"""No page escapes: every address that answers a GET with a page stands in the table of pages."""

from django.test import Client

from tests.addresses import Address, addresses
from tests.browser.pages import NO_PAGES, PAGES


def takes_no_get(address: Address, client: Client) -> bool:
    return client.get(address.example).status_code == 405


def test_every_address_is_a_page_or_says_why_not(as_ada: Client) -> None:
    listed = {page.view for page in PAGES}
    unlisted = [one for one in addresses() if one.name not in listed | set(NO_PAGES)]
    assert not [one.name for one in unlisted if not takes_no_get(one, as_ada)], "add a line to tests/browser/pages.py"


def test_the_table_has_no_address_that_is_gone() -> None:
    names = {one.name for one in addresses()} | {page.view for page in PAGES if page.debug or page.path}
    assert not ({page.view for page in PAGES} | set(NO_PAGES)) - names


def test_names_are_unique() -> None:
    listed = [page.name for page in PAGES]
    assert len(listed) == len(set(listed))


def test_whatever_is_no_page_says_why() -> None:
    assert all(len(reason) > 10 for reason in NO_PAGES.values())
