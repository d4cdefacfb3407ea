"""The markers that tie tests to demands name demands that exist."""

import pytest

from tests.tools import trace


def test_the_table_is_well_formed() -> None:
    table = trace.requirements()
    assert len(table) > 100
    assert all(item.level in {"MUST", "SHOULD", "MAY"} for item in table.values())


def test_markers_name_known_requirements(request: pytest.FixtureRequest) -> None:
    unknown = sorted(set(trace.tests_by_requirement(request.session.items)) - set(trace.requirements()))
    assert not unknown, f"tests carry requirement ids that tests/requirements.tsv does not have: {unknown}"
