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
    Page("exports"),
    Page("exports", "auditor", who="carla"),
    Page("design", debug=True),
    Page("design_confirm", debug=True),
    Page("design_error", debug=True, arguments={"status": "500"}, status=500),
    Page("stations"),
    Page(
        "stations",
        "filtered",
        query="?state=silent&state=offline&group=Nordhafen&not=state&q=auw&sort=-seen&size=25",
    ),
    Page("stations", "own view", query="?profile=1"),
    Page("stations", "nothing", query="?q=zzzz"),
    Page("stations", "in one group", who="emil"),
    Page("stations", "read only", who="dmitri"),
    Page("stations_bulk", query="?act=block&all=yes"),
    Page("stations_bulk", "group", query="?act=group&all=yes"),
    Page("station_add", query="?identity=DE*FRE*E01&profile=1"),
    Page("stations_import"),
    Page("station", arguments={"identity": "{station}"}),
    Page("station", "odd", arguments={"identity": "{odd}"}),
    Page("station", "unknown", arguments={"identity": "DE*NO*E1"}, status=404),
    Page("station_timeline", arguments={"identity": "{station}"}),
    Page("station_messages", arguments={"identity": "{station}"}),
    Page("station_messages", "none", arguments={"identity": "{empty}"}),
    Page("station_messages", "filtered", arguments={"identity": "{station}"}, query="?finding=any&action=Heartbeat"),
    Page("station_commands", arguments={"identity": "{station}"}),
    Page("station_commands", "read only", who="dmitri", arguments={"identity": "{station}"}),
    Page("station_commands", "none", arguments={"identity": "{odd}"}),
    Page("station_configuration", arguments={"identity": "{station}"}),
    Page("station_configuration", "none", arguments={"identity": "{odd}"}),
    Page("station_sessions", arguments={"identity": "{station}"}),
    Page("station_sessions", "none", arguments={"identity": "{odd}"}),
    Page("station_security", arguments={"identity": "{station}"}),
    Page("station_security", "never connected", arguments={"identity": "{odd}"}),
    Page("station_decide", arguments={"identity": "{pending}"}),
    Page("knocking"),
    Page("knocking", "one reason", query="?reason=wrong-key&since=hour"),
    Page("knocking", "nothing", query="?reason=full"),
    Page("anomalies"),
    Page("anomalies", "in one group", who="emil"),
    Page("logbooks"),
    Page("logbook_entries", arguments={"book": "metrological"}),
    Page("logbook_entries", "filtered", arguments={"book": "metrological"}, query="?kind=clock.adjusted"),
    Page("logbook_entries", "nothing", arguments={"book": "metrological"}, query="?kind=none.such"),
    Page("logbook_entry", arguments={"book": "metrological", "sequence": "7"}),
    Page("logbook_entry", "unsealed", arguments={"book": "metrological", "sequence": "{unsealed}"}),
    Page("logbook_keys", arguments={"book": "metrological"}),
    Page("logbook_trust", arguments={"book": "metrological"}),
    Page("logbook_check", arguments={"book": "metrological", "check": "{check}"}),
    Page("sign_in", who=NOBODY),
    Page("signed_out", who=NOBODY),
    Page("sign_in_link", who=NOBODY, arguments={"token": "nothing"}, status=410),
    Page("second_factor", who=NOBODY, status=400),
    Page("account"),
    Page("account_email"),
    Page("account_appearance"),
    Page("account_password"),
    Page("account_factors"),
    Page("account_factor_add"),
    Page("account_sessions"),
    Page("people"),
    Page("people", "read only", who="carla"),
    Page("roles"),
    Page("person_invite"),
    Page("person", arguments={"name": "{operator}"}),
    Page("person", "read only", who="carla", arguments={"name": "{operator}"}),
    Page("person", "nobody", arguments={"name": "nobody"}, status=404),
]

# Addresses that answer a GET with something that is no page of the console, each with the reason.
NO_PAGES: dict[str, str] = {
    "export_download": "the bundle itself, a zip file",
    "export_program": "a Python file for an auditor's own machine",
    "export_authority": "a certificate in PEM",
    "api_schema": "OpenAPI for machines",
    "api_exports": "answers programs with JSON",
    "api_export": "answers programs with JSON",
    "api_export_file": "the bundle itself, a zip file",
    "api_stations": "answers programs with JSON",
    "api_station": "answers programs with JSON",
    "api_commands": "answers programs with JSON",
    "api_command": "answers programs with JSON",
    "livez": "answers machines with JSON",
    "log_checkpoint": "a C2SP signed note for machines",
    "log_tile": "hashes for machines",
    "log_entry": "the bytes of one entry",
    "log_entry_proof": "a C2SP proof for machines",
    "log_inclusion": "hashes as JSON",
    "log_consistency": "hashes as JSON",
    "logbook_policy": "a text file to take along",
    "readyz": "answers machines with JSON",
    "metrics": "answers Prometheus with text",
    "openid_connect_callback": "the way back from the identity provider, which only its redirect takes",
    "set_up": "sends everybody on who has set everything up; test_account.py walks it",
}
