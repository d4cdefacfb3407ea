"""The pages of stations: who sees what, what is asked before, what is shown once, and identities of every spelling."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from console import knocks, search, station_filters, station_needs
from console.identities import RESERVED
from console.models import Operator, SavedView
from console.rights import Role
from security.models import Entry
from stations import commands, credentials, knocking, messages, registry
from stations.admission import Reason
from stations.knocking import Knock
from stations.messages import Record
from stations.models import Command, Station, StationKey
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db
NAMES = ["DE*ABC*E1", "RDAM 123", "a:b", "50%", "100%25", "ÄÖ?#&+", "~x", ".", "..", *sorted(RESERVED)]
TABS = ["", "timeline/", "messages/", "commands/", "configuration/", "sessions/", "security/", "decide/"]


def text_of(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.status_code
    return answer.content.decode()


@pytest.mark.requirement("J01")
@pytest.mark.parametrize("identity", NAMES)
def test_an_identity_of_any_spelling_has_its_pages(as_ada: Client, identity: str) -> None:
    factories.station(identity)
    address = reverse("station", args=[identity])
    assert "/./" not in address
    assert "/../" not in address
    for tab in TABS:
        page: Any = as_ada.get(address + tab)
        assert page.status_code == 200
        assert page.context["station"].identity == identity


@pytest.fixture
def two_groups() -> tuple[Client, Station, Station]:
    """A person who works in one group only, a station there, and one elsewhere."""
    here = factories.group("here")
    emil = factories.operator("emil", Role.OPERATOR, group=here)
    return factories.signed_in(emil), factories.station("MINE", group=here), factories.station("THEIRS")


def test_what_lies_in_another_group_does_not_exist(two_groups: tuple[Client, Station, Station]) -> None:
    emil, mine, theirs = two_groups
    page = text_of(emil, reverse("stations"))
    assert mine.identity in page
    assert theirs.identity not in page
    for tab in TABS:
        assert emil.get(reverse("station", args=["THEIRS"]) + tab).status_code == 404
    assert emil.post(reverse("station_move", args=["THEIRS"]), {"act": "block"}).status_code == 404
    sent = {"action": "Reset", "payload": "{}"}
    assert emil.post(reverse("station_commands", args=["THEIRS"]), sent).status_code == 404
    emil.post(reverse("stations_bulk"), {"act": "block", "station": theirs.pk})
    theirs.refresh_from_db()
    assert theirs.status == "accepted"


def test_nobody_moves_stations_out_of_their_own_reach(two_groups: tuple[Client, Station, Station]) -> None:
    emil, mine, _ = two_groups
    factories.group("elsewhere")
    for group in ("elsewhere", "made up", ""):
        emil.post(reverse("stations_bulk"), {"act": "group", "station": mine.pk, "group": group})
        mine.refresh_from_db()
        assert mine.group is not None
        assert mine.group.name == "here"
    assert emil.post(reverse("station_add"), {"identity": "N1", "profile": 2, "group": ""}).status_code == 400
    preview: Any = emil.post(reverse("stations_import"), {"text": "identity,profile,group\nN2,2,elsewhere\n"})
    assert preview.status_code == 400
    assert not Station.objects.filter(identity__startswith="N").exists()


def test_search_finds_only_what_may_be_seen(two_groups: tuple[Client, Station, Station], ada: Operator) -> None:
    emil = Operator.objects.get(name="emil")
    assert [hit.label for hit in search.stations(emil, "e", 8)] == ["MINE"]
    assert [hit.label for hit in search.stations(ada, "e", 8)] == ["MINE", "THEIRS"]


def test_a_password_is_shown_once_and_kept_as_a_hash(as_ada: Client) -> None:
    page = as_ada.post(reverse("station_add"), {"identity": "E 1", "profile": 2}).content.decode()
    found = re.search(r"data-password>([0-9a-f]{40})<", page)
    assert found is not None
    assert "/ocpp/E%201" in page
    station = registry.find("E 1")
    assert credentials.matching(station, found[1].encode()) is not None
    for tab in TABS:
        assert found[1] not in text_of(as_ada, reverse("station", args=["E 1"]) + tab)
    assert found[1].encode() not in b"".join(bytes(entry.line) for entry in Entry.objects.all())


def test_a_station_cannot_be_added_twice(as_ada: Client) -> None:
    factories.station("E1")
    answer = as_ada.post(reverse("station_add"), {"identity": "e1", "profile": 2})
    assert answer.status_code == 400
    assert "registered already" in answer.content.decode()


def test_an_import_asks_before_it_acts_and_takes_only_its_own_preview(as_ada: Client) -> None:
    text = "identity,profile,password\nE1,2,hex:" + "cd" * 20 + "\nE2,2,\n"
    preview: Any = as_ada.post(reverse("stations_import"), {"text": text})
    assert preview.status_code == 200
    assert "cd" * 20 not in preview.content.decode()
    assert not Station.objects.exists()
    assert as_ada.post(reverse("stations_import"), {"sealed": "AAAA"}).status_code == 400
    done = as_ada.post(reverse("stations_import"), {"sealed": preview.context["sealed"]})
    assert done.status_code == 200
    assert set(Station.objects.values_list("identity", flat=True)) == {"E1", "E2"}
    again = as_ada.post(reverse("stations_import"), {"sealed": preview.context["sealed"]})
    assert again.status_code == 400


def test_the_page_before_an_act_on_many_lists_every_one(as_ada: Client) -> None:
    one, gone = factories.station("E1", status="pending"), factories.station("E2", status="retired")
    page = text_of(as_ada, f"{reverse('stations_bulk')}?act=accept&station={one.pk}&station={gone.pk}")
    assert "E1" in page
    assert "cannot go there from here" in page
    as_ada.post(reverse("stations_bulk"), {"act": "accept", "station": [one.pk, gone.pk], "reason": "known"})
    assert [s.status for s in Station.objects.order_by("pk")] == ["accepted", "retired"]
    assert Station.objects.get(identity="E1").status_reason == "known"


def test_all_that_match_are_all_that_match(as_ada: Client) -> None:
    for number in range(60):
        factories.station(f"E{number}", vendor="Kranich" if number % 2 else "Elbtal")
    page: Any = as_ada.get(f"{reverse('stations_bulk')}?act=block&all=yes&vendor=Kranich")
    assert len(page.context["rows"]) == 30


def test_the_page_size_is_remembered(as_ada: Client) -> None:
    for number in range(30):
        factories.station(f"E{number}")
    assert as_ada.get(f"{reverse('stations')}?size=25").context["page"].shown == 25
    assert as_ada.get(reverse("stations")).context["page"].shown == 25


def test_an_address_is_read_and_written_alike() -> None:
    for query in ("q=x&state=silent&group=A&group=B&not=group&sort=-seen", "", "profile=2"):
        assert station_filters.canonical(query) == query
    assert station_filters.canonical("sort=nonsense&colour=red&state=") == ""


TOKEN = "04A1B2C3D4"


@pytest.mark.parametrize(("role", "whole"), [(Role.VIEWER, False), (Role.OPERATOR, False), (Role.AUDITOR, True)])
def test_tokens_are_masked_without_the_right_to_see_them(role: Role, whole: bool) -> None:
    station = factories.station("E1", protocol="ocpp1.6")
    broken = f'[2,"1","Authorize",{{"idTag":"{TOKEN}"'
    said = [{"idTag": TOKEN}, {"idToken": {"idToken": TOKEN}}, broken]
    messages.write([Record(station.pk, NOW, "in", "call", "Authorize", "1", one, 9) for one in said])
    commands.queue(station, "RemoteStartTransaction", {"idTag": TOKEN}, by="operator:ada", at=NOW)
    person = factories.signed_in(factories.operator("", role))
    for tab in ("messages/", "commands/"):
        assert (TOKEN in text_of(person, reverse("station", args=["E1"]) + tab)) is whole


def test_what_is_wrong_with_a_payload_stands_by_its_place(as_ada: Client) -> None:
    factories.station("E1", protocol="ocpp2.0.1")
    address = reverse("station_commands", args=["E1"])
    answer = as_ada.post(address, {"action": "Reset", "payload": '{"type": "Sideways", "evseId": "one"}'})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert ">/type<" in page
    assert ">/evseId<" in page
    assert "Sideways" in page  # what was written is not lost
    assert as_ada.post(address, {"action": "Reset", "payload": "[]"}).status_code == 400
    assert as_ada.post(address, {"action": "Reset", "payload": "{"}).status_code == 400
    assert not Command.objects.exists()


def test_the_stations_own_answer_is_shown(as_ada: Client) -> None:
    station = factories.station("E1", protocol="ocpp1.6")
    commands.queue(station, "Reset", {"type": "Soft"}, by="operator:ada", at=NOW)
    taken = commands.take(station.pk, connection="c", at=NOW)
    assert taken is not None
    commands.answered(taken.number, {"status": "Rejected", "note": "locked <b>"}, at=NOW, results={})
    page = text_of(as_ada, reverse("station_commands", args=["E1"]))
    assert "<b>Rejected</b>" in page
    assert "locked &lt;b&gt;" in page


def test_a_new_key_asks_who_one_is_and_needs_its_right(ada: Operator) -> None:
    factories.station("E1", protocol="ocpp1.6")
    address = reverse("station_rotate_key", args=["E1"])
    factories.signed_in(ada, confirmed=False).post(address)
    assert not StationKey.objects.exists()
    assert factories.signed_in(factories.operator("", Role.OPERATOR)).post(address).status_code == 403
    factories.signed_in(ada).post(address)
    assert StationKey.objects.get().state == "proposed"


@pytest.mark.requirement("J04")
def test_every_reason_has_words_and_a_remedy(as_ada: Client) -> None:
    assert set(knocks.WORDS) == set(Reason)
    now = as_ada.get("/knocking/").wsgi_request.now  # type: ignore[attr-defined]
    for reason in Reason:
        knocking.record([Knock(1, "192.0.2.9", reason.value, f"X {reason.value}", {"path": "/<b>"})], at=now)
    page = text_of(as_ada, reverse("knocking"))
    for told in knocks.WORDS.values():
        assert str(told.what) in page
    assert "/&lt;b&gt;" in page
    assert page.count("Register this station") == 1
    assert "identity=X%20unknown-identity" in page


def test_the_queue_names_who_knocks_and_whose_key_is_in_doubt(ada: Operator, as_ada: Client) -> None:
    for number in range(7):
        factories.station(f"K{number}", status="knocking")
    station = factories.station("E1", protocol="ocpp1.6", status="pending", booted_at=NOW)
    key = credentials.propose(station, b"k" * 20, by="operator:ada", at=NOW)
    credentials.in_doubt(key, by="system:commands", at=NOW)
    assert [need.what for need in station_needs.keys_in_doubt(ada, NOW)] == ["Which key does E1 have?"]
    lines = station_needs.knocking(ada, NOW)
    assert len(lines) == 6
    assert lines[-1].what == "and 2 more stations"
    assert "E1 does not get on" in text_of(as_ada, "/")


def test_a_view_is_offered_to_its_owner_or_to_all(ada: Operator, as_ada: Client) -> None:
    factories.station("E1")
    other = factories.signed_in(factories.operator("ben", Role.VIEWER))
    for name, shared in (("Hidden one", ""), ("Open one", "yes")):
        as_ada.post(reverse("view_save"), {"name": name, "query": "state=silent&colour=red", "shared": shared})
    mine, theirs = text_of(as_ada, reverse("stations")), text_of(other, reverse("stations"))
    assert ("Hidden one" in mine, "Open one" in mine) == (True, True)
    assert ("Hidden one" in theirs, "Open one" in theirs) == (False, True)
    view = SavedView.objects.get(name="Open one")
    assert view.query == "state=silent"
    assert other.post(reverse("view_remove", args=[view.pk])).status_code == 404
    as_ada.post(reverse("view_save"), {"name": "Open one", "query": "profile=1"})
    assert SavedView.objects.count() == 2


def test_an_empty_list_says_how_to_begin(as_ada: Client) -> None:
    page = text_of(as_ada, reverse("stations"))
    assert "The first one takes about a minute" in page
    assert all(f":{port}/ocpp/" in page for port in (9001, 9002, 9003))
    assert "<table" not in page
