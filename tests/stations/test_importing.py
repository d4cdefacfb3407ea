"""Stations from a table: every fault by its line, all or nothing, and no password that is shown twice."""

import pytest

from security.models import Entry
from stations import credentials, importing
from stations.errors import StationExists
from stations.importing import Fault
from stations.models import Station, StationGroup
from tests import factories
from tests.factories import NOW

HEAD = "identity;profile;password;group\n"


def faults(text: str) -> list[tuple[int, str]]:
    return [(fault.number, fault.what) for fault in importing.parse(text).faults]


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", 1, "identity"),
        ("identity\nE1\n", 1, "profile"),
        ("identity,profile,colour\n", 1, "colour"),
        ("identity,profile,profile\n", 1, "twice"),
        (HEAD + "E1;4;;\n", 2, "write 1, 2 or 3"),
        (HEAD + "E1;;;\n", 2, "write 1, 2 or 3"),
        (HEAD + ";2;;\n", 2, "1 to 128 characters"),
        (HEAD + "a/b;2;;\n", 2, "slash"),
        (HEAD + "E1;2;hex:0;\n", 2, "hexadecimal"),
        (HEAD + f"E1;2;{'x' * 65};\n", 2, "1 to 64 bytes"),
        (HEAD + "E1;3;secret;\n", 2, "certificate"),
        (HEAD + "E1;2;;\n\nE2;2;;\ne1;2;;\n", 5, "line 2"),
        (HEAD + f"E1;2;;{'g' * 81}\n", 2, "longer than 80"),
        (HEAD + "".join(f"E{n};2;;\n" for n in range(501)), 502, "500"),
    ],
)
def test_a_fault_stands_at_its_line(text: str, line: int, says: str) -> None:
    found = faults(text)
    assert {number for number, _ in found} == {line}
    assert says in found[0][1]


def test_faults_are_told_all_at_once() -> None:
    assert [number for number, _ in faults(HEAD + "E1;9;;\nE2;2;;\na/b;1;;\n")] == [2, 4]


def test_a_secret_is_not_told_back() -> None:
    assert "hunter2" not in str(importing.parse(HEAD + "E1;3;hunter2;\nE2;2;hunter2;\n"))


@pytest.mark.parametrize("text", ["identity,profile\nE1,2\n", "\ufeffprofile;identity\r\n2;E1\r\n"])
def test_both_separators_and_any_order_are_read(text: str) -> None:
    parsed = importing.parse(text)
    assert [(line.identity, line.profile, line.key) for line in parsed.lines] == [("E1", 2, None)]


def test_files_of_spreadsheets_are_read() -> None:
    assert importing.read("Ä;1".encode("utf-8-sig")) == "Ä;1"
    assert importing.read("Ä;1".encode("cp1252")) == "Ä;1"


@pytest.mark.django_db
def test_what_is_registered_already_is_told_before_the_act() -> None:
    factories.station("E1")
    parsed = importing.check(importing.parse(HEAD + "e1;2;;\nE2;2;;\n"))
    assert parsed.faults == [Fault(2, "this station is registered already")]


@pytest.mark.django_db
def test_an_import_registers_all_with_their_keys() -> None:
    parsed = importing.parse(HEAD + "E1;2;hex:" + "ab" * 20 + ";North\nE2;1;;\nE3;3;;North\n")
    added = importing.carry_out(parsed.lines, by="operator:ada", at=NOW)
    assert [one.station.identity for one in added if one.password] == ["E2"]
    by_name = {one.station.identity: one for one in added}
    assert credentials.matching(by_name["E1"].station, b"ab" * 20) is not None
    assert credentials.matching(by_name["E2"].station, str(by_name["E2"].password).encode()) is not None
    assert not by_name["E3"].station.keys.exists()
    assert StationGroup.objects.get(name="North").stations.count() == 2
    assert Entry.objects.filter(kind="station.added").count() == 3


@pytest.mark.django_db(transaction=True)
def test_nothing_is_half_done() -> None:
    factories.station("E2")
    parsed = importing.parse(HEAD + "E1;3;;New\nE2;3;;New\n")
    with pytest.raises(StationExists):
        importing.carry_out(parsed.lines, by="operator:ada", at=NOW)
    assert list(Station.objects.values_list("identity", flat=True)) == ["E2"]
    assert not StationGroup.objects.exists()
