"""The words of templates: each says what it must to eyes, to screen readers, and in both languages."""

from datetime import UTC, datetime, timedelta

import pytest
from django import forms
from django.template import Context, Template
from django.template.loader import render_to_string
from django.utils import timezone, translation

from console import spans, vocabulary

NOW = datetime(2026, 11, 21, 9, 14, 7, 401226, tzinfo=UTC)


def shown(source: str, **context: object) -> str:
    return Template("{% load look %}" + source).render(Context({"now": NOW, "moment": NOW, **context}))


@pytest.mark.parametrize("tone", [*vocabulary.TONES, "made-up"])
def test_a_status_always_has_icon_and_word(tone: str) -> None:
    said = shown('{% status tone "Word" %}', tone=tone)
    assert '<use href="#' in said
    assert "Word</span>" in said


def test_a_code_nobody_thought_of_never_looks_good() -> None:
    said = shown('{% state "levitating" %}')
    assert 'data-tone="idle"' in said
    assert "#unknown" in said
    assert "levitating" in said


def test_texts_are_escaped() -> None:
    said = shown('{% status "good" word %}{% copy word %}{% digest word %}{% icon "x" word %}', word='<b a="">')
    assert "<b " not in said


def test_a_moment_is_local_and_exact_and_says_whose_clock() -> None:
    with timezone.override("Europe/Berlin"):
        said = shown('{% when moment whose="station" zone=True %}')
    assert 'datetime="2026-11-21T09:14:07.401226Z"' in said
    assert 'title="2026-11-21 09:14:07.401226 UTC · station clock"' in said
    assert ">21 Nov 2026, 10:14:07 CET<" in said


def test_german_moments() -> None:
    with timezone.override("Europe/Berlin"), translation.override("de"):
        assert ">21.11.2026, 10:14:07 MEZ<" in shown("{% when moment zone=True %}")


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (timedelta(seconds=41), "41 s ago"),
        (timedelta(seconds=119), "119 s ago"),
        (timedelta(minutes=22), "22 min ago"),
        (timedelta(hours=47, minutes=59), "47 h ago"),
        (timedelta(days=5), "5 d ago"),
        (timedelta(days=-5), "in 5 d"),
        (timedelta(0), "now"),
    ],
)
def test_distances(passed: timedelta, words: str) -> None:
    assert spans.distance(NOW - passed, NOW) == words


def test_never_is_said() -> None:
    assert shown("{% when None %} {% ago None %} {{ None|duration }}") == "never never unknown"


def test_only_witnessed_may_drop_its_word_beside_a_number() -> None:
    assert '<span class="sr-only">Witnessed</span>' in shown('{% proof "witnessed" "2 of 3" %}')
    for of in ("open", "sealed", "broken"):
        said = shown('{% proof of "7" %}', of=of)
        assert f"</svg>{vocabulary.PROOFS[of]} 7</span>" in said


def test_numbers_in_drawings_have_a_point_in_german() -> None:
    with translation.override("de"):
        assert shown("{{ place|plain }}", place=10.5) == "10.5"


def test_a_digest_stands_in_groups_of_four() -> None:
    assert shown('{% digest "e7eee761" "inline" %}').count("<span>") == 2


class Specimen(forms.Form):
    name = forms.CharField(help_text="As the station says it")
    kind = forms.MultipleChoiceField(choices=[("a", "A")], widget=forms.CheckboxSelectMultiple)


def test_a_field_ties_label_hint_and_error_to_its_control() -> None:
    form = Specimen({"name": ""})
    said = render_to_string("console/parts/field.html", {"field": form["name"]})
    assert '<label for="id_name">' in said
    assert 'aria-describedby="id_name_helptext id_name_error"' in said
    assert 'id="id_name_helptext"' in said
    assert 'id="id_name_error"' in said
    assert 'aria-invalid="true"' in said


def test_choices_are_a_fieldset_with_a_legend() -> None:
    said = render_to_string("console/parts/field.html", {"field": Specimen({})["kind"]})
    assert "<fieldset" in said
    assert "<legend" in said
    assert 'aria-describedby="id_kind_error"' in said.replace(' "', '"')
