"""The interface speaks whole English and whole German; the tools that say so are tried on what must not pass."""

from pathlib import Path
from typing import Any

import polib
import pytest
from django.conf import settings as configured
from django.utils.translation import gettext, override

from console import translations
from tests.tools import messages, texts
from tests.tools.texts import Text


def test_every_text_is_translated() -> None:
    marked = texts.marked()
    assert [fault for path in messages.files() for fault in messages.faults(path, marked)] == []


def test_every_text_of_a_page_is_marked() -> None:
    assert texts.unmarked() == []


def test_german_is_compiled_and_spoken() -> None:
    with override("de"):
        assert gettext("Log books") == "Logbücher"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('x = gettext("One")', [Text("One")]),
        ('x = pgettext_lazy("month", "May")', [Text("May", "", "month")]),
        ('x = ngettext("one", "%(n)d many", n)', [Text("one", "%(n)d many")]),
        ("x = gettext(name)", []),
    ],
)
def test_python_is_read(source: str, found: list[Text]) -> None:
    assert list(texts.in_python(source)) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('{% translate "One" %}', [Text("One")]),
        ('{% translate "May" context "month" %}', [Text("May", "", "month")]),
        ('{% status "good" _("All (of it)") %}', [Text("All (of it)")]),
        (
            "{% blocktranslate count n=3 %}one{% plural %}{{ n }} many{% endblocktranslate %}",
            [Text("one", "%(n)s many")],
        ),
    ],
)
def test_templates_are_read(source: str, found: list[Text]) -> None:
    assert list(texts.in_template(source)) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<p>Bare words</p>", ["Bare words"]),
        ('<p title="Bare">{% translate "Marked" %}</p>', ["Bare"]),
        ("<p>{{ value }} · 42 %</p>", []),
        ("{% comment %}for builders{% endcomment %}<b>UTC</b>", []),
    ],
)
def test_unmarked_texts_are_seen(source: str, found: list[str]) -> None:
    assert texts.bare_texts(source) == found


def book(folder: Path, *entries: polib.POEntry) -> Path:
    path = folder / "django.po"
    made = polib.POFile()
    made.extend(entries)
    made.save(str(path))
    return path


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        (polib.POEntry(msgid="A", msgstr=""), "not translated: 'A' (x.py)"),
        (polib.POEntry(msgid="A", msgstr="a", flags=["fuzzy"]), "not translated: 'A' (x.py)"),
        (polib.POEntry(msgid="A", msgstr="a %(n)s"), "other placeholders than the source: 'A'"),
        (polib.POEntry(msgid="A", msgstr="a"), None),
    ],
)
def test_faults_of_a_translation_are_named(tmp_path: Path, entry: polib.POEntry, fault: str | None) -> None:
    found = list(messages.faults(book(tmp_path, entry), {Text("A"): "x.py"}))
    assert found == ([fault] if fault else [])


def test_missing_and_gone_texts_are_named(tmp_path: Path) -> None:
    found = list(messages.faults(book(tmp_path, polib.POEntry(msgid="Old", msgstr="Alt")), {Text("New"): "x.py"}))
    assert found == ["not in the file: 'New' (x.py)", "said nowhere any more: 'Old'"]


def test_renewing_keeps_what_is_translated(tmp_path: Path) -> None:
    path = book(tmp_path, polib.POEntry(msgid="Old", msgstr="Alt"), polib.POEntry(msgid="Kept", msgstr="Behalten"))
    assert messages.renew(path, {Text("Kept"): "x.py", Text("New"): "x.py"}) == 1
    assert [(entry.msgid, entry.msgstr) for entry in polib.pofile(str(path))] == [("Kept", "Behalten"), ("New", "")]


def test_only_what_is_older_than_its_source_is_compiled(tmp_path: Path, settings: Any) -> None:
    folder = tmp_path / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    book(folder, polib.POEntry(msgid="A", msgstr="a"))
    settings.LOCALE_PATHS = [tmp_path]
    assert translations.compile_all() == [folder / "django.mo"]
    assert translations.compile_all() == []
    assert sorted(path.name for path in folder.iterdir()) == ["django.mo", "django.po"]


def test_the_languages_offered_are_the_languages_translated() -> None:
    assert {path.parent.parent.name for path in messages.files()} | {"en"} == set(dict(configured.LANGUAGES))
