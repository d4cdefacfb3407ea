"""The rail, the search and the queue show each person what their rights allow, and nothing else."""

from datetime import timedelta

import pytest
from django.test import Client

from console import navigation, overview, search
from console.models import Operator
from console.navigation import Entry
from console.needs import Need
from console.overview import Source
from console.rights import Right, Role
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def labels(operator: Operator, path: str = "/", **more: object) -> list[str]:
    groups = navigation.visible_to(operator, path, **more)  # type: ignore[arg-type]
    return [entry.label for group in groups for entry in group.entries]


@pytest.mark.parametrize("role", list(Role))
def test_nobody_sees_an_entry_without_its_right(role: Role) -> None:
    person = factories.operator("", role)
    allowed = {str(entry.label) for entry in navigation.ENTRIES if person.may(entry.right)}
    assert set(labels(person)) <= allowed


def test_a_page_that_does_not_exist_is_not_offered(ada: Operator) -> None:
    entries = [Entry("Here", "overview", Right.SEE_CONSOLE), Entry("Nowhere", "no_such_page", Right.SEE_CONSOLE)]
    assert labels(ada, entries=entries) == ["Here"]


def test_the_longest_address_that_leads_here_is_the_current_one(ada: Operator) -> None:
    def current(path: str) -> list[str]:
        groups = navigation.visible_to(ada, path)
        return [entry.label for group in groups for entry in group.entries if entry.current]

    assert current("/") == ["Overview"]
    assert current("/about/") == ["About"]
    assert current("/about/licences/") == ["About"]
    assert current("/elsewhere/") == []


def test_counts_are_asked_only_for_what_is_shown() -> None:
    viewer, asked = factories.operator("", Role.BILLING), []
    entry = Entry("Secret", "overview", Right.SEE_CONSOLE, count=lambda person: asked.append(person) or 3)
    assert labels(viewer, entries=[entry]) == []
    assert asked == []


def test_people_are_found_only_by_those_who_may_see_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(navigation, "address", lambda name: f"/{name}/")
    factories.operator("grace", full_name="Grace H.")
    found = {role: search.find(factories.operator("", role), "grace") for role in (Role.ADMINISTRATOR, Role.VIEWER)}
    assert [hit.label for group in found[Role.ADMINISTRATOR] for hit in group.hits] == ["Grace H."]
    assert found[Role.VIEWER] == []


def test_search_works_as_a_page_and_as_a_list_for_the_palette(as_ada: Client) -> None:
    page = as_ada.get("/search/?q=over").content.decode()
    assert "<h1>Search for “over”</h1>" in page
    part = as_ada.get("/search/?q=over", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert 'role="option"' in part
    assert 'role="option"' not in page


def test_what_is_looked_for_is_escaped(as_ada: Client) -> None:
    assert "<script>alert" not in as_ada.get("/search/?q=<script>alert(1)</script>").content.decode()


def test_the_gravest_and_then_the_oldest_need_comes_first(ada: Operator) -> None:
    def need(tone: str, hours: int) -> Need:
        since = NOW - timedelta(hours=hours)
        return Need(tone, "info", tone, f"{tone} {hours}", "", "/", "Open", since)

    found = [need("warn", 9), need("bad", 1), need("wait", 2), need("bad", 5)]
    sources = [Source(Right.SEE_CONSOLE, lambda _person, _now: found)]
    assert [str(need.what) for need in overview.needs_of(ada, NOW, sources=sources)] == [
        "bad 5",
        "bad 1",
        "wait 2",
        "warn 9",
    ]
    billing = factories.operator("", Role.BILLING)
    assert overview.needs_of(billing, NOW, sources=sources) == []


def test_the_welcome_goes_for_the_one_who_dismissed_it(as_ada: Client) -> None:
    assert "Three ways to begin" in as_ada.get("/").content.decode()
    assert as_ada.post("/welcome/dismiss/").status_code == 302
    assert "Three ways to begin" not in as_ada.get("/").content.decode()
    other = factories.operator("other", Role.VIEWER)
    as_ada = factories.signed_in(other)
    assert "Three ways to begin" in as_ada.get("/").content.decode()


def test_about_names_what_it_runs_on(as_ada: Client) -> None:
    page = as_ada.get("/about/").content.decode()
    assert ">Django</a>" in page
    assert "BSD-3-Clause" in page
