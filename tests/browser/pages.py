"""Every page of the console, in one table: the accessibility run, the screenshots and the bench read it.

A new page is one line here. `tests/browser/test_table.py` fails on an address with a page that is missing, so that no
page escapes the checks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.urls import reverse

ADMINISTRATOR, NOBODY = "ada", None


@dataclass(frozen=True, slots=True)
class Page:
    """One page as one kind of reader sees it. `view` is the address' name; `who` is a person of `world.py`."""

    view: str
    title: str = ""  # tells two pages of one view apart
    who: str | None = ADMINISTRATOR
    arguments: Mapping[str, str] = field(default_factory=dict)  # of the address; "{key}" is a fact of the world
    query: str = ""
    path: str = ""  # instead of an address with a name: what a page without one is found under
    debug: bool = False  # exists only with DEBUG=1
    status: int = 200

    @property
    def name(self) -> str:
        return f"{self.view}-{self.title}" if self.title else self.view

    def address(self, facts: Mapping[str, str]) -> str:
        arguments = {name: value.format(**facts) for name, value in self.arguments.items()}
        return self.path or reverse(self.view, kwargs=arguments) + self.query


PAGES = [
    Page("overview"),
    Page("about"),
    Page("system"),
    Page("search", query="?q=ada"),
    Page("search", "nothing", query="?q=zzzz"),
    Page("not_found", path="/nothing/here/", status=404),
    Page("not_found", "signed-out", path="/nothing/here/", status=404, who=NOBODY),
    Page("design", debug=True),
    Page("design_confirm", debug=True),
    Page("design_error", debug=True, arguments={"status": "500"}, status=500),
]

# Addresses that answer a GET with something that is no page of the console, each with the reason.
NO_PAGES: dict[str, str] = {
    "livez": "answers machines with JSON",
    "readyz": "answers machines with JSON",
    "metrics": "answers Prometheus with text",
}
